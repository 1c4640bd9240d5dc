from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from pipelines.assets.snapshots import WEEKS
from pipelines.assets.warehouse import warehouse_of
from pipelines.definitions import defs
from pipelines.models import definition
from pipelines.models.definition import Model

GROUPS = {"reference", "lake", "staging", "core", "marts", "exports", "report"}


def test_every_asset_is_described_grouped_and_of_a_kind() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.group_name in GROUPS
        assert node.kinds, key


def test_every_model_has_its_schema_and_blocking_checks() -> None:
    graph = defs.resolve_asset_graph()
    for model in definition.load():
        key = dg.AssetKey(model.name.split("."))
        schema = graph.get(key).metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == list(model.front.columns)
        checks = [check for check in graph.asset_check_keys if check.asset_key == key]
        assert len(checks) == len(model.checks)
        assert all(graph.get(check).blocking for check in checks)


def test_lineage_follows_the_sql() -> None:
    graph = defs.resolve_asset_graph()
    parents = graph.get(dg.AssetKey(["marts", "weekly_total"])).parent_keys
    assert parents == {dg.AssetKey(["core", "week"])}


def test_a_partition_is_the_week_of_its_monday() -> None:
    window = WEEKS.time_window_for_partition_key("2026-05-18")
    assert (window.start.date(), window.end.date()) == (date(2026, 5, 18), date(2026, 5, 25))
    assert window.end - window.start == timedelta(days=7)


def test_the_schedule_takes_the_closed_week_on_monday_at_eight() -> None:
    schedule = defs.resolve_schedule_def("monday")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 8 * * 1", "UTC")
    with dg.build_schedule_context(
        repository_def=defs.get_repository_def(),
        scheduled_execution_time=datetime(2026, 5, 25, 8, tzinfo=UTC),
    ) as context:
        result = schedule.evaluate_tick(context)
    assert [request.partition_key for request in result.run_requests or []] == ["2026-05-18"]


def test_a_failing_check_keeps_the_published_database(home: Path) -> None:
    wrong = next(model for model in definition.load() if model.name == "marts.weekly_total")
    front = wrong.front.model_copy(update={"checks": {"nothing grows": "wow IS NULL"}})
    broken = Model(wrong.path, wrong.sql, front)
    models = tuple(broken if model is wrong else model for model in definition.load())
    (home / "warehouse.duckdb").write_bytes(b"the week before")
    with pytest.raises(dg.Failure, match="nothing grows"):
        dg.materialize([warehouse_of(models)])
    assert (home / "warehouse.duckdb").read_bytes() == b"the week before"
    assert list(home.glob("*.tmp*")) == []
