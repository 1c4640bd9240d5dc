"""Building only what a test needs."""

import re

import duckdb

from pipelines.models import definition
from pipelines.reference.loader import load_all
from pipelines.settings import SQL


def models_of(text: str) -> tuple[definition.Model, ...]:
    """Return the models that make every table named in a text, in the order of the build.

    A few instead of a hundred, for tests that ask a few tables; macros, which every build makes,
    have theirs too.
    """
    read = text + (SQL / "macros.sql").read_text()
    return definition.upstream(definition.load(), re.findall(r"(?:staging|core|marts)\.\w+", read))


def create_reference(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the reference tables on a connection on which some models are to be built."""
    connection.sql("CREATE SCHEMA reference")
    for table, rows in load_all().items():
        connection.register("incoming", rows)
        connection.sql(f"CREATE TABLE reference.{table} AS FROM incoming")
