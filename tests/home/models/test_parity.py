"""Every model says the same on Sail, a Spark engine, as on DuckDB: the house rules are enough."""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from pysail import spark as sail

from pipelines.models import definition, inputs
from pipelines.models.python.registry import FUNCTIONS
from pipelines.models.rerun import attach, published
from pipelines.usage.engine import translated

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Run = Callable[[definition.Model], pa.Table]
FLAT = "{}__{}"
"""Tables on Sail are views of one catalogue; their schema becomes part of the name."""


@pytest.fixture(scope="module")
def session() -> "Iterator[SparkSession]":
    """A session on a server of Sail."""
    from pyspark.sql import SparkSession

    # A worker of pytest-xdist has a main module without a file, which pyspark reads as a doctest.
    vars(sys.modules["__main__"]).setdefault("__file__", __file__)
    server = sail.SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    session = SparkSession.builder.remote(
        "sc://{}:{}".format(*server.listening_address)
    ).getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    yield session
    session.stop()
    server.stop()


@pytest.fixture(scope="module")
def run_on_sail(
    session: "SparkSession",
    database: Path,
    sample_lake: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """Run a model's translation over the tables that DuckDB built."""
    folder = tmp_path_factory.mktemp("parquet")
    with closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        inputs.attach(connection, sample_lake)
        read = {name for model in definition.load() for name in model.inputs}
        attach(connection, database, read)
        for name in sorted(read):
            schema, table = name.split(".")
            path = folder / f"{FLAT.format(schema, table)}.parquet"
            where = name if schema in definition.SOURCES else published(name)
            connection.sql(f"COPY (FROM {where}) TO '{path}'")
            session.read.parquet(f"{path}").createOrReplaceTempView(path.stem)
    return lambda model: session.sql(translated(model, FLAT)).toArrow()


def rows_of(connection: duckdb.DuckDBPyConnection, model: definition.Model, name: str) -> list[Any]:
    columns = ", ".join(f"{c.name}::{c.type} AS {c.name}" for c in model.columns)
    key = ", ".join(model.front.unique)
    return connection.sql(f"SELECT {columns} FROM {name} ORDER BY {key}").fetchall()


def is_same(left: object, right: object) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    return left == right


@pytest.mark.accept
@pytest.mark.parametrize("model", definition.load(), ids=lambda model: model.name)
def test_sail_gives_the_same_rows(
    model: definition.Model, run_on_sail: Run, database: Path
) -> None:
    found = run_on_sail(model)
    with closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        attach(connection, database, {model.name})
        connection.register("incoming", found)
        if model.front.function:
            made = FUNCTIONS[model.front.function](connection.sql("FROM incoming").pl())
            connection.register("incoming", made)
        theirs = rows_of(connection, model, "incoming")
        ours = rows_of(connection, model, published(model.name))
    assert len(theirs) == len(ours)
    different = [
        (column.name, left, right)
        for row, other in zip(theirs, ours, strict=True)
        for column, left, right in zip(model.columns, row, other, strict=True)
        if not is_same(left, right)
    ]
    assert different[:5] == []
