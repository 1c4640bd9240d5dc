"""The lake: every answer ever accepted, as Parquet vintages partitioned by week.

A vintage is a file that is written once and never changed. Its name holds the instant as of which
it is true and the first digits of its content's SHA-256, so the lake is a set: the same answer
written twice is one file, and a damaged file is found by its name.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.citation import LICENCE, citation
from pipelines.errors import RefusalError
from pipelines.files import write_atomically
from pipelines.sources.snapshot import Snapshot
from pipelines.weeks import monday

FILE_NAME = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{12})\.parquet")
WEEK_FOLDER = re.compile(r"week=(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, order=True)
class Vintage:
    """One file of the lake: what one answer says of one week."""

    table: str
    week: date
    as_of: datetime
    digest: str
    path: Path


def vintages(lake: Path, table: str, known_at: datetime | None = None) -> list[Vintage]:
    """Return a table's vintages as of `known_at` or before, by week, as-of and digest.

    Files whose names are not a vintage's are ignored.
    """
    found = []
    for folder in lake.joinpath(table).glob("week=*"):
        week = WEEK_FOLDER.fullmatch(folder.name)
        for path in folder.iterdir() if week and folder.is_dir() else ():
            name = FILE_NAME.fullmatch(path.name)
            if week and name:
                as_of = datetime.strptime(name[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                if known_at is None or as_of <= known_at:
                    found.append(Vintage(table, date.fromisoformat(week[1]), as_of, name[2], path))
    return sorted(found)


def verify(vintage: Vintage) -> None:
    """Raise RefusalError unless the file's bytes are those its name promises."""
    try:
        content = vintage.path.read_bytes()
    except OSError as error:
        raise RefusalError(f"{vintage.path} cannot be read: {error.strerror}") from None
    if _digest(content) != vintage.digest:
        raise RefusalError(
            f"{vintage.path} is damaged (its checksum differs from its name): "
            "run `tokenhouse replay` to make it again from the raw answers"
        )


def write(lake: Path, table: str, snapshot: Snapshot, durable: bool = True) -> list[Vintage]:
    """Write a snapshot, one vintage a week; return them, new or already there.

    Rankings lie in the weeks of their days, all else in the week as of which it is true.
    """
    as_of = snapshot.as_of
    written = []
    for week, rows in _by_week(snapshot):
        content = parquet_bytes(rows, as_of, snapshot.is_exact)
        digest = _digest(content)
        name = f"{as_of:%Y%m%dT%H%M%SZ}-{digest}.parquet"
        path = lake / table / f"week={week}" / name
        write_atomically(path, content, durable)
        written.append(Vintage(table, week, as_of.replace(microsecond=0), digest, path))
    return written


def parquet_bytes(table: pa.Table, as_of: datetime, is_exact: bool = True) -> bytes:
    """Return a table as Parquet with source, licence and as-of in the footer; no clock inside."""
    instant = f"{as_of:%Y-%m-%dT%H:%M:%SZ}"
    footer = {"source": citation(as_of, is_exact), "licence": LICENCE, "as_of": instant}
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(footer), sink, compression="zstd")
    return sink.getvalue()


def _by_week(snapshot: Snapshot) -> Iterator[tuple[date, pa.Table]]:
    """Yield the rows of each week; rankings are sorted by date, so a week is a slice."""
    rows = snapshot.rows
    if "asked_from" not in rows.schema.names:
        yield monday(snapshot.as_of.date()), rows
        return
    begin, weeks = 0, dict[date, int]()
    for one in pc.value_counts(rows["date"]).to_pylist():
        week = monday(one["values"])
        weeks[week] = weeks.get(week, 0) + one["counts"]
    for week, length in weeks.items():
        yield week, rows.slice(begin, length)
        begin += length


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
