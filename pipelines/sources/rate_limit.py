"""The pace of requests: never more in a minute than is allowed, whichever process asks."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pipelines.errors import RefusalError
from pipelines.home import paths

WINDOW = 61.0
"""Seconds: a minute, and one more for clocks that run differently."""


@contextmanager
def turn(home: Path, per_minute: int) -> Iterator[float]:
    """Wait until fewer than `per_minute` requests lie within WINDOW; yield the seconds waited.

    When was asked stands in a small file of the home. Its lock is held while one asks, so commands
    that follow each other, or run side by side, count each other's requests. A request is dated
    when its exchange is over: only then has it surely arrived. The clock is the one that runs since
    the machine started, which nobody sets back.
    """
    path = paths.request_times(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        path.touch()
        file = path.open("r+", errors="replace")
    except OSError as error:
        raise RefusalError(f"{path} cannot be written: {error.strerror}") from None
    start = time.monotonic()
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        asked = _recent(_read(file))
        while len(asked) >= per_minute:
            time.sleep(max(0.0, asked[-per_minute] + WINDOW - time.monotonic()))
            asked = _recent(asked)
        _write(file, [*asked, time.monotonic()])  # should this process be killed while it asks
        try:
            yield time.monotonic() - start
        finally:
            _write(file, [*asked, time.monotonic()])


def _recent(asked: list[float]) -> list[float]:
    now = time.monotonic()
    return [instant for instant in asked if now - WINDOW < instant <= now]


def _read(file: TextIO) -> list[float]:
    """Return the instants in a file; what is none was not written here."""
    try:
        return [float(line) for line in file]
    except ValueError:
        return []


def _write(file: TextIO, asked: list[float]) -> None:
    """Replace the instants; lines of one width, so that a killed writer leaves whole ones."""
    try:
        file.seek(0)
        file.writelines(f"{instant:020.9f}\n" for instant in asked)
        file.truncate()
    except OSError as error:
        raise RefusalError(f"{file.name} cannot be written: {error.strerror}") from None
