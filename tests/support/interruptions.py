"""Faults inside the process: at its n-th call to the file system it is killed or gets an error.

Python announces each call before it is made. A kill copies what is on the disk at that moment, so
that no `finally` of the program can tidy up; what was not flushed is lost. What DuckDB and SQLite
write is announced when they open a file only: `tests/bench` disturbs every call below them.
"""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

CALLS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.listdir"}
"""What counts as a call, next to each sync."""

KILL = "kill"
ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC}
KINDS = (KILL, *ERRORS)


class KilledError(BaseException):
    """The process is gone: nothing can handle that."""


@dataclass
class Interruption:
    """What happens at which call below a folder; `survivors` is what a kill left there."""

    root: Path
    at: int
    kind: str
    calls: int = 0

    @property
    def survivors(self) -> Path:
        return self.root.with_name(f"{self.root.name}.survivors")

    def call(self) -> None:
        """Count a call, and interrupt it if it is the one."""
        self.calls += 1
        if self.calls != self.at:
            return
        if self.kind == KILL:
            with _suspended():
                shutil.copytree(self.root, self.survivors, symlinks=True)
            raise KilledError
        number = ERRORS[self.kind]
        raise OSError(number, os.strerror(number))


_active: list[Interruption] = []


@contextmanager
def _suspended() -> Iterator[None]:
    before = _active[:]
    _active.clear()
    try:
        yield
    finally:
        _active[:] = before


def _announced(event: str, arguments: tuple[object, ...]) -> None:
    """Count a call of Python's that is about to be made below the folder."""
    if _active and event in CALLS and f"{arguments[0]}".startswith(f"{_active[0].root}/"):
        _active[0].call()


sys.addaudithook(_announced)


@contextmanager
def _syncing() -> Iterator[None]:
    sync = os.fsync

    def fsync(file: int) -> None:
        if _active and Path(f"/proc/self/fd/{file}").readlink().is_relative_to(_active[0].root):
            _active[0].call()
        sync(file)

    with patch.object(os, "fsync", fsync):
        yield


def interrupted(root: Path, at: int, kind: str, act: Callable[[], object]) -> Interruption:
    """Act, and be interrupted at a call; whatever the action raises is raised.

    After a kill the folder contains what the kill left.
    """
    one = Interruption(root, at, kind)
    try:
        with _syncing():
            _active.append(one)
            try:
                act()
            finally:
                _active.clear()
    except KilledError:
        shutil.rmtree(root)
        one.survivors.rename(root)
        raise
    return one
