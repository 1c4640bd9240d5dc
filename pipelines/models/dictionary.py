"""The data dictionary: comments on every table and column, and the same as a table."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.errors import RefusalError
from pipelines.home.database import first_line, literal
from pipelines.models.definition import SCHEMAS, Column, Model, load
from pipelines.settings import SQL

MACRO_STATEMENT = re.compile(
    r"^(?P<statement>CREATE|COMMENT ON) MACRO (?:TABLE )?(?P<name>\w+\.\w+).*?;$",
    re.DOTALL | re.MULTILINE,
)

TABLE = re.compile(rf"\b(?:{'|'.join(SCHEMAS)})\.\w+")


@dataclass(frozen=True)
class Table:
    """A table of the published database in words; `source` names what it is made from."""

    name: str
    description: str
    source: str
    columns: tuple[Column, ...]


META = (
    Table(
        "meta.data_dictionary",
        "What everything in this database means. A row is: table, column or macro.",
        "the front matter of the models, the comments of the macros",
        (
            Column("kind", "VARCHAR", True, "-", "table, column or macro"),
            Column("table_name", "VARCHAR", True, "-", "Table or macro with its schema"),
            Column("column_name", "VARCHAR", False, "-", "Column; NULL for a table or a macro"),
            Column("data_type", "VARCHAR", False, "-", "Type of the column"),
            Column("unit", "VARCHAR", False, "-", "Unit of the column; - where there is none"),
            Column("description", "VARCHAR", True, "-", "What it means; of a table also its grain"),
            Column("source", "VARCHAR", False, "-", "What a table or macro is made from"),
        ),
    ),
    Table(
        "meta.snapshots",
        "What this build has read. A row is: vintage of the lake.",
        "the lake",
        (
            Column("table_name", "VARCHAR", True, "-", "Table of the lake"),
            Column("week", "DATE", True, "Monday", "The ISO week it was fetched for, UTC"),
            Column("as_of", "TIMESTAMP WITH TIME ZONE", True, "UTC", "Instant of the response"),
            Column("file", "VARCHAR", True, "-", "Name of the Parquet file, which is its checksum"),
        ),
    ),
    Table(
        "meta.empty_mart",
        "Which marts have no row here, and why. A row is: mart without rows.",
        "the front matter of the models, the marts",
        (
            Column("table_name", "VARCHAR", True, "-", "Mart with its schema"),
            Column("because", "VARCHAR", False, "-", "When it has rows; NULL where nobody says so"),
        ),
    ),
    Table(
        "meta.build",
        "What this database was made from. A row is: this build; there is one.",
        "the lake, warehouse/reference, sql and the code",
        (
            Column("run_id", "VARCHAR", True, "-", "Hash of vintages, reference files and code"),
            Column("as_of", "TIMESTAMP WITH TIME ZONE", False, "UTC", "Newest rankings used"),
            Column("as_of_is_exact", "BOOLEAN", False, "-", "Whether the source gave that instant"),
            Column("licence", "VARCHAR", True, "-", "Licence of the figures"),
        ),
    ),
)
"""The tables that no model makes."""


def tables(models: Iterable[Model]) -> Iterator[Table]:
    """Yield every table of the published database, in the order of the data's way."""
    ordered = sorted(models, key=lambda model: (SCHEMAS.index(model.schema), model.name))
    for model in ordered:
        said = filter(None, (model.front.description, model.front.empty))
        text = f"{' '.join(said)} A row is: {model.front.grain}."
        source = ", ".join(sorted(model.inputs)) or "its own statement"
        yield Table(model.name, text, source, tuple(model.columns))
    yield from META


def create(connection: duckdb.DuckDBPyConnection, models: Sequence[Model]) -> None:
    """Create the macros and the `meta` schema, comment on everything, fill the dictionary.

    The models' tables must be there, and a macro that reads another model's table is left out.
    Raises RefusalError when the macros are no valid SQL.
    """
    connection.execute("CREATE SCHEMA meta")
    for table in META:
        connection.execute(f"CREATE TABLE {table.name} ({_columns(table.columns)})")
    _create_macros(connection, models)
    here = connection.execute(
        "SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database()"
    ).fetchall()
    described = [one for one in tables(models) if (one.name.partition(".")[0],) in here]
    connection.execute("; ".join(line for table in described for line in _comments(table)))
    rows = [row for table in described for row in _rows(table)]
    insert(connection, "meta.data_dictionary", [*rows, *_macros(connection)])


def record_empty(connection: duckdb.DuckDBPyConnection, reasons: Mapping[str, str]) -> None:
    """Fill `meta.empty_mart`: `reasons` are those of all marts by their name, empty if unknown."""
    for name, because in sorted(reasons.items()):
        connection.execute(
            f"INSERT INTO meta.empty_mart SELECT ?, nullif(?, '') WHERE NOT EXISTS (FROM {name})",
            parameters=[name, because],
        )


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Put rows into a table."""
    import polars as pl  # not for those who read the words alone

    connection.register("incoming", pl.DataFrame(rows, orient="row", infer_schema_length=None))
    connection.execute(f"INSERT INTO {table} FROM incoming")
    connection.unregister("incoming")


def blank(models: Sequence[Model]) -> duckdb.DuckDBPyConnection:
    """Return a database in memory with every table, column, comment and macro, and no row."""
    connection = duckdb.connect()
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA {schema}")
    for model in models:
        connection.execute(f"CREATE TABLE {model.name} ({_columns(model.columns)})")
    create(connection, models)
    return connection


def _columns(columns: Iterable[Column]) -> str:
    return ", ".join(f'"{column.name}" {column.type}' for column in columns)


def macros(statement: str = "CREATE") -> dict[str, str]:
    """Return the statement that creates each macro, or comments on it, by the macro's name."""
    text = (SQL / "macros.sql").read_text(encoding="utf-8")
    found = MACRO_STATEMENT.finditer(text)
    return {match["name"]: match[0] for match in found if match["statement"] == statement}


def _create_macros(connection: duckdb.DuckDBPyConnection, models: Sequence[Model]) -> None:
    unbuilt = {model.name for model in load()} - {model.name for model in models}
    comments = macros("COMMENT ON")
    for name, statement in macros().items():
        if unbuilt.isdisjoint(TABLE.findall(statement)):
            try:
                connection.execute(f"{statement} {comments[name]}")
            except duckdb.Error as error:
                raise RefusalError(f"{SQL / 'macros.sql'}: {first_line(error)}") from None


def _comments(table: Table) -> Iterator[str]:
    text = literal(f"{table.description} Made from: {table.source}.")
    yield f"COMMENT ON TABLE {table.name} IS {text}"
    for column in table.columns:
        yield f'COMMENT ON COLUMN {table.name}."{column.name}" IS {literal(column.comment)}'


def _rows(table: Table) -> Iterator[tuple[str | None, ...]]:
    yield "table", table.name, None, None, None, table.description, table.source
    for column in table.columns:
        described = column.type, column.unit, column.description
        yield "column", table.name, column.name, *described, None


def _macros(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Return the dictionary's rows of the macros: each comes from sql/macros.sql with a comment."""
    return connection.execute(
        """
        SELECT
            'macro', schema_name || '.' || function_name || '(' || array_to_string(parameters, ', ')
            || ')', NULL, NULL, NULL, comment, 'sql/macros.sql'
        FROM duckdb_functions()
        WHERE NOT internal
        ORDER BY schema_name, function_name
        """
    ).fetchall()
