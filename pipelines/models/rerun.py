"""Run a part of the models again, in memory, over published tables: what if an input differed."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.database import (
    MISFITS,
    SESSION,
    another_version,
    attach_private,
    literal,
    naming_another_version,
    opening,
)
from pipelines.models import creation, definition, dictionary
from pipelines.models.definition import Model
from pipelines.reference.checked import load

OFFERS = "core.route_offer"
"""The weeks and models of which all routing is made."""

BY_WEEK = ("core.evidence_week", "private.capability")
"""What routing reads of the evidence, each week's by itself."""

ADMISSIONS = "core.route_admission"
"""What would admit a model: it follows from the draws of all routes, the price of a task does not.
"""


@contextmanager
def rerun(
    database: Path,
    replaced: Mapping[str, object],
    wanted: set[str],
    offers: str = "TRUE",
    kept: Collection[str] = (),
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection on which `wanted` tables and macros follow from the `replaced` ones.

    `replaced` maps a table's full name to its new rows (anything DuckDB can register). Only models
    that read them, directly or not, and that `wanted` needs are run; all else is as published.
    `offers` is a condition on weeks and models: only their routing is run. Models of `kept` stay as
    published, although they follow, and so does what only they read.
    Raises RefusalError as a build does, and if there is no published database.
    """
    models = definition.load()
    macros = [text for name, text in dictionary.macros().items() if name in wanted]
    wanted = {model.name for model in models if model.name in wanted}.union(
        *(re.findall(r"FROM (\w+\.\w+)", text) for text in macros)
    )
    needed = definition.upstream([model for model in models if model.name not in kept], wanted)
    own = [model for model in _following(models, set(replaced), kept) if model in needed]
    made = {model.name for model in own} | set(replaced)
    inputs = sorted({name for model in own for name in model.inputs} - made)
    with naming_another_version(database), closing(duckdb.connect()) as connection:
        connection.execute(f"{SESSION}; SET threads = 1")
        attach(connection, database, {*inputs, *wanted})
        for schema in (*definition.SCHEMAS, *definition.SOURCES):
            connection.execute(f"CREATE SCHEMA {schema}")
        for name, rows in replaced.items():
            _create(connection, name, rows)
        for name in inputs:
            schema, table = name.split(".")
            if schema == "reference":
                _create(connection, name, load(table, paths.reference(database.parent)))
            elif name == "home.route_decision":
                from pipelines.lake import decisions  # which imports polars

                _create(connection, name, decisions.read(paths.lake(database.parent)))
            else:
                rows = _condition(name, offers)
                connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {published(name)} {rows}")
        for model in own:
            _run(connection, model, database)
        for name in sorted(wanted - made):
            source = published(name)
            connection.execute(f"CREATE VIEW IF NOT EXISTS {name} AS SELECT * FROM {source}")
        for text in macros:
            connection.execute(text)
        yield connection


def _condition(name: str, offers: str) -> str:
    """Return the condition on the rows of a published table that a part of the routing reads."""
    if name == OFFERS:
        return f"WHERE {offers}"
    if name in BY_WEEK and offers != "TRUE":
        return f"WHERE week IN (SELECT week FROM {published(OFFERS)} WHERE {offers})"
    return ""


def attach(connection: duckdb.DuckDBPyConnection, database: Path, tables: set[str]) -> None:
    """Attach a published database, and the file of its private tables if any of these is private.

    Copies for others have no such file, and one of another run is not read: then RefusalError for
    what needs it, and only for that.
    """
    with opening(database):
        connection.execute(f"ATTACH {literal(database)} AS published (READ_ONLY)")
    if any(name.startswith(f"{definition.PRIVATE}.") for name in tables):
        ((run_id,),) = connection.execute("SELECT run_id FROM published.meta.build").fetchall()
        attach_private(connection, database, run_id, "published_private")


def published(name: str) -> str:
    """Return where `attach` puts a published table; a private one is in a file of its own."""
    schema, table = name.split(".")
    return f"published_private.{table}" if schema == definition.PRIVATE else f"published.{name}"


def _following(models: tuple[Model, ...], names: set[str], kept: Collection[str]) -> list[Model]:
    """Return the models that read any of these tables, directly or not, in the order of the build.

    A replaced model is not run, its rows are given; neither is one that is kept as published.
    """
    reached, found = set(names), []
    for model in models:
        if model.name in kept:
            continue
        # What was read from the lake is as published, unless its rows are given.
        of_lake = any(name.startswith("lake.") for name in model.inputs - names)
        if model.name not in names and reached & model.inputs and not of_lake:
            reached.add(model.name)
            found.append(model)
    return found


def _run(connection: duckdb.DuckDBPyConnection, model: Model, database: Path) -> None:
    """Create a model's table over published ones, which may be of another version."""
    try:
        creation.create(connection, model)
    except RefusalError as error:
        if isinstance(error.__context__, MISFITS):
            raise another_version(database, f"{error}") from None
        raise


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: object) -> None:
    connection.register("incoming", rows)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    connection.unregister("incoming")
