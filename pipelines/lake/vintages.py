"""The lake: one vintage per response, as Parquet, partitioned by week.

A *vintage* is the content of one response as of one instant, in a file that is written once and
never changed. The source may restate the same days later: that is another vintage, and models read
the newest one known at an instant. The file's name contains the instant and the first digits of its
SHA-256, so the same response written twice is one file, and its name exposes a damaged file. The
folder is the week of the instant; a response of rankings reports the weeks before it.
"""

import hashlib
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.citation import LICENCE, citation
from pipelines.errors import RefusalError
from pipelines.home.files import write_atomically
from pipelines.lake import log, present
from pipelines.sources.tables import OWN, SCORED, TABLES
from pipelines.weeks import monday

if TYPE_CHECKING:  # Arrow is imported when files are read or written: `status` only lists them
    import pyarrow as pa

    from pipelines.sources.snapshot import Snapshot

COMPACT = {"compression": "zstd"}
PLAIN = {"compression": "none", "write_statistics": False}
"""A vintage is about twenty kilobytes: compression doubles the time and saves a fifth."""

INSTANT = len("20260526T080000Z")
"""Characters with which a file's name begins."""


class Vintage(NamedTuple):
    """One file of the lake: the content of one response; `file` is its name below the lake.

    A build lists 55,000 of them: what the name says is read of those for which it is needed.
    """

    lake: Path
    file: str

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.lake / self.file

    @property
    def table(self) -> str:
        """The table that it has rows of."""
        return self.file.partition("/")[0]

    @property
    def name(self) -> str:
        """The file's name in its folder: its instant and its checksum."""
        return self.file.rpartition("/")[2]

    @property
    def as_of(self) -> datetime:
        """The instant of the response."""
        return present.instant(self.name[:INSTANT])

    @property
    def digest(self) -> str:
        """The checksum in its name, which its content must have; a file of scores has none."""
        return self.name.removesuffix(".parquet").rpartition("-")[2]

    @property
    def week(self) -> date:
        """The Monday in its folder's name: of its instant, or in own usage of its rows."""
        return date.fromisoformat(self.file.split("/")[-2].removeprefix("week="))


def list_vintages(lake: Path, table: str, known_at: datetime | None = None) -> list[Vintage]:
    """Return a table's vintages as of `known_at` or before, by as-of and digest.

    These are the vintages in the log, whether their files are there or not, without those that were
    retracted by then.
    """
    return list_all_vintages(lake, known_at, (table,))


def list_all_vintages(
    lake: Path, known_at: datetime | None = None, tables: Collection[str] = TABLES
) -> list[Vintage]:
    """Return the vintages of every table, table by table, as `list_vintages` does."""
    named = (Vintage(lake, file) for file in list_files(lake, known_at, tables))
    return [one for one in named if known_at is None or one.as_of <= known_at]


def list_files(
    lake: Path, known_at: datetime | None = None, tables: Collection[str] = TABLES
) -> list[str]:
    """Return the files below the lake of the vintages that were not retracted by `known_at`.

    They are in the order of table, week, instant and digest.
    """
    known = log.read(lake)
    files = known.vintages - known.retracted_by(known_at)
    return sorted(file for file in files if file.partition("/")[0] in tables)


def list_retracted(lake: Path) -> list[Vintage]:
    """Return the vintages that were taken back."""
    known = log.read(lake)
    return sorted(Vintage(lake, file) for file in known.retracted.keys() & known.vintages)


def read_verified(vintage: Vintage) -> bytes:
    """Return the file's bytes; RefusalError unless its checksum is the one in its name."""
    try:
        with open(f"{vintage.lake}/{vintage.file}", "rb") as file:  # noqa: PTH123 a third faster
            content = file.read()
    except OSError as error:
        raise RefusalError(f"{vintage.path} cannot be read: {error.strerror}") from None
    if digest_of(content) != vintage.digest:
        raise RefusalError(
            f"{vintage.path} is damaged (its checksum differs from its name): "
            "run `tokenhouse replay` to rebuild it from the raw responses"
        )
    return content


def is_whole(vintage: Vintage) -> bool:
    """Whether the file can be read and its checksum is the one in its name."""
    try:
        read_verified(vintage)
    except RefusalError:
        return False
    return True


@cache
def days_of(vintage: Vintage) -> tuple[frozenset[date], frozenset[date]]:
    """Return the days that a vintage of daily rankings reports, and the days requested.

    Its name contains its checksum, so the answer never changes and is cached.
    Raises RefusalError if it is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(read_verified(vintage)))
    rows = file.read(["date", "asked_from", "asked_to"])
    first, last = rows["asked_from"][0].as_py(), rows["asked_to"][0].as_py()
    requested = (first + timedelta(days=k) for k in range((last - first).days + 1))
    return frozenset(rows["date"].unique().to_pylist()), frozenset(requested)


def write_vintage(
    lake: Path, table: str, snapshot: "Snapshot", response: Path | None = None
) -> Vintage:
    """Write the snapshot of a stored response and log both; return its vintage, new or not."""
    vintage = write_file(lake, table, snapshot)
    if response is None:
        log.append(lake, {"do": "add", "vintage": vintage.file})
    else:
        log_responses(lake, {response: vintage})
    return vintage


def log_responses(lake: Path, made: Mapping[Path, Vintage | None]) -> None:
    """Log stored responses, each with the vintage made from it; all of them are on the disk.

    They belong to the lake from then on. What the log says already is not repeated.
    """
    known = log.read(lake).responses
    events: list[log.Event] = []
    for response, vintage in made.items():
        raw = response.relative_to(lake).as_posix()
        file = vintage and vintage.file
        if known.get(raw, "") != file:
            events.append({"do": "add", "raw": raw, "vintage": file})
    log.append_all(lake, events)


def write_file(lake: Path, table: str, snapshot: "Snapshot", durable: bool = True) -> Vintage:
    """Write a snapshot; return its vintage, which is none of the lake's before it is logged."""
    as_of = snapshot.as_of
    content = parquet_bytes(snapshot.rows, as_of, snapshot.is_exact, PLAIN)
    digest = digest_of(content)
    name = f"{as_of:%Y%m%dT%H%M%SZ}-{digest}.parquet"
    file = f"{table}/week={monday(as_of.date())}/{name}"
    is_private = table in OWN or table in SCORED - {"models"}  # whose vintage has no scores
    write_atomically(lake / file, content, durable, private=is_private)
    return Vintage(lake, file)


def parquet_bytes(
    table: "pa.Table", as_of: datetime, is_exact: bool = True, encoding: dict[str, Any] = COMPACT
) -> bytes:
    """Return a table as Parquet with source, licence and as-of in the footer; no build instant."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    instant = f"{as_of:%Y-%m-%dT%H:%M:%SZ}"
    footer = {"source": citation(as_of, is_exact), "licence": LICENCE, "as_of": instant}
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(footer), sink, **encoding)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def digest_of(content: bytes) -> str:
    """Return the checksum that a vintage's name contains."""
    return hashlib.sha256(content).hexdigest()[:12]
