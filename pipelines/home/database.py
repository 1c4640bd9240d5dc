"""Open the published database as every reader does, and read rows and errors from DuckDB."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import RefusalError
from pipelines.home import home_format, paths, places

SESSION = "SET enable_progress_bar = false; SET TimeZone = 'UTC'"
"""What every connection begins with: DuckDB would draw a bar of its own into the output,
and on a busy machine even for the time zone."""

MISFITS = (duckdb.CatalogException, duckdb.BinderException)
"""Errors of SQL over tables of another version."""


def connect(database: Path) -> duckdb.DuckDBPyConnection:
    """Open the published database read-only; RefusalError if there is none."""
    with opening(database):
        connection = duckdb.connect(database, read_only=True)
        connection.execute(SESSION)
        return connection


@contextmanager
def opening(database: Path) -> Iterator[None]:
    """Say in one line that there is no published database, or why the block cannot open it."""
    if not database.exists():
        raise RefusalError(f"{database} does not exist yet: run `tokenhouse run` first")
    places.check_file(database)
    try:
        yield
    except duckdb.Error as error:
        advice = "move it away, or name another home with TOKENHOUSE_HOME"
        if paths.lake(database.parent).exists():
            advice = "delete it and run `tokenhouse run`, the lake still contains everything"
        if "Could not set lock" in f"{error}":
            advice = "close it in the program that writes to it"
        raise RefusalError(f"{database} cannot be opened ({first_line(error)}): {advice}") from None


@contextmanager
def connected(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published database read-only for the block.

    Raises RefusalError if there is none, or if it lacks a table or column that the block reads.
    """
    with closing(connect(database)) as connection, naming_another_version(database):
        yield connection


@contextmanager
def naming_another_version(database: Path) -> Iterator[None]:
    """Say in one line that the block's SQL does not fit a database that another version built."""
    try:
        yield
    except MISFITS as error:
        raise another_version(database, first_line(error)) from None


def another_version(database: Path, because: str) -> RefusalError:
    """Return that a database was built by another version; RefusalError if the home is newer."""
    home_format.check_home(database.parent)
    return RefusalError(
        f"{database} was built by another version ({because}): run `tokenhouse run`"
    )


def attach_private(
    connection: duckdb.DuckDBPyConnection, database: Path, run_id: str, name: str
) -> None:
    """Attach the file of the private tables, which must be of the same run as the database.

    Raises RefusalError if there is none, as next to copies for others, or if it is of another run.
    """
    path = paths.private(database)
    if not path.exists():
        raise RefusalError(f"{path} is missing: run `tokenhouse run`")
    try:
        connection.execute(f"ATTACH {literal(path)} AS {name} (READ_ONLY)")
        found = connection.execute(f"SELECT run_id FROM {name}.build").fetchall()
    except duckdb.Error as error:
        raise RefusalError(
            f"{path} cannot be read ({first_line(error)}): run `tokenhouse run`"
        ) from None
    if found != [(run_id,)]:
        raise RefusalError(
            f"{path} belongs to another run than {database.name}: run `tokenhouse run`"
        )


def literal(value: object) -> str:
    """Return a text, such as a path, as a literal of SQL."""
    return "'" + f"{value}".replace("'", "''") + "'"


def rows(
    result: duckdb.DuckDBPyConnection | duckdb.DuckDBPyRelation,
) -> list[dict[str, Any]]:
    """Return the rows of an executed statement as dictionaries, by `column_names`."""
    names = column_names(column[0] for column in result.description or [])
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def column_names(columns: Iterable[str]) -> list[str]:
    """Return names that differ: the second `week` is `week#2`, the third `week#3`."""
    names: list[str] = []
    for name in columns:
        again = sum(one.split("#")[0] == name for one in names)
        names.append(f"{name}#{again + 1}" if again else name)
    return names


def first_line(error: duckdb.Error) -> str:
    """Return the first line of DuckDB's message: what is wrong, without the statement."""
    return f"{error}".strip().splitlines()[0]
