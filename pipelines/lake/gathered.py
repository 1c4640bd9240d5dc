"""Vintages gathered into a file per table and year; of the newest year per month, then per week.

A build opens every file of a table each time a model reads it, and ten years are 55,000 files. The
gathered rows are those of the vintages, which stay the truth: without the folder the next build
gathers them again. A file's name contains a digest of its vintages as they are on the disk, so that
one which was replaced, damaged or retracted since is read again, and a checksum of its own.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from pipelines.errors import RefusalError
from pipelines.home.files import write_atomically
from pipelines.lake.vintages import Vintage, digest_of, is_whole, parquet_bytes

Read = Callable[[Vintage], pa.Table]
"""Returns the rows of a vintage, in the columns that its table has now."""


def gather(
    folder: Path | None, vintages: Sequence[Vintage], read: Read, columns: pa.Schema
) -> tuple[list[Path], list[Vintage]]:
    """Return the files with the rows of a table's vintages, and the vintages that are in none.

    `folder` is the table's, in which no other file remains. `vintages` are in the order of their
    instants. What is not gathered yet is read and written; on a full disk its vintages are returned
    instead, as all are without a folder. Raises RefusalError where `read` does.
    """
    files: list[Path] = []
    single: list[Vintage] = []
    if folder is None:
        return files, [*vintages]
    newest = vintages[-1].name if vintages else ""
    for period, group in groupby(vintages, key=lambda one: _period(one.name, newest)):
        members = list(group)
        file = _gathered(folder, period, members, read, columns)
        if file:
            files.append(file)
        else:
            single += members
    for other in {*folder.glob("*.parquet")} - {*files}:
        # Of vintages that have changed, or of a part of a period that is over.
        with suppress(OSError):
            other.unlink()
    return files, single


def _period(name: str, newest: str) -> str:
    """Return a vintage's year; in the newest year its month, too, and in that month its week."""
    if name[:4] != newest[:4]:
        return name[:4]
    if name[:6] != newest[:6]:
        return name[:6]
    return f"{date.fromisoformat(name[:8]):%Y%m-W%V}"


def _gathered(
    folder: Path, period: str, members: list[Vintage], read: Read, columns: pa.Schema
) -> Path | None:
    """Return the file with the rows of these vintages; None where it cannot be written."""
    name = f"{period}-{_state(members, columns)}"
    for path in folder.glob(f"{name}-*.parquet"):
        if is_whole(Vintage(folder, path.name)):
            return path
    rows = [columns.empty_table(), *map(read, members)]
    # What a vintage of an older version lacks is NULL.
    content = parquet_bytes(pa.concat_tables(rows, promote_options="default"), members[-1].as_of)
    path = folder / f"{name}-{digest_of(content)}.parquet"
    try:
        write_atomically(path, content, durable=False, private=True)
    except RefusalError:
        return None
    return path


def _state(members: list[Vintage], columns: pa.Schema) -> str:
    """Return a digest of the vintages' names, sizes and times, and of the columns read."""
    lake = f"{members[0].lake}"
    state = "".join(f"{one.name}{_stamp(f'{lake}/{one.file}')}" for one in members)
    return sha256(f"{columns}{state}".encode()).hexdigest()[:12]


def _stamp(path: str) -> str:
    """Return a file's size and time; nothing if it is missing: it is named when it is read."""
    try:
        found = os.stat(path)  # noqa: PTH116 a `Path` of each takes longer than this
    except OSError:
        return ""
    return f" {found.st_size} {found.st_mtime_ns}\n"
