"""A ledger that another program keeps in a Delta or Iceberg table, with the columns of ours.

The files of its newest state are read. A table may also say beside its files which of their rows
are deleted; read by the list of files those rows would come back, so such a table is refused.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.errors import RefusalError
from pipelines.home.database import literal
from pipelines.usage.contract import COLUMNS

HARMLESS = {"timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"}
"""Features of Delta under which the files contain the rows, under the names of the columns."""


def detects(path: Path) -> bool:
    """Return whether a folder is such a table."""
    return path.is_dir() and (path.joinpath("_delta_log").is_dir() or bool(_metadata(path)))


def rows(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """Return the SQL of a table's rows, with the source and scope that they have.

    Raises RefusalError naming the columns that it lacks, or what keeps it from being read.
    """
    (path,) = files
    listed = _delta(path) if path.joinpath("_delta_log").is_dir() else _iceberg(path)
    names = ", ".join(literal(one) for one in listed)
    wanted = [name for name in COLUMNS if name != "week"]
    if not listed:
        typed = ", ".join(f"cast(NULL AS {COLUMNS[name]}) AS {name}" for name in wanted)
        return f"SELECT {typed}, NULL AS file WHERE FALSE"
    scan = f"read_parquet([{names}], hive_partitioning = false, union_by_name = true)"
    missing = {*wanted} - {*connection.sql(f"FROM {scan} LIMIT 0").columns}
    if missing:
        raise RefusalError(f"{path} lacks the columns {', '.join(sorted(missing))}")
    typed = ", ".join(f"try_cast({name} AS {COLUMNS[name]}) AS {name}" for name in wanted)
    return f"SELECT {typed}, {literal(path)} AS file FROM {scan}"


def _delta(path: Path) -> list[str]:
    try:
        from deltalake import DeltaTable
    except ModuleNotFoundError:
        raise _lacks_package(path) from None
    table = DeltaTable(f"{path}")
    beyond = {*(table.protocol().reader_features or ())} - HARMLESS
    if beyond:
        raise RefusalError(
            f"{path} uses {', '.join(sorted(beyond))}, with which its files are not its rows: drop "
            "the feature from the table, or export it to another one"
        )
    return table.file_uris()


def _iceberg(path: Path) -> list[str]:
    try:
        from pyiceberg.table import StaticTable
    except ModuleNotFoundError:
        raise _lacks_package(path) from None
    planned = [*StaticTable.from_metadata(f"{_metadata(path)[-1]}").scan().plan_files()]
    if any(one.delete_files for one in planned):
        raise RefusalError(
            f"{path} has delete files, without which deleted rows come back: compact the table"
        )
    listed = [one.file.file_path.removeprefix("file://") for one in planned]
    if not all(Path(one).exists() for one in listed):
        raise RefusalError(f"{path}: its files are not on this machine")
    return listed


def _metadata(path: Path) -> list[Path]:
    """Return the states of an Iceberg table, the newest last."""
    found = path.glob("metadata/*.metadata.json")
    return sorted(found, key=lambda one: int((re.findall(r"\d+", one.name) or ["0"])[0]))


def _lacks_package(path: Path) -> RefusalError:
    return RefusalError(f"{path} needs packages: pip install 'tokenhouse[tables]'")
