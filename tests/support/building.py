"""Building only what a test needs."""

from pathlib import Path

import duckdb

from pipelines.models import creation, definition, dictionary, inputs
from pipelines.models.dictionary import TABLE
from pipelines.reference.loader import load_all


def models_of(text: str) -> tuple[definition.Model, ...]:
    """Return the models that make every table and macro named in a text, in the build's order.

    The tables that their checks read are among them, and the rankings, whose as-of a build records.
    """
    macros = dictionary.macros()
    named = {"staging.rankings_daily", *TABLE.findall(text)}
    named |= set(TABLE.findall("".join(macros.get(name, "") for name in named)))
    while True:
        models = definition.upstream(definition.load(), named)
        checked = set(TABLE.findall("".join(str(model.front.checks) for model in models)))
        if checked <= named:
            return models
        named |= checked


def over(lake: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection in memory with what the models read of a lake, and none of them built."""
    connection = duckdb.connect()
    connection.sql("SET TimeZone = 'UTC'; SET threads = 1")
    inputs.attach(connection, lake)
    for schema in definition.SCHEMAS:
        connection.sql(f"CREATE SCHEMA {schema}")
    return connection


def create(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    """Build what a text needs and is not built yet, without checks; macros are not created."""
    tables = connection.sql(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables"
    )
    built = {name for (name,) in tables.fetchall()}
    for model in models_of(text):
        if model.name not in built:
            creation.create(connection, model)


def create_reference(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the reference tables on a connection on which some models are to be built."""
    connection.sql("CREATE SCHEMA reference")
    for table, rows in load_all().items():
        connection.register("incoming", rows)
        connection.sql(f"CREATE TABLE reference.{table} AS FROM incoming")
