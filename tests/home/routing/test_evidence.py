"""What counts as evidence of quality, checked on the sample's week of 2026-07-13."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.home import paths
from pipelines.models.rerun import rerun
from pipelines.queries.published import models_without_evidence, reading
from pipelines.reference.files import FILES
from pipelines.reference.loader import load
from pipelines.settings import REFERENCE

WEEK = date(2026, 7, 13)
FLASH = "deepseek/deepseek-v4-flash"
"""A model of the top ten without a row in the index."""


@pytest.fixture(scope="module")
def published(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(database, read_only=True) as connection:
        connection.sql(f"ATTACH '{paths.private(database)}' AS private (READ_ONLY)")
        yield connection


def evaluations(*rows: tuple[str, str, int, float]) -> pa.Table:
    """Return own evaluations: workload, model, tasks, passed."""
    schema = load("own_evaluation").schema
    said = {"source": "test", "recorded_on": WEEK, "test": "", "tool": ""}
    more = said | {"tool_version": "", "file_sha256": ""}
    named = [
        dict(zip(("workload", "model_id", "tasks", "passed"), row, strict=True)) for row in rows
    ]
    return pa.Table.from_pylist([row | more for row in named], schema=schema)


def after(
    database: Path, *rows: tuple[str, str, int, float]
) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return evidence, success, bound and deviation of models after own evaluations."""
    replaced = {"reference.own_evaluation": evaluations(*rows)}
    with rerun(database, replaced, {"private.quality"}) as connection:
        found = connection.sql(
            "SELECT workload, model_id, evidence, success, success_low, success_sd "
            f"FROM private.quality WHERE week = DATE '{WEEK}'"
        ).fetchall()
    return {(row[0], row[1]): row[2:] for row in found}


def test_the_map_reaches_half_of_the_named_tokens(published: duckdb.DuckDBPyConnection) -> None:
    excluded, _ = published.sql(
        "SELECT models FROM marts.routing_rejection WHERE week = DATE '2026-07-13' "
        "AND workload = 'agent_tool_loop' AND rule IN ('no_quality_evidence', 'not_adopted') "
        "ORDER BY place"
    ).fetchall()
    ((candidates, share),) = published.sql(
        "SELECT count(*) FILTER (rejected_because IS NULL), "
        "  sum(tokens) FILTER (evidence IS NOT NULL)::DOUBLE / (SELECT sum(tokens) "
        "  FROM marts.weekly_model WHERE week = DATE '2026-07-13' AND model_permaslug <> 'other') "
        "FROM marts.routing_candidate "
        "WHERE week = DATE '2026-07-13' AND workload = 'agent_tool_loop'"
    ).fetchall()
    assert (excluded[0], candidates, round(share, 3)) == (119, 33, 0.496)


def test_every_workload_stays_filled_at_the_wider_bound(
    published: duckdb.DuckDBPyConnection,
) -> None:
    cheapest = {
        row[0]: (row[1], round(row[2], 4))
        for row in published.sql(
            "SELECT workload, arg_min(model_id, cost_per_task_usd), min(cost_per_task_usd) "
            "FROM marts.routing_option WHERE week = DATE '2026-07-13' AND is_feasible "
            "GROUP BY workload"
        ).fetchall()
    }
    assert len(cheapest) == 6
    assert cheapest["batch_refactor"] == ("google/gemini-3.5-flash", 0.1634)
    assert cheapest["complex_enterprise"] == ("openai/gpt-5.4", 1.1496)
    assert cheapest["agent_tool_loop"] == ("google/gemini-3.5-flash", 0.2461)


def test_a_score_without_an_interval_is_as_unsure_as_the_others(
    published: duckdb.DuckDBPyConnection,
) -> None:
    rows = load("quality_index").to_pylist()
    widths = sorted(
        (row["index_high"] - row["index_low"]) / 3.29 for row in rows if row["index_low"]
    )
    ((sd, other_effort),) = published.sql(
        "SELECT capability_sd, is_other_effort FROM staging.model_index "
        "WHERE model_id = 'openai/gpt-5'"
    ).fetchall()
    middle = len(widths) // 2
    median = (widths[middle] + widths[~middle]) / 2
    assert sd == pytest.approx(median)
    ((variance,),) = published.sql(
        "SELECT variance FROM private.capability WHERE week = DATE '2026-07-13' "
        "AND kind = 'index' AND model_id = 'openai/gpt-5'"
    ).fetchall()
    assert other_effort
    assert variance == pytest.approx(median**2 + 2**2)


