"""Data from snapshots only: task classes, costs, endpoints, scores, from responses written by hand.

The sample holds none. The answers are synthetic, after the documentation; real readers read them.
"""

import copy
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest

from pipelines.arrow import arrow_schema
from pipelines.lake.vintages import write_vintage
from pipelines.models import definition
from pipelines.report import sections, week_queries, week_rows
from pipelines.sources.contracts.rankings import RankingsFiltered
from pipelines.sources.datasets import DATASETS
from pipelines.sources.response import Request, Response
from pipelines.sources.snapshot import Snapshot
from pipelines.words.language import languages
from tests.home.sql.test_rules_on_rows import LATE, MONDAY, Home, week
from tests.support import wire


class Snapshots(Home):
    """A lake with one week of rankings, and responses of other sources."""

    def answered(self, table: str, path: str, body: dict[str, Any], at: datetime = LATE) -> None:
        answer = Response(Request(table, path), 200, {}, at, json.dumps(body).encode())
        write_vintage(self.folder / "lake", table, DATASETS[table].read(answer))

    def tasks(self, day: str, **shares: float) -> None:
        body = copy.deepcopy(wire.SYNTHETIC["classifications/task"])
        body["data"]["as_of"] = day
        body["data"]["macro_categories"] = [
            {"key": key, "label": key.title(), "usage_share": share, "token_share": share}
            for key, share in shares.items()
        ]
        self.answered("task_classifications", "classifications/task", body)

    def used(self, table: str, value: tuple[str, str], rows: dict[tuple[date, str], int]) -> None:
        """Add the tokens of models by one dimension, a day each."""
        days = [day for day, _ in rows]
        listed = [
            {
                "date": day,
                "model_permaslug": slug,
                "total_tokens": tokens,
                "asked_from": min(days),
                "asked_to": max(days),
                "answer": "one",
                "as_of": LATE,
                "as_of_is_exact": True,
                **dict(zip(("dimension", "value"), value, strict=True)),
            }
            for (day, slug), tokens in sorted(rows.items())
        ]
        found = pa.Table.from_pylist(listed, schema=arrow_schema(RankingsFiltered))
        write_vintage(self.folder / "lake", table, Snapshot(LATE, True, found))

    def costs(self, as_of: str, **costs: float) -> None:
        body = copy.deepcopy(wire.SYNTHETIC["datasets/session-cost"])
        (row,) = body["data"]
        body["data"] = [
            {**row, "app_slug": app, "median_session_cost_usd": cost} for app, cost in costs.items()
        ]
        body["meta"] |= {"as_of": as_of, "window_end_date": as_of[:10]}
        self.answered("session_costs", "datasets/session-cost", body)


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    home = Snapshots(tmp_path)
    home.add(week(MONDAY, deepseek__a=9), LATE)
    return home


def test_a_change_of_the_task_classes_begins_a_version_and_is_no_change_of_shares(
    snapshots: Snapshots,
) -> None:
    snapshots.tasks("2026-09-06", code=0.5, chat=0.5)
    snapshots.tasks("2026-09-13", code=0.6, chat=0.4)
    snapshots.tasks("2026-09-20", code=0.4, chat=0.3, agents=0.3)
    snapshots.tasks("2026-09-27", code=0.3, agents=0.7)
    snapshots.tasks("2026-10-04", code=0.2, agents=0.8)
    rows = snapshots.select(
        "SELECT as_of::DATE::VARCHAR, taxonomy_version::VARCHAR, round(token_share_change, 9) "
        "FROM marts.task_categories WHERE category = 'code' ORDER BY as_of"
    )
    assert rows == [
        ("2026-09-06", "2026-09-06", None),
        ("2026-09-13", "2026-09-06", 0.1),
        ("2026-09-20", "2026-09-20", None),
        ("2026-09-27", "2026-09-27", None),
        ("2026-10-04", "2026-09-27", -0.1),
    ]


def test_tool_calls_are_set_against_all_tokens_of_the_same_days(snapshots: Snapshots) -> None:
    tuesday = MONDAY + timedelta(days=1)
    calls = {(MONDAY, "deepseek/a"): 6, (tuesday, "deepseek/a"): 3, (MONDAY, "deepseek/b"): 4}
    snapshots.used(
        "rankings_filtered", ("modality", "tool_calling"), {**calls, (MONDAY, "other"): 5}
    )
    snapshots.used("rankings_filtered", ("context_bucket", "100K"), {(MONDAY, "deepseek/a"): 2})
    snapshots.used("rankings_sampled", ("category", "programming"), {(MONDAY, "deepseek/a"): 8})
    assert snapshots.select(
        "SELECT value, method, model_permaslug, tokens, days_seen, all_tokens, "
        "round(share_of_model, 3) FROM marts.model_use ORDER BY value, model_permaslug"
    ) == [
        ("100K", "exact", "deepseek/a", 2, 1, 9, round(2 / 9, 3)),
        ("programming", "sampled", "deepseek/a", 8, 1, None, None),
        ("tool_calling", "exact", "deepseek/a", 9, 2, 18, 0.5),
        ("tool_calling", "exact", "deepseek/b", 4, 1, None, None),
    ]


