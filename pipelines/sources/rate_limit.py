"""The rate limit: never more requests per minute than allowed, over all processes of a home."""

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
    """Wait until fewer than `per_minute` requests are within WINDOW; yield the seconds waited.

    A small file of the home records when requests were sent. It is locked during a request, so
    commands that follow each other, or run in parallel, count each other's requests. A request is
    dated when its exchange is over: only then has it surely arrived. The clock counts from the
    machine's start, so nobody can set it back.
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
        sent = _recent(_read(file))
        while len(sent) >= per_minute:
            time.sleep(max(0.0, sent[-per_minute] + WINDOW - time.monotonic()))
            sent = _recent(sent)
        _write(file, [*sent, time.monotonic()])  # in case this process is killed meanwhile
        try:
            yield time.monotonic() - start
        finally:
            _write(file, [*sent, time.monotonic()])


def _recent(sent: list[float]) -> list[float]:
    now = time.monotonic()
    return [instant for instant in sent if now - WINDOW < instant <= now]


def _read(file: TextIO) -> list[float]:
    """Return the instants in a file; none if it was not written here."""
    try:
        return [float(line) for line in file]
    except ValueError:
        return []


def _write(file: TextIO, sent: list[float]) -> None:
    """Replace the instants; lines of one width, so that a killed writer leaves whole lines."""
    try:
        file.seek(0)
        file.writelines(f"{instant:020.9f}\n" for instant in sent)
        file.truncate()
    except OSError as error:
        raise RefusalError(f"{file.name} cannot be written: {error.strerror}") from None
