"""Each source's last success and failure, for people to see; nothing is decided by it."""

import json
from datetime import UTC, datetime
from pathlib import Path

from pipelines.home import paths
from pipelines.home.files import write_atomically


def record(home: Path, table: str, reason: str | None) -> None:
    """Record a table's success, or its failure and the reason next to the last success."""
    path = paths.source_health(home) / f"{table}.json"
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if reason is None:
        known = {"last_success": now}
    else:
        known = {**read(home).get(table, {}), "last_failure": now, "reason": reason}
    write_atomically(path, json.dumps(known, sort_keys=True).encode() + b"\n")


def read(home: Path) -> dict[str, dict[str, str]]:
    """Return each table's last success and, if it failed since, when and why."""
    return {
        path.stem: json.loads(path.read_bytes())
        for path in sorted(paths.source_health(home).glob("*.json"))
    }
