"""Capability inferred from third-party scores: true to known scores, and in no output."""

import math
import shutil
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.lake import scores
from pipelines.lake.vintages import list_vintages, parquet_bytes
from pipelines.models import build, definition, publish
from tests.conftest import made_once

LAST = date(2026, 7, 13)
FLASH, SECRET = "deepseek/deepseek-v4-flash", 41.123457
INTERCEPT, SLOPE, NOISE = 131.2, 0.46, 1.0
BAD = {
    "xiaomi/mimo-v2.5": None,
    "xiaomi/mimo-v2.5-pro": 0.0,
    "tencent/hy3-preview": 41.0,
}
"""Models whose score cannot be used: a text, a zero, and another product's."""


@pytest.fixture(scope="module")
def home(
    database: Path, sample_lake: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A published home whose newest catalogues carry scores with a known truth."""
    with duckdb.connect(database, read_only=True) as connection:
        connection.sql(f"ATTACH '{paths.private(database)}' AS private (READ_ONLY)")
        known = connection.sql(
            "SELECT model_id, max(capability) FROM core.index_capability "
            f"WHERE week = DATE '{LAST}' GROUP BY model_id ORDER BY model_id"
        ).fetchall()
        slugs = dict(
            connection.sql("SELECT model_id, canonical_slug FROM marts.catalogue()").fetchall()
        )

    def make(folder: Path) -> None:
        shutil.copytree(sample_lake, folder / "lake")
        newest = list_vintages(folder / "lake", "models")[-1]
        given = {
            model: (capability - INTERCEPT + NOISE * math.sin(place)) / SLOPE
            for place, (model, capability) in enumerate(known)
        }
        rows = [
            {
                "fetched_at": newest.as_of,
                "model_id": model,
                "canonical_slug": slugs.get(model),
                "score": score,
            }
            for model, score in {**given, FLASH: SECRET, **BAD}.items()
        ]
        table = pa.Table.from_pylist(rows, schema=scores.SCHEMA)
        path = folder / "lake" / scores.TABLE / f"{newest.as_of:%Y%m%dT%H%M%SZ}.parquet"
        write_atomically(path, parquet_bytes(table, newest.as_of))
        aside, results = build.build(folder, definition.load())
        assert [f"{one}" for one in results if one.failures] == []
        publish.publish(aside, paths.database(folder))

    yield made_once(tmp_path_factory, "inferred", make)


@pytest.fixture(scope="module")
def known(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(paths.database(home), read_only=True) as connection:
        connection.sql(f"ATTACH '{paths.private(paths.database(home))}' AS private (READ_ONLY)")
        yield connection


def test_a_snapshot_is_calibrated_by_the_models_that_have_both(
    known: duckdb.DuckDBPyConnection,
) -> None:
    ((models, intercept, slope, spread, refused),) = known.sql(
        "SELECT models, intercept, slope, residual_sd, refused_because FROM private.calibration "
        f"WHERE week = DATE '{LAST}'"
    ).fetchall()
    assert models >= 40
    assert (intercept, slope) == (pytest.approx(INTERCEPT, abs=1), pytest.approx(SLOPE, abs=0.03))
    assert spread == pytest.approx(NOISE / math.sqrt(2), abs=0.15)
    assert refused is None


def test_a_model_without_an_index_row_is_inferred_and_judged_at_the_wider_bound(
    known: duckdb.DuckDBPyConnection,
) -> None:
    ((capability, variance),) = known.sql(
        "SELECT capability, variance FROM private.inferred "
        f"WHERE week = DATE '{LAST}' AND model_id = '{FLASH}'"
    ).fetchall()
    assert capability == pytest.approx(INTERCEPT + SLOPE * SECRET, abs=0.5)
    ((success, low, deviation, evidence),) = known.sql(
        "SELECT success, success_low, success_sd, evidence FROM private.quality "
        f"WHERE week = DATE '{LAST}' AND model_id = '{FLASH}' AND workload = 'batch_refactor'"
    ).fetchall()
    assert (success - low) / deviation == pytest.approx(1.28)
    assert evidence == "inferred"
    assert variance > 0


def test_scores_that_cannot_be_used_are_named(known: duckdb.DuckDBPyConnection) -> None:
    found = dict(
        known.sql(
            "SELECT model_id, refused_because FROM private.score WHERE refused_because IS NOT NULL"
        ).fetchall()
    )
    assert {model: found[model] for model in BAD} == {
        "xiaomi/mimo-v2.5": "not_a_number",
        "xiaomi/mimo-v2.5-pro": "not_a_number",
        "tencent/hy3-preview": "known_mismatch",
    }


def test_marts_show_the_decision_without_numbers(known: duckdb.DuckDBPyConnection) -> None:
    rows = known.sql(
        "SELECT evidence, success, success_low, success_sd, capability, capability_low, "
        "admitting_tasks FROM marts.routing_candidate "
        f"WHERE week = DATE '{LAST}' AND model_id = '{FLASH}'"
    ).fetchall()
    assert len(rows) == 6
    assert set(rows) == {("inferred", None, None, None, None, None, None)}
    feasible = dict(
        known.sql(
            "SELECT workload, is_feasible FROM marts.routing_option "
            f"WHERE week = DATE '{LAST}' AND model_id = '{FLASH}' AND escalation_model_id = ''"
        ).fetchall()
    )
    reaches = dict(
        known.sql(
            "SELECT own.workload, success_low >= workload.quality_floor "
            "FROM private.quality AS own "
            "JOIN marts.workloads() AS workload ON own.workload = workload.workload "
            f"WHERE week = DATE '{LAST}' AND model_id = '{FLASH}' AND has_benchmarks"
        ).fetchall()
    )
    assert {name: feasible[name] for name in reaches} == reaches
    assert set(reaches.values()) == {True, False}


def test_no_number_of_an_inferred_model_is_in_the_published_database(
    home: Path, known: duckdb.DuckDBPyConnection
) -> None:
    """Neither a score nor what follows from one is in a table, and the private file is private."""
    secrets = {
        round(value, 9)
        for row in known.sql(
            "SELECT capability, capability_low, success, success_low, success_sd "
            "FROM private.quality WHERE evidence LIKE 'inferred%'"
        ).fetchall()
        for value in row
        if value
    } | {SECRET}
    assert len(secrets) > 10
    tables = known.sql(
        "SELECT schema_name, table_name, list(column_name) FROM duckdb_columns() "
        "WHERE data_type = 'DOUBLE' AND database_name = current_database() "
        "AND NOT internal GROUP BY ALL"
    ).fetchall()
    for schema, table, columns in tables:
        for column in columns:
            values = known.sql(f'SELECT DISTINCT round("{column}", 9) FROM {schema}.{table}')
            assert not secrets & {row[0] for row in values.fetchall()}, f"{schema}.{table}.{column}"
    private = paths.private(paths.database(home))
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
