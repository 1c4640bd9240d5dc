"""The reference tables in force at each publication, so that past decisions stay explainable.

People change these tables and upgrades do, and no response has them. Each content of a table is one
Parquet file in the lake, named by its hash, and the log's line of a publication names its files.
"""

import hashlib
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.arrow import arrow_schema
from pipelines.errors import RefusalError, warn
from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.lake import log
from pipelines.reference.loader import TABLES, load_all

DIGITS = 12
"""Of a file's hash: it finds accidents, not forgers."""


def keep(lake: Path) -> dict[str, str]:
    """Write the tables in force that the lake does not have; return the hash of each."""
    named = {}
    for table, rows in load_all(paths.reference(lake.parent)).items():
        sink = pa.BufferOutputStream()
        pq.write_table(rows, sink)
        content = sink.getvalue().to_pybytes()
        named[table] = _hash(content)
        write_atomically(_file(lake, table, named[table]), content, private=True)
    return named


def in_force(lake: Path, known_at: datetime | None = None) -> dict[str, pa.Table]:
    """Return the tables in force now, or those of the last publication by an instant.

    A table that was not kept, or that has other columns in this version, is today's; a warning says
    so. Raises RefusalError naming a file that is missing or damaged.
    """
    now = load_all(paths.reference(lake.parent))
    if known_at is None:
        return now
    named = log.read(lake).reference_at(known_at)
    then = {table: read(_file(lake, table, digest)) for table, digest in named.items()}
    kept = {
        table: rows
        for table, rows in then.items()
        if table in TABLES and rows.schema.equals(arrow_schema(TABLES[table].contract))
    }
    lost = sorted(now.keys() - kept.keys())
    if lost:
        others = f" {', '.join(lost)}" if kept else ""
        warn(f"tables{others} as they are now: those of {known_at:%Y-%m-%d %H:%M}Z were not kept")
    return now | kept


def files(lake: Path) -> list[Path]:
    """Return the files of all tables, by name."""
    return sorted(paths.reference_history(lake).glob("*/*.parquet"))


def read(path: Path) -> pa.Table:
    """Return a kept table; RefusalError if its file is missing or damaged."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RefusalError(
            f"{path} cannot be read: {error.strerror}: restore it from a backup"
        ) from None
    if _hash(content) != path.stem:
        raise RefusalError(f"{path} is damaged: restore it from a backup")
    return pq.read_table(pa.BufferReader(content))


def _file(lake: Path, table: str, digest: str) -> Path:
    return paths.reference_history(lake) / table / f"{digest}.parquet"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]
