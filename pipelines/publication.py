"""Why the newest data is not published, kept where `status` finds it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.errors import RefusalError
from pipelines.files import write_atomically


def refuse(home: Path, error: RefusalError) -> None:
    """Remember that publication was refused; the first refusal in a row dates it."""
    known = refusal(home)
    since = known["since"] if known else f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    body = {"since": since, "reason": error.reason, "message": f"{error}"}
    write_atomically(home / "refused.json", json.dumps(body, indent=2).encode() + b"\n")


def refusal(home: Path) -> dict[str, Any] | None:
    """Return since when and why publication is refused; None if the last build was published."""
    path = home / "refused.json"
    if not path.exists():
        return None
    body: dict[str, Any] = json.loads(path.read_bytes())
    return body


def published(home: Path) -> None:
    """Forget the refusal: a build was published."""
    (home / "refused.json").unlink(missing_ok=True)


def accept(lake: Path, name: str, why: str) -> Path:
    """Accept a finding by its name, so that the next build publishes in spite of it."""
    path = lake / "accepted" / f"{name}.json"
    write_atomically(path, json.dumps({"name": name, "why": why}, sort_keys=True).encode() + b"\n")
    return path
