"""Writing files so that a reader sees the old one or the new one, never half of one."""

import errno
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import RefusalError

ASIDE = re.compile(r"(\..+|warehouse)\.\d+\.tmp(\.duckdb(\.wal)?)?")
"""Names of unfinished files; none of them is ever read."""

FULL = re.compile(
    "No space left on device|Disk quota exceeded|database or disk is full|failed to offload data"
)
"""How the system, SQLite and DuckDB say that a disk is full."""


def write_atomically(path: Path, content: bytes, durable: bool = True) -> bool:
    """Write `content` to another file, sync and rename it to `path`; return whether bytes changed.

    A file that already contains these bytes is left alone, so that watchers are not woken. Without
    `durable` a crash of the machine, not of the program, may lose the file.
    Raises RefusalError, for the reason `no_space` if the disk is full, when the disk or the
    permissions prevent it; `path` is then unchanged.
    """
    aside = path.with_name(f".{path.name}.{threading.get_native_id()}.tmp")
    try:
        if path.exists() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("wb") as file:
                file.write(content)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            replace(aside, path, durable)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        reason = "no_space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "failed"
        raise RefusalError(f"{path} cannot be written: {error.strerror or error}", reason) from None
    return True


def replace(source: Path, target: Path, durable: bool = True) -> None:
    """Rename `source` onto `target` and make the rename itself durable."""
    source.replace(target)
    if durable:
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def naming_a_full_disk(home: Path) -> Iterator[None]:
    """Raise one RefusalError for a full disk, whichever library met it."""
    try:
        yield
    except Exception as error:
        if any(FULL.search(f"{one}") for one in _chain(error)):
            raise RefusalError(
                f"{home}: no space left: free some and run again", "no_space"
            ) from None
        raise


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and all that led to it; a chain may be a circle."""
    chain: list[BaseException] = []
    after: BaseException | None = error
    while after and after not in chain:
        chain.append(after)
        after = after.__cause__ or after.__context__
    return chain


def sweep(home: Path) -> None:
    """Remove the unfinished files of killed writers; only the one writer may call this."""
    for path in home.rglob("*"):
        if ASIDE.fullmatch(path.name):
            path.unlink(missing_ok=True)
