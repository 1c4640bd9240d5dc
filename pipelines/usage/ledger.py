"""Own usage in the lake: per week the newest vintage is the week's whole content.

`lake/<table>/week=<Monday>/<instant>-<digest>.parquet`: written once, readable by its owner only.
`<table>` is the ledger of requests, or the totals that the ledger is checked against. A later
import that changes a week writes another vintage of that week, and the old one stays. The same rows
are the same bytes, whatever imports they came from.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb

from pipelines.errors import RefusalError
from pipelines.home import files
from pipelines.home.database import literal
from pipelines.lake import log, present
from pipelines.lake.vintages import Vintage
from pipelines.settings import settings
from pipelines.usage import store
from pipelines.usage.contract import REPORTED, REQUESTS, Table

TABLES = (REQUESTS, REPORTED)

ENCODING = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 1000000, USE_TMP_FILE false"


def history(lake: Path, week: str = "*", table: Table = REQUESTS) -> list[Vintage]:
    """Return every vintage of a table, or of one of its weeks, the oldest first."""
    found = []
    for path in lake.joinpath(table.name).glob(f"week={week}/*.parquet"):
        if present.VINTAGE.fullmatch(path.name):
            found.append(Vintage(lake, path.relative_to(lake).as_posix()))
    return sorted(found, key=lambda one: (one.name, one.file))


def current(
    lake: Path, known_at: datetime | None = None, table: Table = REQUESTS
) -> dict[date, Vintage]:
    """Return the newest vintage of each week, of those known at an instant if one is named.

    A vintage that was retracted by then does not count.
    """
    retracted = log.read(lake).retracted_by(known_at)
    found = (one for one in history(lake, table=table) if one.file not in retracted)
    return {one.week: one for one in found if known_at is None or one.as_of <= known_at}


def all_current(lake: Path, known_at: datetime | None = None) -> list[Vintage]:
    """Return what a build reads of own usage: the newest vintage of each week of each table."""
    return [one for table in TABLES for one in current(lake, known_at, table).values()]


def scan(vintages: Sequence[Vintage], table: Table = REQUESTS) -> str:
    """Return the SQL that reads these vintages; without any, the table without rows."""
    if not vintages:
        typed = (f"cast(NULL AS {kind}) AS {name}" for name, kind in table.columns.items())
        return f"SELECT {', '.join(typed)} WHERE FALSE"
    listed = ", ".join(literal(one.path) for one in vintages)
    return f"SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"


def verify(vintage: Vintage, copy: Path | None = None) -> None:
    """Raise RefusalError unless the file's checksum, or a copy's, is the one in its name."""
    try:
        digest = _digest(copy or vintage.path)
    except OSError as error:
        raise RefusalError(f"{vintage.path} cannot be read: {error.strerror}") from None
    if digest != vintage.digest:
        raise RefusalError(
            f"{vintage.path} is damaged (its checksum differs from its name): restore it from a "
            "backup, or delete it and run `tokenhouse usage add` with the same files again"
        )


def write(
    connection: duckdb.DuckDBPyConnection,
    lake: Path,
    week: date,
    rows: str,
    table: Table = REQUESTS,
) -> Vintage:
    """Write a week's rows, a SELECT of the table's columns, as its newest vintage, and log it."""
    folder = lake / table.name / f"week={week}"
    before = history(lake, f"{week}", table)
    as_of = datetime.now(UTC).replace(microsecond=0)
    if before:  # of two imports within a second, or after a clock was set back, the later counts
        as_of = max(as_of, before[-1].as_of + timedelta(seconds=1))
    columns = ", ".join(table.columns)
    # What Parquet makes of rows depends on how the statement before handed them over.
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE week_row AS SELECT {columns} FROM ({rows}) "
        f"ORDER BY {table.order}"
    )
    name = f"{as_of:%Y%m%dT%H%M%SZ}-{{digest}}.parquet"
    path = write_private(connection, "FROM week_row", folder, name, partial(_share, lake, before))
    connection.execute("DROP TABLE week_row")
    vintage = Vintage(lake, path.relative_to(lake).as_posix())
    log.append(lake, {"do": "add", "vintage": vintage.file})
    return vintage


def _share(lake: Path, before: Sequence[Vintage], written: Path, path: Path) -> None:
    """Write a week's file to the shared ledger, if there is one, before it is one of the lake's."""
    if settings().tokenhouse_ledger:
        newest = before[-1].name if before else None
        store.commit(settings(), written, path.relative_to(lake).as_posix(), newest)


def write_private(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    folder: Path,
    name: str,
    share: Callable[[Path, Path], None] = lambda written, path: None,
) -> Path:
    """Write rows as Parquet that only its owner can read; `{digest}` in the name is its checksum.

    The file is written aside, synced and renamed: no reader sees half of one. Raises RefusalError,
    for the reason `no_space` if the disk is full.
    """
    aside = folder / f".usage.{os.getpid()}.tmp"  # the next writer sweeps it away
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside.touch(mode=0o600)
        connection.execute(f"COPY ({rows}) TO {literal(aside)} ({ENCODING})")
        path = folder / name.format(digest=_digest(aside))
        with aside.open("rb+") as file:
            os.fsync(file)
        share(aside, path)
        files.replace(aside, path)
    except (OSError, duckdb.IOException) as error:
        full = files.FULL.search(f"{error}")
        reason = "no space left" if full else type(error).__name__
        raise RefusalError(
            f"{folder} cannot be written: {reason}", "no_space" if full else "failed"
        ) from None
    finally:
        aside.unlink(missing_ok=True)
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
