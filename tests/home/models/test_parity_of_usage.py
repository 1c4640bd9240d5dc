"""Folds and marts of own usage are the same rows on a cluster with two workers.

The cluster is Sail's, or the one at TEST_CONNECT_URL: `make spark` runs this on Apache Spark.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.models import definition
from pipelines.usage.engine import translated
from tests.home.models.test_parity import FLAT, rows_of
from tests.support.clusters import sail
from tests.support.ledger import FLASH, MINIMAX, SONNET, check_week, judged, request, total, used

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    from pyspark.sql import SparkSession

    # A worker of pytest-xdist has a main module without a file, which pyspark reads as a doctest.
    vars(sys.modules["__main__"]).setdefault("__file__", __file__)
    with ExitStack() as stack:
        url = os.environ.get("TEST_CONNECT_URL")
        if not url:
            url, _ = stack.enter_context(sail(tmp_path_factory.mktemp("sail")))
        session = SparkSession.builder.remote(url).create()
        session.conf.set("spark.sql.session.timeZone", "UTC")
        yield session
        session.stop()


@pytest.mark.accept
def test_own_usage_is_the_same_on_a_cluster(
    session: "SparkSession", database: Path, tmp_path: Path
) -> None:
    """Over rows: without own usage these models are empty, all but the prices.

    Sums stay below 9,007 USD: of longer decimals Sail makes floating-point numbers whose last digit
    is not the nearest, where DuckDB and Apache Spark do.
    """
    own = [
        model
        for model in definition.load()
        if {"usage", "own"} & {*model.path.parts[-3:]} and model.name != "core.usage_price"
    ]
    ledger = check_week() + [
        request(
            number,
            model_raw=[FLASH, SONNET, MINIMAX][number % 3],
            latency_ms=number * number,
            workload="a",
            task_id=f"{number % 7}",
            cost_usd=f"{number**2 / 7000:.12f}",
            cost_kind="billed",
        )
        for number in range(10, 300)
    ]
    label = {"source": "openrouter", "label": "a", "workload": "agent_tool_loop"}
    reported = [total(ledger[0]["started_at"].date())]
    labels = judged("usage_workload", label)
    with used(database, ledger, reported, usage_workload=labels) as connection:
        for name in sorted({name for model in own for name in model.inputs}):
            path = tmp_path / f"own__{FLAT.format(*name.split('.'))}.parquet"
            connection.sql(f"COPY (FROM {name}) TO '{path}'")
            session.read.parquet(f"{path}").createOrReplaceTempView(path.stem)
        different = {}
        for model in own:
            connection.register(
                "incoming", session.sql(translated(model, f"own__{FLAT}")).toArrow()
            )
            theirs = rows_of(connection, model, "incoming")
            ours = rows_of(connection, model, model.name)
            assert len(ours) > 0, model.name
            pairs = zip(theirs, ours, strict=True)
            rows = [pair for pair in pairs if pair[0] != pair[1]]
            if rows:
                different[model.name] = rows[0]
    assert different == {}
