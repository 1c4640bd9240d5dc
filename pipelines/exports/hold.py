"""A hold: a folder keeps the set it contains, whatever is exported, until a person releases it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.errors import RefusalError
from pipelines.home.files import write_atomically

HOLD = ".hold"


class Canary(NamedTuple):
    """The workload whose new route is tried, and for how many days."""

    workload: str
    days: int


class Hold(NamedTuple):
    """The run that a folder is held at, since when, and why.

    A rollback may have restored it, for the reason of a canary that failed; or a canary is tried.
    """

    run_id: str
    since: str
    is_rollback: bool = False
    reason: str = ""
    canary: Canary | None = None

    def __str__(self) -> str:
        if self.canary:
            workload, days = self.canary
            return f"trying {workload} for {days} days, run {self.run_id}, since {self.since}"
        because = f" ({self.reason})" if self.reason else ""
        return f"held at run {self.run_id} since {self.since}{because}"


def read(folder: Path) -> Hold | None:
    """Return the hold of a folder, or None. A hold that cannot be read is a hold."""
    path = folder / HOLD
    if not path.exists():
        return None
    try:
        hold = _checked(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        hold = None
    return hold or Hold("unknown", "unknown")


def _checked(body: dict[str, Any]) -> Hold | None:
    """Return a hold of which every value is of its type and `since` has a zone; else None."""
    tried = body.get("canary")
    hold = Hold(**{**body, "canary": Canary(*tried) if tried is not None else None})
    is_typed = (
        isinstance(hold.run_id, str)
        and isinstance(hold.is_rollback, bool)
        and isinstance(hold.reason, str)
        and datetime.fromisoformat(hold.since).tzinfo is not None
    )
    if hold.canary:
        workload, days = hold.canary
        is_typed = is_typed and isinstance(workload, str) and type(days) is int and days > 0
        datetime.fromisoformat(hold.since) + timedelta(days=days)
    return hold if is_typed else None


def place(
    folder: Path,
    run_id: str,
    is_rollback: bool = False,
    reason: str = "",
    canary: Canary | None = None,
) -> Hold:
    """Hold a folder at a run; a hold that is already there is replaced."""
    since = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    hold = Hold(run_id, since, is_rollback, reason, canary)
    write_atomically(folder / HOLD, f"{json.dumps(hold._asdict())}\n".encode())
    return hold


def release(folder: Path) -> bool:
    """Remove the hold of a folder; return whether there was one."""
    try:
        is_held = (folder / HOLD).exists()
        (folder / HOLD).unlink(missing_ok=True)
    except OSError as error:
        raise RefusalError(f"{folder / HOLD} cannot be removed: {error.strerror}") from None
    return is_held


def check_released(folder: Path) -> None:
    """Raise RefusalError if a folder is held."""
    hold = read(folder)
    if hold:
        raise RefusalError(
            f"{folder} is {hold}: nothing was written; "
            "`tokenhouse export --release` lets exports in again"
        )
