"""What the models read: the lake's vintages and the reference tables, as tables on a connection."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import RefusalError, warn
from pipelines.lake import acceptances, decisions, log, reference_history, scores
from pipelines.lake.vintages import Vintage, list_vintages, read_verified
from pipelines.models.definition import SOURCES
from pipelines.sources.datasets import DATASETS, Dataset
from pipelines.usage import ledger


def attach(
    connection: duckdb.DuckDBPyConnection,
    lake_folder: Path,
    known_at: datetime | None = None,
) -> list[Vintage]:
    """Create the schemas that models read in memory next to the database; return the vintages.

    The published database does not contain these schemas: `staging` copies what it needs. With
    `known_at` they contain what was known at that instant, and no published week that a build must
    not lose. Raises RefusalError naming the first file that is missing or damaged.
    """
    used = []
    for schema in SOURCES:
        connection.sql(f"ATTACH ':memory:' AS {schema}")
    for table, definition in DATASETS.items():
        vintages = [
            one
            for one in list_vintages(lake_folder, table, known_at)
            if not _is_lost_for_good(lake_folder, one)
        ]
        if vintages:
            null = ", ".join(f"NULL::{kind} AS {one}" for one, kind in definition.added.items())
            added = [f"SELECT {null} WHERE FALSE"] if null else []
            parts = " UNION ALL BY NAME ".join([*added, *_scans(definition, lake_folder, vintages)])
            connection.sql(f"CREATE VIEW lake.{table} AS {parts}")
        else:
            _create(connection, f"lake.{table}", definition.schema.empty_table())
        used += vintages
    _attach_scores(connection, lake_folder, [one for one in used if one.table == "models"])
    for own in ledger.TABLES:
        weeks = [*ledger.current(lake_folder, known_at, own).values()]
        connection.sql(f"CREATE VIEW lake.{own.name} AS {ledger.scan(weeks, own)}")
    _create(connection, "home.accepted", _accepted(lake_folder))
    published = {} if known_at else log.read(lake_folder).published
    _create(connection, "home.published_week", _published_weeks(published))
    _create(connection, "home.route_decision", decisions.read(lake_folder, known_at))
    for table, rows in reference_history.in_force(lake_folder, known_at).items():
        _create(connection, f"reference.{table}", rows)
    return used


def _scans(definition: Dataset, lake_folder: Path, vintages: list[Vintage]) -> list[str]:
    """Return a statement that reads the vintages of each schema, after all were verified.

    One for all would have to open every file whenever a model names the table.
    """
    by_schema: dict[tuple[str, ...], list[str]] = {}
    for vintage in vintages:
        schema = pq.read_schema(pa.BufferReader(read_verified(vintage)))
        if not definition.reads(schema):
            folder = lake_folder / vintage.table
            raise RefusalError(
                f"{vintage.path} has other columns than the lake's {vintage.table} has now: "
                f"delete {folder} and run `tokenhouse replay`"
            )
        by_schema.setdefault((*schema.names,), []).append(f"{vintage.path}")
    # The folder's name must not become a column: a table has the columns of its contract.
    return [
        f"SELECT * FROM read_parquet({files}, hive_partitioning = false)"
        for files in by_schema.values()
    ]


def _is_lost_for_good(lake_folder: Path, vintage: Vintage) -> bool:
    """Whether a vintage of an earlier view is not there since it was given up; warn then."""
    file = vintage.path.relative_to(lake_folder).as_posix()
    given_up = log.read(lake_folder).retracted.get(file)
    if given_up is None or vintage.path.exists():
        return False
    warn(f"the view lacks {file}, which was given up on {given_up.at:%Y-%m-%d}: {given_up.why}")
    return True


def _attach_scores(
    connection: duckdb.DuckDBPyConnection, lake_folder: Path, catalogues: list[Vintage]
) -> None:
    """Create the table of the scores that these catalogues carry."""
    found = [f"{path}" for path in scores.files(lake_folder, catalogues)]
    name = f"lake.{scores.TABLE}"
    if found:
        connection.sql(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({found})")
    else:
        _create(connection, name, scores.SCHEMA.empty_table())


def _accepted(lake_folder: Path) -> pl.DataFrame:
    """Return the findings that a person has accepted by name, and at what size."""
    schema = {"name": pl.String, "size": pl.Float64}
    return pl.DataFrame(acceptances.read(lake_folder), schema=schema, orient="row")


def _published_weeks(days: Mapping[date, int]) -> pl.DataFrame:
    """Return the weeks and days seen of the database that was published last."""
    schema = {"week": pl.Date, "days_seen": pl.Int64}
    return pl.DataFrame([*days.items()], schema=schema, orient="row")


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: object) -> None:
    connection.register("incoming", rows)
    connection.sql(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    connection.unregister("incoming")