def test_both_names_of_a_product_have_its_score(published: duckdb.DuckDBPyConnection) -> None:
    names = published.sql(
        "SELECT model_id FROM staging.model_index WHERE evaluated_model = 'Gemini 3.1 Flash-Lite'"
    ).fetchall()
    assert sorted(row[0] for row in names) == [
        "google/gemini-3.1-flash-lite",
        "google/gemini-3.1-flash-lite-preview",
    ]


def test_a_run_of_this_very_model_replaces_the_curve(
    published: duckdb.DuckDBPyConnection,
) -> None:
    found = dict(
        published.sql(
            "SELECT model_id, benchmarks_run FROM private.evidence WHERE week = DATE '2026-07-13' "
            "AND workload = 'batch_refactor' AND kind = 'index'"
        ).fetchall()
    )
    assert found["moonshotai/kimi-k2.6"] == 1
    assert found["z-ai/glm-5.2"] == 0, "Epoch ran it at max effort, which nobody gets unasked"
    ((success,),) = published.sql(
        "SELECT success FROM private.evidence WHERE week = DATE '2026-07-13' AND kind = 'index' "
        "AND workload = 'batch_refactor' AND model_id = 'moonshotai/kimi-k2.6'"
    ).fetchall()
    difficulty = {row["benchmark"]: row for row in load("benchmark").to_pylist()}["Aider polyglot"]
    index = {row["evaluated_model"]: row["index"] for row in load("quality_index").to_pylist()}
    curve = 1 / (
        1 + math.exp(-difficulty["slope"] * (index["Kimi K2.6"] - difficulty["difficulty"]))
    )
    assert success == pytest.approx((0.7665289256198347 + curve) / 2)


def test_the_lower_bound_holds_in_four_of_five_runs(published: duckdb.DuckDBPyConnection) -> None:
    """Predicted from the index alone, for every run of Epoch's own on the very model."""
    curves = {row["benchmark"]: row for row in load("benchmark").to_pylist()}
    models = {
        row[0]: row[1:]
        for row in published.sql(
            "SELECT evaluated_model, capability, variance FROM private.capability "
            "WHERE week = DATE '2026-07-13' AND kind = 'index'"
        ).fetchall()
    }
    held: dict[float, list[bool]] = {0.0: [], 0.05: []}
    for run in load("benchmark_run").to_pylist():
        curve, model = curves.get(run["benchmark"]), models.get(run["evaluated_model"])
        if run["match"] != "exact" or curve is None or model is None:
            continue
        low, mid, high = (
            1 / (1 + math.exp(-curve["slope"] * (model[0] + k * math.sqrt(model[1]) - place)))
            for place in [curve["difficulty"]]
            for k in (-1, 0, 1)
        )
        for noise, found in held.items():
            bound = mid - 0.84 * math.sqrt(((high - low) / 2) ** 2 + noise**2)
            found.append(bound <= run["score"])
    assert len(held[0.05]) >= 200
    assert sum(held[0.05]) / len(held[0.05]) >= 0.8
    assert sum(held[0.0]) / len(held[0.0]) < 0.75, "the noise of a benchmark is needed"


def test_the_prior_from_the_price_holds_for_old_and_new_models(
    published: duckdb.DuckDBPyConnection,
) -> None:
    """Each model with an index row, as if nothing but its price and release date was known."""
    rows = published.sql(
        "SELECT offer.created_on >= DATE '2025-07-20' AS is_new, count(*), "
        "  avg((priced.capability - 1.28 * sqrt(priced.variance) <= known.capability)::INTEGER) "
        "FROM private.capability AS priced "
        "JOIN private.capability AS known ON priced.week = known.week "
        "  AND priced.model_id = known.model_id AND known.kind = 'index' "
        "JOIN core.route_offer AS offer ON priced.week = offer.week "
        "  AND priced.model_id = offer.model_id "
        "WHERE priced.week = DATE '2026-07-13' AND priced.kind = 'price' GROUP BY is_new"
    ).fetchall()
    assert {is_new for is_new, _, _ in rows} == {True, False}
    for _, models, held in rows:
        assert models >= 35
        assert held >= 0.8


def test_three_passed_tasks_admit_nobody(
    database: Path, published: duckdb.DuckDBPyConnection
) -> None:
    floors = dict(
        published.sql(
            "SELECT workload, quality_floor FROM marts.workloads() WHERE has_benchmarks"
        ).fetchall()
    )
    found = after(database, *((workload, FLASH, 3, 3) for workload in floors))
    for workload, floor in floors.items():
        evidence, _, low, _ = found[workload, FLASH]
        assert evidence == "own evaluation"
        assert low < floor, workload


