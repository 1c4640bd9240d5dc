"""Vintages of the past gathered into a file per table and year, and in the last year per month.

A build opens every file of a table each time a model reads it, and ten years are 55,000 files. The
gathered rows are those of the vintages, which stay the truth: without the folder the next build
gathers them again. A file's name contains a digest of its vintages as they are on the disk, so that
one which was replaced, damaged or retracted since is read again, and a checksum of its own.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
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
    """Return the files with a table's years and months that are over, and the vintages in none.

    The newest vintage's month is not over. `vintages` are in the order of their instants. What is
    not gathered yet is read and written; on a full disk its vintages are returned instead, as all
    are without a folder. Raises RefusalError where `read` does.
    """
    files: list[Path] = []
    single: list[Vintage] = []
    if folder is None or not vintages:
        return files, [*vintages]
    newest = vintages[-1].as_of
    for period, group in groupby(vintages, key=lambda one: _period(one.as_of, newest)):
        members = list(group)
        file = None
        if period != _period(newest, newest):
            name = "-".join(f"{part:02}" for part in period)
            file = _gathered(folder / members[0].table, name, members, read, columns)
        if file:
            files.append(file)
        else:
            single += members
    return files, single


def _period(instant: datetime, newest: datetime) -> tuple[int, ...]:
    """Return the instant's year and month if it is of the newest year, else its year."""
    year = instant.year
    return (year, instant.month) if year == newest.year else (year,)


def _gathered(
    folder: Path, period: str, members: list[Vintage], read: Read, columns: pa.Schema
) -> Path | None:
    """Return the file with the rows of these vintages; None where it cannot be written."""
    first, name = members[0], f"{period}-{_state(members, columns)}"
    for path in folder.glob(f"{name}-*.parquet"):
        digest = path.stem.rpartition("-")[2]
        if is_whole(Vintage(first.table, first.as_of, digest, folder, path.name)):
            return path
    rows = [columns.empty_table(), *map(read, members)]
    # What a vintage of an older version lacks is NULL.
    content = parquet_bytes(pa.concat_tables(rows, promote_options="default"), members[-1].as_of)
    path = folder / f"{name}-{digest_of(content)}.parquet"
    try:
        write_atomically(path, content, durable=False, private=True)
    except RefusalError:
        return None
    for other in {*folder.glob(f"{period}-*.parquet")} - {path}:
        # Of vintages that have changed, or of a month of a year that is over.
        with suppress(OSError):
            other.unlink()
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
