"""Capability inferred from third-party scores: true to known scores, and in no output."""

import json
import math
import re
from pathlib import Path

import duckdb
import pytest

from pipelines.home import paths
from pipelines.queries import explanation
from pipelines.queries.published import published_week, reading, routes
from pipelines.reference.loader import load
from pipelines.words import routing
from pipelines.words.language import english, languages
from tests.conftest import tokenhouse
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
        "qwen/qwen3.7-plus": "not_a_number",
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


def test_the_certificate_says_how_far_inference_reaches(known: duckdb.DuckDBPyConnection) -> None:
    rows = known.sql(
        "SELECT reach.workload, candidates, index_candidates, inferred_candidates, own_candidates, "
        "  index_token_share + inferred_token_share + own_token_share + unknown_token_share, "
        "  inferred_token_share, "
        "  (SELECT sum(tokens) FROM marts.routing_candidate AS model "
        "  WHERE model.week = reach.week AND model.workload = reach.workload "
        "  AND evidence = 'inferred') / named_tokens "
        "FROM marts.routing_certificate AS reach "
        "JOIN marts.weekly_total AS total ON reach.week = total.week "
        f"WHERE reach.week = {LAST}"
    ).fetchall()
    assert len(rows) == 6
    for _, candidates, index, inferred, own, all_shares, share, by_hand in rows:
        assert candidates == index + inferred + own
        assert 0.5 < all_shares <= 1
        assert share == pytest.approx(by_hand)
    assert {row[0]: row[3] for row in rows}["agent_tool_loop"] >= 2


def test_a_lower_floor_is_no_claim_where_an_inferred_choice_misses_todays(
    known: duckdb.DuckDBPyConnection, database: Path
) -> None:
    query = (
        "SELECT breakeven_floor_up, breakeven_floor_down FROM marts.routing_certificate "
        f"WHERE week = {LAST} AND workload = 'agent_tool_loop'"
    )
    ((up, down),) = known.sql(query).fetchall()
    with reading(database) as connection:
        ((up_before, down_before),) = connection.sql(query).fetchall()
    assert (up, down) == (pytest.approx(up_before), None)
    assert down_before is not None


def test_the_user_of_the_home_sees_the_numbers_of_an_inferred_model(
    scored: Path, tmp_path: Path
) -> None:
    """A copy without the private file shows the decision, and explains every route all the same."""
    database = paths.database(scored)
    with reading(database, with_private=True) as connection:
        week = published_week(connection, None)
        workloads = [row["workload"] for row in routes(connection, week["week"])]
        found = {one: explanation.explain(connection, week["week"], one) for one in workloads}
        private = {
            one: explanation.with_inferred(connection, public) for one, public in found.items()
        }
    copied = paths.database(tmp_path)
    copied.symlink_to(database)
    with reading(copied, with_private=True) as connection:
        copy = {one: explanation.with_inferred(connection, public) for one, public in found.items()}
    assert copy == found
    excluded = {
        row["model_id"]: (row["evidence"], row["admitting_tasks"])
        for row in found["agent_tool_loop"].excluded
    }
    shown = {row["model_id"]: row["admitting_tasks"] for row in private["agent_tool_loop"].excluded}
    assert excluded[FLASH] == ("inferred", None)
    assert shown[FLASH] >= 1
    for language in languages():
        for one in workloads:
            for text in routing.certificate(language, found[one]).values():
                assert text and "None" not in text.removeprefix("None") and "{" not in text


def test_a_seat_of_an_inferred_model_says_so_wherever_routes_are_shown(
    scored: Path, known: duckdb.DuckDBPyConnection
) -> None:
    seats = known.sql(
        "SELECT DISTINCT model_id, evidence, success, success_low FROM marts.routing_table "
        f"WHERE week = {LAST} AND model_id IS NOT NULL"
    ).fetchall()
    inferred = {row[0] for row in seats if row[0] in INFERRED}
    assert inferred, "scores are planted so that some seat is inferred"
    assert {row[1:] for row in seats if row[0] in inferred} == {("inferred", None, None)}
    exported = json.loads((scored / "exports" / "routing.json").read_text())
    hops = [hop for route in exported["routes"] for hop in route["hops"]]
    assert {hop["model_id"] for hop in hops if hop["evidence"] == "inferred"} == inferred


def test_explain_prints_five_labelled_lines_with_what_the_home_s_user_may_see(
    scored: Path,
) -> None:
    labels = english().words["routing"]["line"].values()
    text = tokenhouse(scored, "explain", "agent_tool_loop").stdout
    places = [text.index(f"{label}: ") for label in labels]
    assert len(places) == 5 and places == sorted(places)
    assert re.search(r"deepseek-v4-flash[^;]*third-party\s+scores,\s+\d+\s+tasks", text)
    because = json.loads(tokenhouse(scored, "explain", "agent_tool_loop", "--json").stdout)[
        "because"
    ]
    assert [*because] == [*english().words["routing"]["line"]]
    verdict = tokenhouse(scored, "explain", "agent_tool_loop", FLASH).stdout
    assert "does not reach the floor" in verdict and "None" not in verdict


def test_most_tokens_is_judged_where_its_quality_is_known(
    known: duckdb.DuckDBPyConnection, database: Path
) -> None:
    query = (
        "SELECT workload, model_id, floor_is_kept FROM marts.routing_backtest "
        "WHERE strategy = 'most_tokens' AND paid_week = DATE '2026-07-13' ORDER BY workload"
    )
    with reading(database) as connection:
        before = connection.sql(query).fetchall()
    after = known.sql(query).fetchall()
    assert [row[:2] for row in after] == [row[:2] for row in before]
    inferred = [place for place, row in enumerate(after) if row[1] in INFERRED]
    assert inferred
    assert {before[place][2] for place in inferred} == {None}
    assert None not in {after[place][2] for place in inferred}


def test_the_status_shows_the_age_of_the_index_and_the_scores_that_were_not_used(
    scored: Path,
) -> None:
    answer = json.loads(tokenhouse(scored, "status", "--json").stdout)
    assert answer["index_retrieved_on"] == "2026-08-11"
    reasons = {row["model_id"]: row["refused_because"] for row in answer["unused_scores"]}
    mapped = {row["model_id"] for row in load("quality_map").to_pylist()}
    assert {model: why for model, why in reasons.items() if model not in mapped} == {
        "qwen/qwen3.7-plus": "not_a_number",
        "xiaomi/mimo-v2.5-pro": "not_a_number",
        "tencent/hy3-preview": "known_mismatch",
    }
    text = tokenhouse(scored, "status").stdout
    assert "The index of quality was retrieved on 2026-08-11" in text
    for model in BAD:
        assert model in text