def test_a_few_passed_tasks_are_no_evidence_for_a_dear_model(
    database: Path, published: duckdb.DuckDBPyConnection
) -> None:
    """Of a model of which only the price is known, whatever that predicts."""
    unknown = published.sql(
        "SELECT workload, model_id FROM private.evidence WHERE week = DATE '2026-07-13' "
        "AND kind = 'price' AND is_used AND success IS NOT NULL"
    ).fetchall()
    assert len(unknown) > 1000
    for tasks, expected in ((3, set[str]()), (9, set[str]()), (10, {"own evaluation"})):
        rows = evaluations(*((*subject, tasks, tasks) for subject in unknown))
        replaced = {"reference.own_evaluation": rows}
        with rerun(database, replaced, {"core.quality", "private.quality"}) as connection:
            counted = connection.sql(
                "SELECT known.evidence, bool_or(bound.success_low >= workload.quality_floor) "
                "FROM private.quality AS bound "
                "JOIN staging.workload ON bound.workload = workload.workload "
                "LEFT JOIN core.quality AS known ON bound.week = known.week "
                "  AND bound.workload = known.workload AND bound.model_id = known.model_id "
                f"WHERE bound.week = DATE '{WEEK}' AND bound.evidence = 'own evaluation' "
                "GROUP BY known.evidence"
            ).fetchall()
        assert {evidence for evidence, _ in counted if evidence} == expected
        assert all(is_above for _, is_above in counted), "some bound is above its floor"


def test_twenty_nine_passed_tasks_are_needed_where_only_the_price_is_known(
    database: Path, published: duckdb.DuckDBPyConnection
) -> None:
    ((needed, usd, price),) = published.sql(
        "SELECT tasks, evaluation_usd, cost_per_task_usd FROM core.route_admission AS needed "
        "JOIN marts.routing_candidate AS model ON needed.week = model.week "
        "  AND needed.workload = model.workload AND needed.model_id = model.model_id "
        "WHERE needed.week = DATE '2026-07-13' AND needed.workload = 'agent_tool_loop' "
        f"AND needed.model_id = '{FLASH}'"
    ).fetchall()
    assert needed == 29
    assert usd == pytest.approx(29 * price)
    for tasks, admitted in ((needed - 1, False), (needed, True)):
        low = after(database, ("agent_tool_loop", FLASH, tasks, tasks))["agent_tool_loop", FLASH][2]
        assert (low >= 0.7) == admitted


def test_the_first_own_task_makes_no_jump(
    database: Path, published: duckdb.DuckDBPyConnection
) -> None:
    before = {
        (row[0], row[1]): row[2:]
        for row in published.sql(
            "SELECT quality.workload, quality.model_id, success_low, weight "
            "FROM private.quality JOIN private.evidence ON quality.week = evidence.week "
            "  AND quality.workload = evidence.workload AND quality.model_id = evidence.model_id "
            "  AND evidence.kind = 'index' "
            "WHERE quality.week = DATE '2026-07-13' AND success_low > 0.05"
        ).fetchall()
    }
    passed, failed = (
        after(database, *((*subject, 1, result) for subject in before)) for result in (1, 0)
    )
    assert max(weight for _, weight in before.values()) > 100, "a cap of 50 would make a jump"
    for subject, (low, weight) in before.items():
        assert passed[subject][2] > low
        assert failed[subject][2] < low
        assert abs(passed[subject][2] - low) < 2 / weight
        assert abs(failed[subject][2] - low) < 2 / weight


def test_twenty_own_tasks_are_as_good_as_an_index_row(database: Path) -> None:
    workload = "agent_tool_loop"
    for tasks, bound in ((19, 1.28), (20, 0.84)):
        _, mean, low, deviation = after(database, (workload, FLASH, tasks, tasks))[workload, FLASH]
        assert (mean - low) / deviation == pytest.approx(bound)
    evidence, mean, low, deviation = after(database, (workload, "openai/gpt-5.4", 1, 1))[
        workload, "openai/gpt-5.4"
    ]
    assert evidence == "index and own evaluation"
    assert (mean - low) / deviation == pytest.approx(0.84)


