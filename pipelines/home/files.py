"""Writing files so that a reader sees the old one or the new one, never half of one."""

import errno
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipelines.errors import RefusalError
from pipelines.limits import LARGEST_FILE

ASIDE = re.compile(r"(\..+|warehouse|private)\.\d+\.tmp(\.duckdb(\.wal)?)?")
"""Names of unfinished files and folders; none of them is ever read."""

BLOCK = 4096
"""Bytes that are read at once from the end of a file."""

FULL = re.compile(
    "No space left on device|Disk quota exceeded|database or disk is full|failed to offload data"
)
"""How the system, SQLite and DuckDB say that a disk is full."""

BROKEN = re.compile("(Input/output|disk I/O) error|unable to open database file|fsync failed")
"""How they say that a disk fails."""


def write_atomically(
    path: Path, content: bytes, durable: bool = True, private: bool = False
) -> bool:
    """Write `content` to another file, sync and rename it to `path`; return whether bytes changed.

    A file that already contains these bytes is left alone, so that watchers are not woken. Without
    `durable` a crash of the machine, not of the program, may lose the file. A `private` file can be
    read by its owner only.
    Raises RefusalError, for the reason `no_space` if the disk is full, when the disk or the
    permissions prevent it; `path` is then unchanged.
    """
    aside = path.with_name(f".{path.name}.{threading.get_native_id()}.tmp")
    try:
        if path.exists() and path.read_bytes() == content:
            return False
        make_folder(path.parent, durable)
        try:
            with aside.open("wb") as file:
                if private:
                    os.fchmod(file.fileno(), 0o600)
                file.write(content)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            replace(aside, path, durable)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None
    return True


def unwritable(path: Path, error: OSError) -> RefusalError:
    """Return the refusal for a file that cannot be written."""
    reason = "no_space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "failed"
    is_in_the_way = error.errno in (errno.EISDIR, errno.ENOTDIR, errno.EEXIST)
    advice = ": move away what is there" if is_in_the_way else ""
    return RefusalError(f"{path} cannot be written: {error.strerror or error}{advice}", reason)


def append(path: Path, content: bytes) -> None:
    """Append lines to a file and sync it: all of them or, after a crash, a part of the last.

    What a crash left of a line is cut off first. Raises RefusalError as `write_atomically` does;
    the file is then as it was.
    """
    try:
        with path.open("r+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            end = whole_lines(file, size)
            try:
                file.truncate(end)
                file.seek(end)
                if file.write(content) != len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
    except OSError as error:
        raise unwritable(path, error) from None


def whole_lines(file: IO[bytes], size: int) -> int:
    """Return where the last whole line of a file ends."""
    while size:
        start = max(0, size - BLOCK)
        file.seek(start)
        found = file.read(size - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        size = start
    return 0


def make_folder(folder: Path, durable: bool = True, mode: int = 0o777) -> None:
    """Create a folder and those above it that are missing, and make their names durable."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(mode, parents=True, exist_ok=True)
    if durable:
        for one in reversed(missing):
            sync_folder(one.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: of what was created, renamed or removed in it."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def read_limited(
    path: Path, most: int = LARGEST_FILE, advice: str = "is it the right file?"
) -> bytes:
    """Return the bytes of a file that a person names; RefusalError if it is too large or unread.

    What is larger is noticed while it is read: a device has no size, and no end.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise RefusalError(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > most:
        raise RefusalError(f"{path} is larger than {most // 2**20} MB: {advice}")
    return content


def replace(source: Path, target: Path, durable: bool = True) -> None:
    """Rename `source` onto `target` and make the rename itself durable."""
    source.replace(target)
    if durable:
        sync_folder(target.parent)


@contextmanager
def naming_disk_faults(home: Path) -> Iterator[None]:
    """Raise one RefusalError for a disk that is full or fails, whichever library met it.

    A refusal that names a place outside the home, as that of a backup, is about another disk.
    """
    try:
        yield
    except Exception as error:
        is_elsewhere = isinstance(error, RefusalError) and f"{home}" not in f"{error}"
        if not is_elsewhere and any(FULL.search(f"{one}") for one in chain(error)):
            raise RefusalError(
                f"{home}: no space left: free some and run again", "no_space"
            ) from None
        is_named = isinstance(error, RefusalError)
        if not is_named and any(BROKEN.search(f"{one}") for one in chain(error)):
            where = getattr(error, "filename", None) or home
            raise RefusalError(f"{where}: I/O error: check the disk and run again") from None
        raise


def chain(error: BaseException) -> list[BaseException]:
    """Return an error and all that led to it; a chain may be a circle."""
    found: list[BaseException] = []
    after: BaseException | None = error
    while after and after not in found:
        found.append(after)
        after = after.__cause__ or after.__context__
    return found


def sweep_beside(path: Path) -> None:
    """Remove what killed writers of this file left beside it; only its one writer may call this."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        left.unlink(missing_ok=True)


def sweep(home: Path) -> None:
    """Remove the unfinished files of killed writers; only the one writer may call this."""
    for folder, folders, names in os.walk(home):  # `Path.rglob` takes seven times as long
        for name in filter(ASIDE.fullmatch, names):
            Path(folder, name).unlink(missing_ok=True)
        for name in [*filter(ASIDE.fullmatch, folders)]:
            shutil.rmtree(Path(folder, name))
            folders.remove(name)
