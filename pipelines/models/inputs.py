"""What the models read: the lake's vintages and the reference tables, as tables on a connection."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import RefusalError, warn
from pipelines.home.database import first_line
from pipelines.lake import acceptances, decisions, log, reference_history, scores
from pipelines.lake.gathered import gather
from pipelines.lake.vintages import Vintage, list_all_vintages, read_verified
from pipelines.models.definition import SOURCES
from pipelines.sources.datasets import DATASETS, Dataset
from pipelines.sources.tables import OWN
from pipelines.usage import ledger


def attach(
    connection: duckdb.DuckDBPyConnection,
    lake_folder: Path,
    known_at: datetime | None = None,
    gathered: Path | None = None,
) -> list[Vintage]:
    """Create the schemas that models read in memory next to the database; return the vintages.

    The published database does not contain these schemas: `staging` copies what it needs. With
    `known_at` they contain what was known at that instant, and no published week that a build must
    not lose. Vintages are read from the folder where they are gathered, if one is given. Raises
    RefusalError naming the first file that is missing or damaged.
    """
    for schema in SOURCES:
        connection.execute(f"ATTACH ':memory:' AS {schema}")
    listed = _without(_lost_for_good(lake_folder), list_all_vintages(lake_folder, known_at))
    by_table = {table: [*group] for table, group in groupby(listed, key=lambda one: one.table)}
    for table, definition in DATASETS.items():
        # What is forgotten of own usage must be in no other file.
        folder = None if table in OWN or gathered is None else gathered / table
        scans = _scans(definition, by_table.get(table, []), folder)
        if scans:
            null = ", ".join(f"NULL::{kind} AS {one}" for one, kind in definition.added.items())
            added = [f"SELECT {null} WHERE FALSE"] if null else []
            parts = " UNION ALL BY NAME ".join([*added, *scans])
            connection.execute(f"CREATE VIEW lake.{table} AS {parts}")
        else:
            _create(connection, f"lake.{table}", definition.schema.empty_table())
    catalogues = by_table.get("models", [])
    _attach_scores(connection, scores.vintages(lake_folder, catalogues), gathered)
    for own in ledger.TABLES:
        weeks = [*ledger.current(lake_folder, known_at, own).values()]
        connection.execute(f"CREATE VIEW lake.{own.name} AS {ledger.scan(weeks, own)}")
    _create(connection, "home.accepted", _accepted(lake_folder))
    published = {} if known_at else log.read(lake_folder).published
    _create(connection, "home.published_week", _published_weeks(published))
    _create(connection, "home.route_decision", decisions.read(lake_folder, known_at))
    for table, rows in reference_history.in_force(lake_folder, known_at).items():
        _create(connection, f"reference.{table}", rows)
    return listed


def _scans(definition: Dataset, vintages: list[Vintage], folder: Path | None) -> list[str]:
    """Return a statement for what is gathered, and one for the other vintages of each schema.

    One for all would have to open every file whenever a model names the table.
    """
    files, single = gather(folder, vintages, partial(_rows, definition), definition.schema)
    by_schema: dict[tuple[str, ...], list[Path]] = {}
    for vintage in single:
        names = _file(definition, vintage).schema_arrow.names
        by_schema.setdefault((*names,), []).append(vintage.path)
    return [_scan(one) for one in (files, *by_schema.values()) if one]


def _scan(files: list[Path]) -> str:
    # The folder's name must not become a column: a table has the columns of its contract.
    return f"SELECT * FROM read_parquet({[*map(str, files)]}, hive_partitioning = false)"


def _rows(definition: Dataset, vintage: Vintage) -> pa.Table:
    return _file(definition, vintage).read()


def _file(definition: Dataset, vintage: Vintage) -> pq.ParquetFile:
    """Return a vintage that was verified; RefusalError if a version read it differently."""
    file = pq.ParquetFile(pa.BufferReader(read_verified(vintage)))
    if not definition.reads(file.schema_arrow):
        folder = vintage.path.parent.parent
        raise RefusalError(
            f"{vintage.path} has other columns than the lake's {vintage.table} has now: "
            f"delete {folder} and run `tokenhouse replay`"
        )
    return file


def _lost_for_good(lake_folder: Path) -> dict[str, str]:
    """Return the vintages that were given up and are not there, and what a view without says."""
    return {
        file: f"the view lacks {file}, which was given up on {one.at:%Y-%m-%d}: {one.why}"
        for file, one in log.read(lake_folder).retracted.items()
        if not (lake_folder / file).exists()
    }


def _without(lost: Mapping[str, str], vintages: list[Vintage]) -> list[Vintage]:
    """Return the vintages of a view that are not lost; warn of each that is."""
    for one in vintages:
        if one.file in lost:
            warn(lost[one.file])
    return [one for one in vintages if one.file not in lost]


def _attach_scores(
    connection: duckdb.DuckDBPyConnection, found: list[Vintage], gathered: Path | None
) -> None:
    """Create the table of the scores that catalogues carried."""
    folder = gathered and gathered / scores.TABLE
    files, single = gather(folder, found, _scores, scores.SCHEMA)
    files += [one.path for one in single]
    name = f"lake.{scores.TABLE}"
    if files:
        try:
            connection.execute(f"CREATE VIEW {name} AS {_scan(files)}")
        except duckdb.Error as error:
            raise _no_scores(first_line(error)) from None
    else:
        _create(connection, name, scores.SCHEMA.empty_table())


def _scores(vintage: Vintage) -> pa.Table:
    try:
        return pq.read_table(vintage.path)
    except (OSError, pa.ArrowException) as error:
        raise _no_scores(f"{vintage.path} cannot be read ({error})") from None


def _no_scores(why: str) -> RefusalError:
    """Return the refusal for a file of scores, which has no checksum, that cannot be read."""
    return RefusalError(f"{why}: run `tokenhouse replay` to make the scores again")


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
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    connection.unregister("incoming")