def test_a_newer_index_counts_from_its_day(database: Path) -> None:
    """One of 2026-07-01 counts in weeks decided later; the earlier ones keep the first."""
    first = load("quality_index")
    as_of = pa.array([date(2026, 5, 1)] * len(first))
    place = first.schema.get_field_index("recorded_on")
    older = first.set_column(place, "recorded_on", as_of)
    newer = [
        {**row, "recorded_on": date(2026, 7, 1), "index": row["index"] + 1}
        for row in first.to_pylist()
    ]
    both = pa.concat_tables([older, pa.Table.from_pylist(newer, schema=first.schema)])
    difficulty = load("benchmark")
    place = difficulty.schema.get_field_index("recorded_on")
    known = difficulty.set_column(
        place, "recorded_on", pa.array([date(2026, 5, 1)] * len(difficulty))
    )
    replaced = {"reference.quality_index": both, "reference.benchmark": known}
    with rerun(database, replaced, {"private.capability", "core.evidence_week"}) as connection:
        rows = connection.sql(
            "SELECT capability.week, as_of, capability, is_lookahead FROM private.capability "
            "JOIN core.evidence_week ON capability.week = evidence_week.week "
            "WHERE kind = 'index' AND model_id = 'openai/gpt-5.4' ORDER BY capability.week"
        ).fetchall()
    assert not any(row[3] for row in rows), "nothing is from after the decision"
    assert {row[1:3] for row in rows if row[0] < date(2026, 6, 22)} == {(date(2026, 5, 1), 156.69)}
    assert {row[1] for row in rows if row[0] >= date(2026, 6, 29)} == {date(2026, 7, 1)}
    assert rows[-1][2] == pytest.approx(157.69)


@pytest.mark.accept
def test_a_newer_index_is_two_files_in_the_home(database: Path, tmp_path: Path) -> None:
    """As docs/routing.md says: saved next to the shipped one by its day. Both vintages count."""
    day = "2026-06-24"
    for table in ("quality_index", "benchmark"):
        shipped = (REFERENCE / FILES[table]).read_text()
        (tmp_path / f"{table}_{day}.csv").write_text(shipped.replace("2026-08-11", day))
    replaced = {table: load(table, tmp_path) for table in ("quality_index", "benchmark")}
    for table, rows in replaced.items():
        assert len(rows) == 2 * len(load(table))
    inputs = {f"reference.{table}": rows for table, rows in replaced.items()}
    wanted = {"core.evidence_week", "marts.routing_certificate"}
    with rerun(database, inputs, wanted) as connection:
        weeks = connection.sql(
            "SELECT week, index_on, index_age_days FROM marts.routing_certificate "
            "WHERE workload = 'pr_review' ORDER BY week"
        ).fetchall()
        ahead = dict(connection.sql("SELECT week, is_lookahead FROM core.evidence_week").fetchall())
    assert {row[1] for row in weeks} == {date.fromisoformat(day)}, "that of August is not known yet"
    for week, index_on, age in weeks:
        assert age == (week + timedelta(7) - index_on).days
        assert ahead[week] == (age < 0)
    assert set(ahead.values()) == {True, False}


def test_an_own_evaluation_counts_from_its_date(database: Path) -> None:
    """A backtest does not look ahead in it: weeks decided before do not know it."""
    replaced = {"reference.own_evaluation": evaluations(("agent_tool_loop", FLASH, 40, 40))}
    with rerun(database, replaced, {"marts.routing_candidate"}) as connection:
        rows = connection.sql(
            "SELECT week, evidence FROM marts.routing_candidate "
            f"WHERE workload = 'agent_tool_loop' AND model_id = '{FLASH}' ORDER BY week"
        ).fetchall()
    known = dict(rows)
    assert set(known.values()) == {None, "own evaluation"}
    assert [week for week in known if known[week]] == [
        week for week in known if week + timedelta(7) >= WEEK
    ]


def test_ranked_models_without_evidence_are_named_by_what_admitting_them_would_save(
    database: Path,
) -> None:
    with reading(database) as connection:
        found = models_without_evidence(connection)
        by_hand = connection.sql(
            "SELECT workload.workload, 30 * tasks_per_day "
            "  * (pick.compared_cost_usd - model.compared_cost_usd) "
            "FROM marts.routing_candidate AS model "
            "JOIN marts.workloads() AS workload ON model.workload = workload.workload "
            "JOIN marts.routing_option AS pick ON model.week = pick.week "
            "  AND model.workload = pick.workload AND pick.preference = 1 "
            f"WHERE model.week = DATE '{WEEK}' AND model.model_id = '{FLASH}' "
            "AND rejected_because = 'no_quality_evidence'"
        ).fetchall()
        unknown = connection.sql(
            "SELECT DISTINCT model_permaslug FROM marts.routing_candidate "
            f"WHERE week = DATE '{WEEK}' AND rank IS NOT NULL AND evidence IS NULL"
        ).fetchall()
    order = [(-row["saving_usd"], -row["tokens"]) for row in found]
    assert order == sorted(order)
    assert {(row["model_permaslug"],) for row in found} == {*unknown}
    flash = next(row for row in found if row["model_permaslug"].startswith(FLASH))
    saved = sum(max(0, saving) for _, saving in by_hand)
    assert flash["saving_usd"] == pytest.approx(saved, rel=0.02)
    assert found[0]["saving_usd"] > 0 and flash["tokens"] > 10**12