def test_a_claim_of_a_task_class_is_judged_by_the_snapshot_of_its_week(
    snapshots: Snapshots,
) -> None:
    snapshots.tasks("2026-09-13", code=0.6, chat=0.4)
    claims = snapshots.folder / "reference" / "claims" / "mine.csv"
    claims.parent.mkdir(parents=True)
    claims.write_text(
        "claim_id,metric,subject,period,operator,value,unit,since,rank,printed_as\n"
        "mine,task_share,code,2026-09-07,eq,60,percent,,,said so\n"
    )
    assert snapshots.select(
        "SELECT verdict, scope FROM marts.claims_audit WHERE claim_id = 'mine'"
    ) == [("CONFIRMED", "task_classes")]


@pytest.mark.accept
def test_a_claim_of_tool_calls_is_judged_by_the_model_s_tokens_of_the_same_days(
    snapshots: Snapshots,
) -> None:
    calls = {(MONDAY, "deepseek/a"): 6, (MONDAY, "deepseek/b"): 4}
    snapshots.used("rankings_filtered", ("modality", "tool_calling"), calls)
    claims = snapshots.folder / "reference" / "claims" / "mine.csv"
    claims.parent.mkdir(parents=True)
    lines = {"mine": ("deepseek/a", MONDAY), "before": ("deepseek/a", MONDAY - timedelta(7))}
    claims.write_text(
        "claim_id,metric,subject,period,operator,value,unit,since,rank,printed_as\n"
        + "".join(
            f"{name},tool_call_share,{model},{day},about,67,percent,,,said so\n"
            for name, (model, day) in lines.items()
        )
    )
    assert snapshots.select(
        "SELECT claim_id, verdict, scope, reason FROM marts.claims_audit "
        "WHERE file = 'mine.csv' ORDER BY claim_id"
    ) == [
        ("before", "UNVERIFIABLE", None, "no_calls"),
        ("mine", "CONFIRMED", "tool_calls", "holds"),
    ]


def lines_of_use(snapshots: Snapshots, monday: date) -> list[list[str]]:
    """Return the lines about use in a week's report, in every language."""
    wanted = ("programming", "classes", "tool_calls")
    rows: dict[str, object] = {"names": {}}
    for name in wanted:
        asked = f"[DATE '{monday}']"
        query = week_queries.of_weeks(name).replace("$1", asked).replace("$2", asked)
        columns, found = snapshots.read(query)
        rows[name] = [dict(zip(columns, row, strict=True)) for row in found]
    return [sections.use(one, cast("week_rows.WeekRows", rows)) for one in languages()]


@pytest.mark.parametrize("weeks", [1, 2])
def test_a_shift_of_use_is_a_line_in_the_report_once_there_are_two_snapshots(
    snapshots: Snapshots, weeks: int
) -> None:
    last = MONDAY + timedelta(7)
    snapshots.add(week(last, deepseek__a=10), LATE + timedelta(days=1), "two")
    for number, day in enumerate((last, MONDAY)[:weeks]):
        share = 6 - number
        snapshots.used("rankings_filtered", ("modality", "tool_calling"), {(day, "deepseek/a"): 6})
        for value, tokens in (("programming", share), ("roleplay", 10 - share)):
            snapshots.used("rankings_sampled", ("category", value), {(day, "deepseek/a"): tokens})
        rest = (10 - share) / 20
        snapshots.tasks(f"{day + timedelta(6)}", code=share / 10, chat=rest, data=rest)
    found = lines_of_use(snapshots, last)
    assert [len(one) for one in found] == ([1, 1] if weeks == 1 else [3, 3])
    if weeks == 1:
        assert found[0] == ["Programming is 60.0% of the sampled, classified traffic."]
    else:
        programming, task_class, calls = found[0]
        assert "60.0% of the sampled, classified traffic, +10.00 points" in programming
        assert "Code" in task_class and "60.0%" in task_class and "+10.00 points" in task_class
        assert "deepseek/a" in calls and "60.0% (−6.67 points)" in calls


def test_a_task_below_a_class_is_no_class(snapshots: Snapshots) -> None:
    snapshots.tasks("2026-09-13", code=1.0)
    assert snapshots.select(
        "SELECT category, label, method, usage_share, window_days FROM marts.task_categories"
    ) == [("code", "Code", "sampled", 1.0, 7)]


