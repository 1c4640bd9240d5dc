import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import defs
from pipelines.errors import RefusalError
from pipelines.models import build, definition, publish
from pipelines.models.definition import Model
from pipelines.orchestration.freshness import freshness
from pipelines.orchestration.graph import graph
from pipelines.orchestration.lake_assets import EVERY_WEEK
from pipelines.orchestration.warehouse_assets import warehouse_of
from pipelines.settings import settings
from pipelines.sources import sample
from tests.conftest import tokenhouse
from tests.support.building import models_of

GROUPS = [
    *("1_lake", "2_reference", "3_usage", "4_staging", "5_private"),
    *("6_core", "7_marts", "8_exports", "9_report"),
]
"""Sorted by name, as Dagster does, they follow the flow of the data."""


def test_every_asset_is_described_grouped_and_of_a_kind() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.group_name in GROUPS
        assert node.group_name[2:] == key.path[0]
        assert node.kinds, key
        assert node.owners, key


def test_every_model_has_its_schema_and_blocking_checks() -> None:
    graph = defs.resolve_asset_graph()
    for model in definition.load():
        key = dg.AssetKey(model.name.split("."))
        schema = graph.get(key).metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == list(model.front.columns)
        checks = [check for check in graph.asset_check_keys if check.asset_key == key]
        assert sum(graph.get(check).blocking for check in checks) == len(model.checks)


def test_lineage_follows_the_sql() -> None:
    graph = defs.resolve_asset_graph()
    parents = graph.get(dg.AssetKey(["core", "model_week"])).parent_keys
    assert parents == {
        dg.AssetKey(["core", "day"]),
        dg.AssetKey(["core", "model"]),
        dg.AssetKey(["core", "model_origin"]),
        dg.AssetKey(["core", "week"]),
        dg.AssetKey(["staging", "rankings_daily"]),
    }


LIVE = graph(EVERY_WEEK)
"""The graph as Dagster loads it where there is a key; without one, `defs` is."""


def test_without_a_key_the_partitions_are_the_weeks_of_the_sample() -> None:
    weeks = defs.resolve_job_def("weekly").partitions_def
    assert weeks and weeks.get_partition_keys() == [f"{one}" for one in sample.recorded_weeks()]


def test_a_partition_is_the_week_of_its_monday() -> None:
    window = EVERY_WEEK.time_window_for_partition_key("2026-05-18")
    assert (window.start.date(), window.end.date()) == (date(2026, 5, 18), date(2026, 5, 25))
    assert window.end - window.start == timedelta(days=7)


