"""One writer per home: a lock that the kernel releases when the process dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.files import naming_a_full_disk, sweep

_held: set[Path] = set()


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Hold the writer lock of `home`; one process may hold it several times.

    Raises RefusalError naming the process that holds it. Unfinished files of a killed
    writer are removed first. A full disk is a RefusalError too, naming the home.
    """
    with naming_a_full_disk(home):
        if home in _held:
            yield
        else:
            with _locked(home):
                yield


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        file = paths.writer_lock(home).open("a+")
    except OSError as error:
        raise RefusalError(f"{home} cannot be written: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise RefusalError(
                f"{home} is being written by process {file.read().strip() or 'unknown'}: "
                "wait until it is done"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        _held.add(home)
        try:
            sweep(home)
            yield
        finally:
            _held.discard(home)
