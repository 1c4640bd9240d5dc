"""The routing on real rows when a judgement changes: the models run again in memory."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from pipelines.arrow import arrow_schema
from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.database import connect
from pipelines.models.rerun import rerun
from pipelines.queries import explanation
from pipelines.queries.forecast import forecast
from pipelines.queries.published import reading
from pipelines.reference.loader import TABLES
from pipelines.words import routing
from pipelines.words.language import english
from tests.support.variants import changed

WEEK = date(2026, 7, 13)
OUTCOME = {"marts.routing_table", "marts.routing_certificate", "marts.routing_candidate"}
Rows = list[tuple[Any, ...]]
Select = Callable[[str], Rows]


@pytest.fixture
def select(database: Path) -> Select:
    """Query the published database, which is closed again: a reader may lock its settings."""

    def once(statement: str) -> Rows:
        with closing(connect(database)) as connection:
            return connection.sql(statement).fetchall()

    return once


def table(connection: duckdb.DuckDBPyConnection, workload: str | None = None) -> Rows:
    only = "" if workload is None else f"AND workload = '{workload}'"
    return connection.sql(
        "SELECT workload, role, model_id, author, blocked_because FROM marts.routing_table "
        f"WHERE week = '{WEEK}' {only} ORDER BY workload, position"
    ).fetchall()


@pytest.mark.accept
def test_nothing_changed_gives_the_published_table(database: Path) -> None:
    with rerun(database, changed("workloads"), OUTCOME) as connection:
        again = table(connection)
    with closing(connect(database)) as published:
        assert again == table(published)


@pytest.mark.accept
def test_tables_of_another_version_are_called_so(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(database.read_bytes())
    (tmp_path / "private.duckdb").symlink_to(paths.private(database))
    with closing(duckdb.connect(copy)) as connection:
        connection.sql("ALTER TABLE core.route_offer DROP COLUMN vendor")
    said = r"built by another version .*vendor.*: run `tokenhouse run`"
    with (
        pytest.raises(RefusalError, match=said),
        rerun(copy, changed("workloads"), {"marts.routing_candidate"}),
    ):
        pass


@pytest.mark.accept
def test_a_floor_nobody_reaches_empties_one_workload_and_says_why(
    database: Path, select: Select
) -> None:
    workloads = changed("workloads", batch_refactor={"quality_floor": 0.997})
    with rerun(database, workloads, OUTCOME) as connection:
        assert table(connection, "batch_refactor") == [
            ("batch_refactor", "primary", None, None, None)
        ]
        (row,) = connection.sql(
            "SELECT binding_constraint, round(best_achievable, 2), candidates > 20 "
            f"FROM marts.routing_certificate WHERE week = '{WEEK}' AND workload = 'batch_refactor'"
        ).fetchall()
        assert row == ("quality_floor", 0.89, True)
        others = [row for row in table(connection) if row[0] != "batch_refactor"]
    everybody = select(
        "SELECT workload, role, model_id, author, blocked_because FROM marts.routing_table "
        f"WHERE week = '{WEEK}' AND workload <> 'batch_refactor' ORDER BY workload, position"
    )
    assert others == everybody


def signed(kind: str, name: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "data_class": "internal",
        "is_allowed": True,
        "basis": "contract",
        "dpa_status": "signed",
        "reviewed_on": date(2026, 7, 1),
        "reviewer": "a person",
        "source": "test",
        "recorded_on": date(2026, 7, 1),
    }


@pytest.mark.accept
def test_a_signature_opens_a_workload_to_its_signatories_alone(database: Path) -> None:
    authors = ("anthropic", "openai", "google")
    matrix = changed(
        "compliance",
        *(signed("author", name) for name in authors),
        signed("provider", "google-vertex"),
    )
    with rerun(database, matrix, OUTCOME) as connection:
        internal = [
            row for row in table(connection) if row[0] in ("pr_review", "complex_enterprise")
        ]
        assert {row[3] for row in internal} <= set(authors)
        assert {row[4] for row in internal} == {None}
        assert len({row[3] for row in internal if row[1] != "escalation"}) >= 2


@pytest.mark.accept
def test_authors_without_a_provider_stay_blocked(database: Path) -> None:
    with rerun(database, changed("compliance", signed("author", "google")), OUTCOME) as connection:
        assert {row[4] for row in table(connection, "pr_review")} <= {"no_signed_agreement"}


def rule(kind: str, name: str, verdict: str, workload: str = "*") -> dict[str, Any]:
    return {
        "workload": workload,
        "kind": kind,
        "name": name,
        "rule": verdict,
        "source": "test",
        "recorded_on": date(2026, 7, 1),
    }


@pytest.mark.accept
def test_a_banned_vendor_serves_nothing_and_changes_only_what_it_served(database: Path) -> None:
    with closing(connect(database)) as published:
        before = table(published)
    with rerun(
        database, changed("deploy_policy", rule("vendor", "z-ai", "ban")), OUTCOME
    ) as connection:
        after = table(connection)
    assert "z-ai" not in {row[3] for row in after}
    touched = {row[0] for row in before if row[3] == "z-ai"}
    best = {row[0] for row in before} - touched
    assert [row for row in after if row[0] in best] == [row for row in before if row[0] in best]


@pytest.mark.accept
def test_a_ban_applies_to_every_slug_of_a_vendor(database: Path) -> None:
    policy = changed("deploy_policy", rule("vendor", "bytedance-seed", "ban"))
    with rerun(database, policy, OUTCOME) as connection:
        rows = connection.sql(
            "SELECT author, bool_or(rejected_because = 'vendor_not_allowed'), "
            "bool_or(rejected_because IS NULL OR rejected_because = 'no_quality_evidence') "
            "FROM marts.routing_candidate WHERE author LIKE 'bytedance%' "
            "GROUP BY author ORDER BY ALL"
        ).fetchall()
    assert rows == [("bytedance", True, False), ("bytedance-seed", True, False)]


@pytest.mark.accept
def test_one_origin_allowed_in_one_workload(database: Path) -> None:
    policy = changed("deploy_policy")["reference.deploy_policy"]
    rows = [row for row in policy.to_pylist() if row["name"] != "CN"]  # type: ignore[attr-defined]
    schema = arrow_schema(TABLES["deploy_policy"].contract)
    with rerun(
        database, {"reference.deploy_policy": pa.Table.from_pylist(rows, schema=schema)}, OUTCOME
    ) as connection:
        assert not connection.sql("SELECT 1 FROM marts.routing_table WHERE bloc = 'CN'").fetchall()
        assert connection.sql(
            "SELECT count(*) FROM marts.routing_candidate "
            "WHERE rejected_because = 'origin_not_allowed'"
        ).fetchall() > [(100,)]


@pytest.mark.accept
def test_an_unknown_region_does_not_pass(database: Path) -> None:
    policy = changed("deploy_policy", rule("region", "EU", "allow", "agent_tool_loop"))
    with rerun(database, policy, OUTCOME) as connection:
        assert {row[2] for row in table(connection, "agent_tool_loop")} == {None}
        assert len({row[0] for row in table(connection) if row[2]}) == 5


@pytest.mark.accept
def test_a_known_region_admits_its_providers_models(database: Path) -> None:
    """Synthetic: the sample holds no endpoints."""
    served = {
        "z-ai/glm-5.2": [("here", "EU"), ("there", "US")],
        "google/gemini-3-flash-preview": [("here", "EU")],
        "deepseek/deepseek-v4-pro": [("both", "EU"), ("both", "US")],
    }
    regions = pl.DataFrame(
        [(WEEK, model, *place) for model, places in served.items() for place in places],
        schema=["week", "model_id", "provider", "region"],
        orient="row",
    )
    policy = changed("deploy_policy", rule("region", "EU", "allow", "agent_tool_loop"))
    replaced = {**policy, "staging.endpoint_region": regions}
    with rerun(database, replaced, OUTCOME | {"core.route_provider"}) as connection:
        verdicts = connection.sql(
            "SELECT model_id, rejected_because FROM marts.routing_candidate "
            f"WHERE week = '{WEEK}' AND workload = 'agent_tool_loop'"
        ).fetchall()
        allowed = connection.sql(
            "SELECT model_id, provider FROM core.route_provider WHERE is_allowed ORDER BY ALL"
        ).fetchall()
    reasons = dict(verdicts)
    assert reasons["z-ai/glm-5.2"] is None
    assert reasons["deepseek/deepseek-v4-pro"] == "region_not_allowed"
    assert reasons["openai/gpt-5.4"] == "region_unknown"
    assert allowed == [("google/gemini-3-flash-preview", "here"), ("z-ai/glm-5.2", "here")]


@pytest.mark.accept
def test_a_known_latency_can_be_too_long_and_an_unknown_one_passes(database: Path) -> None:
    """Synthetic: the sample holds no endpoints."""
    speeds = pl.DataFrame(
        {
            "week": [WEEK, WEEK],
            "model_id": ["z-ai/glm-5.2", "google/gemini-3-flash-preview"],
            "latency_p99_seconds": [9.0, 1.0],
            "throughput_p50": [50.0, 120.0],
            "uptime": [0.999, 0.9],
            "endpoints": [3, 2],
        }
    )
    workloads = changed(
        "workloads",
        agent_tool_loop={"latency_p99_seconds": 5.0},
        batch_refactor={"uptime_floor": 0.99},
    )
    with rerun(database, {**workloads, "staging.endpoint": speeds}, OUTCOME) as connection:
        reasons = {
            (workload, model): reason
            for workload, model, reason in connection.sql(
                "SELECT workload, model_id, rejected_because FROM marts.routing_candidate "
                f"WHERE week = '{WEEK}'"
            ).fetchall()
        }
    assert reasons["agent_tool_loop", "z-ai/glm-5.2"] == "too_slow"
    assert reasons["batch_refactor", "google/gemini-3-flash-preview"] == "too_often_down"
    assert reasons["agent_tool_loop", "google/gemini-3-flash-preview"] is None
    assert reasons["agent_tool_loop", "openai/gpt-5.4"] is None


def test_own_tasks_that_are_wanted_and_not_there_are_no_forecast(database: Path) -> None:
    with (
        reading(database) as connection,
        pytest.raises(RefusalError, match="no own tasks of batch_refactor are published"),
    ):
        forecast(connection, database, WEEK, "batch_refactor", own_tokens=True)


@pytest.mark.accept
def test_ones_own_evaluation_admits_a_model_without_other_evidence(database: Path) -> None:
    evaluation = changed(
        "own_evaluation",
        {
            "workload": "agent_tool_loop",
            "model_id": "deepseek/deepseek-v4-flash",
            "tasks": 40,
            "passed": 40,
            "source": "test",
            "recorded_on": date(2026, 6, 1),
        },
    )
    with rerun(database, evaluation, OUTCOME | {"marts.routing_option"}) as connection:
        (row,) = connection.sql(
            "SELECT evidence, round(success, 3), rejected_because FROM marts.routing_candidate "
            f"WHERE week = '{WEEK}' AND workload = 'agent_tool_loop' "
            "AND model_id = 'deepseek/deepseek-v4-flash'"
        ).fetchall()
        assert row == ("own evaluation", 0.792, None)
        best = connection.sql(
            f"SELECT model_id FROM marts.routing_option WHERE week = '{WEEK}' "
            "AND workload = 'agent_tool_loop' AND preference = 1"
        ).fetchall()
        assert best == [("deepseek/deepseek-v4-flash",)]


@pytest.mark.accept
def test_only_a_sandbox_accepts_free_models(database: Path) -> None:
    sandbox = changed("workloads", inline_completion={"is_sandbox": True})
    with rerun(database, sandbox, OUTCOME) as connection:
        free = connection.sql(
            "SELECT DISTINCT workload FROM marts.routing_candidate "
            "WHERE rejected_because IS NULL AND cost_per_task_usd = 0 AND model_id LIKE '%:free'"
        ).fetchall()
        assert free == [("inline_completion",)]
        assert len(table(connection, "inline_completion")) >= 3


class TestExplanation:
    def test_every_workload_has_a_certificate_every_week(self, select: Select) -> None:
        rows = select("SELECT week, count(*) FROM marts.routing_certificate GROUP BY week")
        assert len(rows) == 10
        assert {count for _, count in rows} == {6}

    def test_every_model_on_offer_is_counted_once(self, select: Select) -> None:
        counted = select(
            "SELECT week, workload, sum(models) + min(models_left) FROM marts.routing_rejection "
            "GROUP BY ALL ORDER BY ALL"
        )
        offered = select(
            "SELECT week, workload, count(*) FROM marts.routing_candidate GROUP BY ALL ORDER BY ALL"
        )
        assert counted == offered

    def test_why_not_that_one(self, database: Path) -> None:
        with reading(database) as connection:
            found = explanation.explain(connection, WEEK, "agent_tool_loop")
            why = {
                model: routing.verdict(
                    english(),
                    explanation.judge_model(connection, WEEK, "agent_tool_loop", model),
                    found,
                )
                for model in (
                    "google/gemini-3.5-flash",
                    "google/gemini-3-flash-preview",
                    "deepseek/deepseek-v4-flash",
                    "openai/gpt-5.4",
                )
            }
            with pytest.raises(RefusalError, match=r"did you mean openai/gpt-5\?"):
                explanation.judge_model(connection, WEEK, "agent_tool_loop", "openai/gpt5")
            with pytest.raises(RefusalError, match=r"no workload 'nothing': workloads\.yaml has"):
                explanation.explain(connection, WEEK, "nothing")
        assert "is the pick" in why["google/gemini-3.5-flash"]
        below = "does not reach the floor of 0.7: its best choice reaches 0.655"
        assert below in why["google/gemini-3-flash-preview"]
        assert "no quality evidence" in why["deepseek/deepseek-v4-flash"]
        assert "+151.9% against the pick" in why["openai/gpt-5.4"]

    def test_a_forecast_agrees_with_the_certificate(self, database: Path, select: Select) -> None:
        with reading(database) as connection:
            bill = partial(forecast, connection, database, WEEK, "agent_tool_loop", 100)
            with pytest.raises(RefusalError, match=r"did you mean openai/gpt-5\?"):
                bill(["openai/gpt5"])
            rows = bill(["openai/gpt-5.4"])
        own = next(row for row in rows if row.role == "pick")
        ((low, high),) = select(
            "SELECT cost_p10, cost_p90 FROM marts.routing_certificate "
            f"WHERE week = '{WEEK}' AND workload = 'agent_tool_loop'"
        )
        assert own.usd_per_week_low == pytest.approx(700 * low, rel=1e-5)
        assert own.usd_per_week_high == pytest.approx(700 * high, rel=1e-5)
        assert {row.role for row in rows} == {"pick", "reserve", "most used", "named"}
        used = [row for row in rows if (row.role, row.workload) == ("most used", own.workload)]
        assert [row.model_id for row in used][:2] == ["tencent/hy3:free", "xiaomi/mimo-v2.5"]
        assert used[0].because == "price_unknown_or_zero"
        assert sum(row.usd_per_week_mid is not None for row in used) == 3
        rows_of = Counter(row.model_id for row in rows)
        assert (rows_of["tencent/hy3:free"], rows_of["xiaomi/mimo-v2.5"]) == (1, 4)
        variants = [row.workload for row in rows if row.role == "pick"]
        assert variants == [f"agent_tool_loop{at}" for at in ("", " at 20K", " at 50K", " at 80K")]
        assert all(row.hours_per_week is None for row in rows)

    def test_a_model_that_is_no_longer_listed_is_not_on_offer(self, select: Select) -> None:
        found = select(
            "SELECT certificate.models_offered, rejection.models_left, rejection.models "
            "FROM marts.routing_certificate AS certificate "
            "INNER JOIN marts.routing_rejection AS rejection USING (week, workload) "
            "WHERE rejection.rule = 'no_longer_listed'"
        )
        assert all(offered == left for offered, left, _ in found)
        assert sum(gone for *_, gone in found) > 0

    def test_the_backtest_counts_every_choice(self, database: Path) -> None:
        with reading(database) as connection:
            found = explanation.backtest(connection, date(2026, 5, 11), date(2026, 7, 6))
            with pytest.raises(RefusalError, match="can be tested"):
                explanation.backtest(connection, date(2024, 1, 1), date(2024, 2, 5))
        rows = {row["strategy"]: row for row in found if row["workload"] is None}
        assert {row["choices"] for row in rows.values()} == {9 * 6}
        assert rows["static_pin"]["switches"] == 0
        assert {name: round(row["usd_per_thousand_tasks"], 2) for name, row in rows.items()} == {
            "cheapest": 9.33,
            "most_tokens": 26.01,
            "best_each_week": 295.05,
            "cheapest_alone": 295.05,
            "static_pin": 314.73,
            "routing_table": 298.35,
            "best_score": 873.17,
            "most_expensive": 902.75,
        }
        assert {
            name: row["floors_missed"] for name, row in rows.items() if row["floors_missed"]
        } == {"cheapest": 45, "most_expensive": 9}

    def test_the_backtest_of_workloads_adds_up_to_the_mean(self, database: Path) -> None:
        with reading(database) as connection:
            rows = explanation.backtest(connection, date.min, date.max)
        total = next(
            row for row in rows if row["strategy"] == "routing_table" and row["workload"] is None
        )
        each = [
            row
            for row in rows
            if row["strategy"] == "routing_table" and row["workload"] is not None
        ]
        assert len(each) == 6
        assert sum(row["compared"] for row in each) == total["compared"]
        assert sum(
            row["compared"] * row["usd_per_thousand_tasks"] for row in each
        ) == pytest.approx(total["compared"] * total["usd_per_thousand_tasks"])