@pytest.mark.parametrize(("key", "weeks"), [("sk-or-v1-0", ["2026-05-18"]), ("", [])])
def test_the_schedule_runs_the_closed_week_on_monday_at_eight_if_there_is_a_key(
    monkeypatch: pytest.MonkeyPatch, key: str, weeks: list[str]
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", key)
    settings.cache_clear()
    schedule = LIVE.resolve_schedule_def("monday")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 8 * * 1", "UTC")
    with dg.build_schedule_context(
        repository_def=LIVE.get_repository_def(),
        scheduled_execution_time=datetime(2026, 5, 25, 8, tzinfo=UTC),
    ) as context:
        result = schedule.evaluate_tick(context)
    assert [request.partition_key for request in result.run_requests or []] == weeks
    settings.cache_clear()


def test_every_schedule_is_described() -> None:
    assert all(
        isinstance(one, dg.ScheduleDefinition) and one.description for one in defs.schedules or []
    )


def test_there_is_one_job_a_use() -> None:
    jobs = {job.name for job in defs.jobs or []}
    assert jobs == {"weekly", "backfill", "rebuild", "daily_fetch", "freshness"}


@pytest.mark.parametrize(("key", "runs"), [("sk-or-v1-0", 1), ("", 0)])
def test_the_daily_fetch_runs_every_morning_if_there_is_a_key(
    monkeypatch: pytest.MonkeyPatch, key: str, runs: int
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", key)
    settings.cache_clear()
    schedule = defs.resolve_schedule_def("daily_fetch")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert (schedule.cron_schedule, schedule.job_name) == ("0 6 * * *", "daily_fetch")
    with dg.build_schedule_context(repository_def=defs.get_repository_def()) as context:
        assert len(schedule.evaluate_tick(context).run_requests or []) == runs
    settings.cache_clear()


def test_freshness_is_checked_once_anything_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENHOUSE_HOME", f"{tmp_path}")
    settings.cache_clear()
    schedule = defs.resolve_schedule_def("freshness")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    with dg.build_schedule_context(repository_def=defs.get_repository_def()) as context:
        assert not schedule.evaluate_tick(context).run_requests
        (tmp_path / "warehouse.duckdb").touch()
        assert len(schedule.evaluate_tick(context).run_requests or []) == 1
    settings.cache_clear()


class TestFreshness:
    """`database` ends with the week of 2026-07-13."""

    @pytest.fixture(autouse=True)
    def published(self, database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("TOKENHOUSE_HOME", f"{database.parent}")
        settings.cache_clear()
        yield
        settings.cache_clear()

    def test_the_newest_closed_week_is_enough_until_the_next_may_be_closed(self) -> None:
        assert freshness(datetime(2026, 7, 27, 7, 59, tzinfo=UTC)).passed
        late = freshness(datetime(2026, 7, 27, 8, tzinfo=UTC))
        assert not late.passed
        assert late.severity == dg.AssetCheckSeverity.WARN
        assert f"{late.description}".endswith("the newest closed one 2026-07-20: 1 week behind.")

    def test_the_freshness_job_only_checks_and_being_late_does_not_fail_it(self) -> None:
        assert defs.resolve_schedule_def("freshness").job_name == "freshness"
        done = defs.resolve_job_def("freshness").execute_in_process()
        (looked,) = done.get_asset_check_evaluations()
        assert done.success
        assert not looked.passed
        assert done.get_asset_materialization_events() == []


def test_a_table_without_a_response_is_materialized_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENHOUSE_HOME", f"{tmp_path}")
    settings.cache_clear()
    key = dg.AssetKey(["lake", "activity"])
    done = defs.resolve_job_def("backfill").execute_in_process(
        asset_selection=[key], partition_key="2026-05-18"
    )
    settings.cache_clear()
    (event,) = done.get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert (event.asset_key, metadata["dagster/row_count"].value) == (key, 0)
    assert f"{metadata['no_response'].value}".startswith("nothing was requested")


@pytest.mark.accept
def test_an_old_week_filled_in_today_does_not_make_the_data_fresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENHOUSE_HOME", f"{tmp_path}")
    settings.cache_clear()
    now = datetime(2026, 6, 2, tzinfo=UTC)
    with dg.instance_for_test() as instance:
        behind = []
        for first, last in (("2026-05-11", "2026-05-18"), ("2025-01-06", "2025-01-13")):
            done = defs.resolve_job_def("backfill").execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(["lake", "rankings_daily"])],
                tags={
                    "dagster/asset_partition_range_start": first,
                    "dagster/asset_partition_range_end": last,
                },
            )
            assert done.success
            aside, _ = build.build(tmp_path, models_of("marts.weekly_total"))
            publish.publish(aside, tmp_path / "warehouse.duckdb")
            behind.append(freshness(now).metadata["weeks_behind"].value)
        settings.cache_clear()
    assert behind == [1, 1]


@pytest.mark.accept
def test_a_failing_check_keeps_the_published_database(home: Path) -> None:
    built = models_of("marts.weekly_total marts.publication_findings")
    wrong = next(model for model in built if model.name == "marts.weekly_total")
    front = replace(wrong.front, checks={"nothing grows": "wow IS NULL"})
    broken = Model(wrong.path, wrong.sql, front)
    models = tuple(broken if model is wrong else model for model in built)
    (home / "warehouse.duckdb").write_bytes(b"the week before")
    with pytest.raises(RefusalError, match="nothing grows"):
        dg.materialize([warehouse_of(models)])
    assert (home / "warehouse.duckdb").read_bytes() == b"the week before"
    assert list(home.glob("*.tmp*")) == []


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = tokenhouse(tmp_path, "ui", "--port", f"{port}")
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert not (tmp_path / "dagster").exists()
