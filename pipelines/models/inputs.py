"""What the models read: the lake's vintages and the reference tables, as tables on a connection."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines import lake, reference
from pipelines.errors import RefusalError
from pipelines.settings import REFERENCE, ROOT, SQL


def attach(connection: duckdb.DuckDBPyConnection, lake_folder: Path) -> list[lake.Vintage]:
    """Create `lake.*` and `reference.*` in memory beside the database; return the vintages used.

    The published database does not hold them: `staging` is where they become ours.
    Raises RefusalError naming the first damaged file.
    """
    used = []
    for schema in ("lake", "reference"):
        connection.sql(f"ATTACH ':memory:' AS {schema}")
    for table, fields in lake.SCHEMAS.items():
        vintages = lake.vintages(lake_folder, table)
        for vintage in vintages:
            lake.verify(vintage)
            if not pq.read_schema(vintage.path).equals(fields):
                raise RefusalError(f"{vintage.path} has other columns than the lake's {table}")
        files = [str(vintage.path) for vintage in vintages]
        if files:
            # The folder's name must not become a column: a table has the columns of its contract.
            source = f"read_parquet({files}, hive_partitioning = false)"
            connection.sql(f"CREATE VIEW lake.{table} AS SELECT * FROM {source}")
        else:
            _create(connection, f"lake.{table}", fields.empty_table())
        used += vintages
    for table in reference.TABLES:
        _create(connection, f"reference.{table}", reference.load(table).to_arrow())
    return used


def run_id(vintages: Iterable[lake.Vintage]) -> str:
    """Return the identity of a build: a hash of input vintages, reference files and code."""
    digest = hashlib.sha256()
    for vintage in sorted(vintages):
        digest.update(f"{vintage.table}/{vintage.week}/{vintage.path.name}\n".encode())
    code = [*SQL.rglob("*.sql"), *ROOT.joinpath("pipelines").rglob("*.py")]
    kept = [path for path in REFERENCE.rglob("*") if path.is_file()]
    for path in sorted([*code, *kept]):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: object) -> None:
    connection.register("incoming", rows)
    connection.sql(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    connection.unregister("incoming")
