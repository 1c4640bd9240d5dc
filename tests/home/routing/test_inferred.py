"""Capability inferred from third-party scores: true to known scores, and in no output."""

import math

import duckdb
import pytest

from tests.support.scores import BAD, FLASH, INFERRED, INTERCEPT, LAST, NOISE, SLOPE


def test_a_snapshot_is_calibrated_by_the_models_that_have_both(
    known: duckdb.DuckDBPyConnection,
) -> None:
    ((models, intercept, slope, spread, refused),) = known.sql(
        "SELECT models, intercept, slope, residual_sd, refused_because FROM private.calibration "
        f"WHERE week = {LAST}"
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
        f"WHERE week = {LAST} AND model_id = '{FLASH}'"
    ).fetchall()
    assert capability == pytest.approx(INTERCEPT + SLOPE * INFERRED[FLASH], abs=0.5)
    ((success, low, deviation, evidence),) = known.sql(
        "SELECT success, success_low, success_sd, evidence FROM private.quality "
        f"WHERE week = {LAST} AND model_id = '{FLASH}' AND workload = 'batch_refactor'"
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
        f"WHERE week = {LAST} AND model_id = '{FLASH}'"
    ).fetchall()
    assert len(rows) == 6
    assert set(rows) == {("inferred", None, None, None, None, None, None)}
    feasible = dict(
        known.sql(
            "SELECT workload, is_feasible FROM marts.routing_option "
            f"WHERE week = {LAST} AND model_id = '{FLASH}' AND escalation_model_id = ''"
        ).fetchall()
    )
    reaches = dict(
        known.sql(
            "SELECT own.workload, success_low >= workload.quality_floor "
            "FROM private.quality AS own "
            "JOIN marts.workloads() AS workload ON own.workload = workload.workload "
            f"WHERE week = {LAST} AND model_id = '{FLASH}' AND has_benchmarks"
        ).fetchall()
    )
    assert {name: feasible[name] for name in reaches} == reaches
    assert set(reaches.values()) == {True, False}