def test_session_costs_keep_the_window_of_their_source(snapshots: Snapshots) -> None:
    snapshots.costs("2026-09-09T06:00:00Z", old=0.5)
    snapshots.costs("2026-09-10T06:00:00Z", alpha=0.25, beta=7.5)
    rows = snapshots.select(
        "SELECT week::VARCHAR, as_of, window_start::VARCHAR, window_end::VARCHAR, app_slug, "
        "author, session_length, median_session_cost_usd FROM marts.session_costs ORDER BY app_slug"
    )
    asked = datetime(2026, 9, 10, 6, tzinfo=UTC)
    window = ("2026-08-12", "2026-09-10")
    assert rows == [
        ("2026-09-07", asked, *window, "alpha", "deepseek", "2-9-turns", 0.25),
        ("2026-09-07", asked, *window, "beta", "deepseek", "2-9-turns", 7.5),
    ]


def test_the_endpoints_that_keep_no_data_are_those_of_the_newest_list(
    snapshots: Snapshots,
) -> None:
    endpoint = wire.SYNTHETIC_ENDPOINT
    old = {"data": [{**endpoint, "provider_name": "Gone"}]}
    snapshots.answered("zero_retention_endpoints", "endpoints/zdr", old, LATE - timedelta(days=7))
    snapshots.answered("zero_retention_endpoints", "endpoints/zdr", {"data": [endpoint, endpoint]})
    assert snapshots.select("FROM staging.zero_retention") == [
        (LATE, "Example", "Example model", "example/fp8", "fp8", 131072, 2)
    ]


def test_third_party_scores_come_from_the_newest_response(snapshots: Snapshots) -> None:
    for as_of, accuracy in (("2026-10-04T00:00:00Z", 0.7), ("2026-10-11T00:00:00Z", 0.72)):
        body = copy.deepcopy(wire.SYNTHETIC["benchmarks"])
        body["data"][0]["accuracy"] = accuracy
        body["meta"]["as_of"] = as_of
        snapshots.answered("benchmarks", "benchmarks", body)
    assert snapshots.select("SELECT * EXCLUDE (as_of) FROM private.benchmark_score") == [
        (
            "v1",
            "openrouter",
            "openai/gpt-4o",
            None,
            '{"accuracy": 0.72, "benchmark_type": "gpqa_diamond"}',
            "Source: Example.",
        )
    ]


def test_only_private_models_read_what_third_parties_measured() -> None:
    """Only marts are exported; what core takes from the private file has no numbers in it."""
    theirs = {"lake.benchmarks", "lake.model_scores", "private.benchmark_score"}
    readers = [one.name for one in definition.load() if theirs & one.inputs]
    assert sorted(readers) == ["private.benchmark_score", "private.reported_score"]
    reading = {one.name for one in definition.load() if _reads_private(one)}
    assert reading == {
        *("core.quality", "core.route_choice", "core.route_admission"),
        "core.unused_score",
    }


def _reads_private(model: definition.Model) -> bool:
    """Whether a model outside the private file reads it."""
    return model.schema != definition.PRIVATE and any(
        name.startswith(f"{definition.PRIVATE}.") for name in model.inputs
    )


def test_every_table_of_the_lake_reaches_one_that_can_be_queried() -> None:
    read = {name for model in definition.load() for name in model.inputs}
    assert {f"lake.{table}" for table in DATASETS} <= read


GPT = "openai/gpt-4.1"


def test_a_day_of_your_own_account_comes_from_its_newest_response(snapshots: Snapshots) -> None:
    (row,) = wire.SYNTHETIC["activity"]["data"]
    first, second = {**row, "date": "2026-06-19"}, {**row, "requests": 6, "usage": 0.02}
    for name in ("byok_usage_inference", "workspace_id", "model"):
        del second[name]
    early = LATE - timedelta(days=7)
    snapshots.answered("activity", "activity", {"data": [first, row]}, early)
    snapshots.answered("activity", "activity", {"data": [second]})
    assert snapshots.select(
        "SELECT date::VARCHAR, week::VARCHAR, provider_name, requests, prompt_tokens, "
        "completion_tokens, reasoning_tokens, usage_usd, byok_usd, workspace_id, model_id, as_of "
        "FROM staging.activity ORDER BY date"
    ) == [
        *[("2026-06-19", "2026-06-15", "OpenAI", 5, 50, 125, 25, 0.015, 0.012, "w", GPT, early)],
        ("2026-06-20", "2026-06-15", "OpenAI", 6, 50, 125, 25, 0.02, None, None, None, LATE),
    ]


def test_the_sample_contains_neither(select: Any) -> None:
    assert select("FROM marts.task_categories") == select("FROM marts.session_costs") == []
