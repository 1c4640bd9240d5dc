"""Each source's last success and failure, for people to see; nothing is decided by it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from pipelines.home import paths
from pipelines.home.files import write_atomically


class SourceHealth(TypedDict):
    """A table's last success and, if it failed since, when and why.

    `refused_rows` are the rows that the last success left out, by their texts.
    """

    last_success: NotRequired[str]
    refused_rows: NotRequired[list[str]]
    last_failure: NotRequired[str]
    reason: NotRequired[str]


TEXTS = ("last_success", "last_failure", "reason")


def record(home: Path, table: str, reason: str | None, refused_rows: Sequence[str] = ()) -> None:
    """Record a table's success, or its failure and the reason next to the last success."""
    path = paths.source_health(home) / f"{table}.json"
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if reason is None:
        known = SourceHealth(last_success=now)
        if refused_rows:
            known["refused_rows"] = sorted(set(refused_rows))
    else:
        known = read(home).get(table, SourceHealth())
        known["last_failure"], known["reason"] = now, reason
    write_atomically(path, json.dumps(known, sort_keys=True).encode() + b"\n")


def read(home: Path) -> dict[str, SourceHealth]:
    """Return each table's last success and, if it failed since, when and why."""
    return {path.stem: _read(path) for path in sorted(paths.source_health(home).glob("*.json"))}


def _read(path: Path) -> SourceHealth:
    try:
        known = json.loads(path.read_bytes())
        texts = [known[name] for name in TEXTS if name in known]
        texts += known.get("refused_rows", [])
        is_whole = ("reason" in known) == ("last_failure" in known)
        if not (is_whole and all(isinstance(one, str) for one in texts)):
            raise ValueError(path)
        return cast("SourceHealth", known)
    except (OSError, ValueError, TypeError, AttributeError):
        reason = f"{path} cannot be read: the next request writes it again"
        return SourceHealth(last_failure="unknown", reason=reason)
