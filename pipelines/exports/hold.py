"""A hold: a folder keeps the set it contains, whatever is exported, until a person releases it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pipelines.errors import RefusalError
from pipelines.home.files import write_atomically

HOLD = ".hold"


class Hold(NamedTuple):
    """The run that a folder is held at, since when, and whether a rollback restored it."""

    run_id: str
    since: str
    is_rollback: bool = False

    def __str__(self) -> str:
        return f"held at run {self.run_id} since {self.since}"


def read(folder: Path) -> Hold | None:
    """Return the hold of a folder, or None. A hold that cannot be read is a hold."""
    path = folder / HOLD
    if not path.exists():
        return None
    try:
        return Hold(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return Hold("unknown", "unknown")


def place(folder: Path, run_id: str, is_rollback: bool = False) -> Hold:
    """Hold a folder at a run; a hold that is already there is replaced."""
    hold = Hold(run_id, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", is_rollback)
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
