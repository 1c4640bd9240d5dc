"""One writer per home: a lock that the kernel releases when the process dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.home import home_format, paths, places, sharing
from pipelines.home.files import make_folder, naming_disk_faults, sweep

RESERVE = 4096
"""Bytes of the lock file: a block of the disk that can be freed when nothing else is left."""

_held: set[Path] = set()


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Hold the writer lock of `home`; one process may hold it several times.

    Raises RefusalError naming the process that holds it. Unfinished files of a killed
    writer are removed first. A full disk is a RefusalError too, naming the home.
    """
    with naming_disk_faults(home):
        if home in _held:
            yield
        else:
            with _locked(home):
                yield


def free_reserve(home: Path) -> None:
    """Free the lock file's block on a full disk; the next writer allocates it again."""
    os.truncate(paths.writer_lock(home), 0)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    places.check(home)
    try:
        make_folder(home, mode=0o700)  # own usage, decisions: people open it to share it
        paths.writer_lock(home).touch()
        file = paths.writer_lock(home).open("r+")
    except OSError as error:
        raise RefusalError(f"{home} cannot be written: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(file.fileno()), paths.writer_lock(home).stat()):
                raise BlockingIOError  # removed meanwhile, by a restore that failed
        except OSError:
            raise RefusalError(
                f"{home} is being written by process {file.read().strip() or 'unknown'}: "
                "wait until it is done"
            ) from None
        file.write(f"{os.getpid()}\n".ljust(RESERVE))  # in place: it works on a full disk
        file.flush()
        _held.add(home)
        try:
            home_format.claim(home)
            sweep(home)
            yield
        finally:
            _held.discard(home)
            sharing.close(home)
