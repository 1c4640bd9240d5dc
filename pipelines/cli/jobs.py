"""Run the jobs of the Dagster graph in this process, as the schedules would; report progress."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import dagster as dg

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.refusals import record, recording
from pipelines.lake.ingest import is_given_up
from pipelines.orchestration.graph import graph
from pipelines.orchestration.instance import is_damaged, prepare_instance, set_aside
from pipelines.orchestration.lake_assets import EVERY_WEEK
from pipelines.orchestration.retention import delete_old_runs
from pipelines.settings import settings
from pipelines.sources.datasets import DATASETS

GRAPH = graph(EVERY_WEEK)

RANKINGS = dg.AssetKey(["lake", "rankings_daily"])

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

Result = TypeVar("Result")

OnStep = Callable[[str], None]
"""Called with the name of every finished asset."""


def weekly(
    groups: list[tuple[date, date]], live: bool, with_open_week: bool, home: Path, on_step: OnStep
) -> None:
    """Ingest each group of contiguous weeks, then rebuild, publish and export once.

    Raises RefusalError with one line when another process writes, a step is refused, or a check
    fails.
    """
    source: dict[str, object] = {"live": live, "with_open_week": with_open_week}

    def work(instance: dg.DagsterInstance) -> None:
        for weeks in groups[:-1]:
            _execute("backfill", instance, on_step, source, weeks)
        _execute("weekly", instance, on_step, source, groups[-1])

    _recorded(home, work)


def backfill(
    groups: list[tuple[date, date]], live: bool, home: Path, on_step: OnStep
) -> list[RefusalError]:
    """Ingest the rankings of past weeks, one request at a time; return why requests were refused.

    A refused request does not stop the others, but three in a row do. The source stays refused for
    `status` even if a later request succeeds.
    """

    def work(instance: dg.DagsterInstance) -> list[RefusalError]:
        refusals: list[RefusalError | None] = []
        for weeks in groups:
            try:
                _execute("backfill", instance, on_step, {"live": live}, weeks, [RANKINGS])
                refusals.append(None)
            except RefusalError as error:
                if error.reason == "no_space":
                    raise
                refusals.append(error)
                if is_given_up(refusals):
                    break
        refused = [error for error in refusals if error]
        if live and refused:
            record(home, refused[0], RANKINGS.path[-1])
        return refused

    return _recorded(home, work)


def rebuild(home: Path, on_step: OnStep = lambda _: None) -> None:
    """Build, check, publish and export from what is in the lake."""
    _recorded(home, lambda instance: _execute("rebuild", instance, on_step))


def step_count(weeks: int, rebuilds: int = 1) -> int:
    """Return how often `on_step` is called for the essential tables' weeks and for rebuilds."""
    essential = sum(definition.is_essential for definition in DATASETS.values())
    rebuilt = GRAPH.resolve_job_def("rebuild").asset_layer.executable_asset_keys
    return weeks * essential + rebuilds * len(list(rebuilt))


def _recorded(home: Path, work: Callable[[dg.DagsterInstance], Result]) -> Result:
    """Work under the writer lock, with Dagster's record of runs open.

    A damaged record is set aside, and the work is done again with another.
    """
    with recording(home, reasons=("no_space",)):
        try:
            return _with_instance(home, work)
        except Exception as error:
            if not is_damaged(error):
                raise
            set_aside(paths.dagster(home))
            return _with_instance(home, work)


def _with_instance(home: Path, work: Callable[[dg.DagsterInstance], Result]) -> Result:
    prepare_instance(paths.dagster(home), settings().tokenhouse_record_url)
    with dg.DagsterInstance.get() as instance:
        result = work(instance)
        delete_old_runs(instance, settings().tokenhouse_record_days, datetime.now(UTC))
        return result


def _execute(
    name: str,
    instance: dg.DagsterInstance,
    on_step: OnStep,
    source: dict[str, object] | None = None,
    weeks: tuple[date, date] | None = None,
    only: list[dg.AssetKey] | None = None,
) -> None:
    def on_event(entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event and event.is_step_materialization and event.asset_key:
            name = event.asset_key.path[-1]
            if event.partition is None or DATASETS[name].is_essential:
                on_step(f"{name} {event.partition or ''}".strip())

    run_id = dg.DagsterRun(job_name=name).run_id
    instance.add_event_listener(run_id, on_event)
    config: dict[str, object] = dict(QUIET)
    tags = {}
    if weeks:
        config["resources"] = {"source": {"config": source}}
        tags = {
            "dagster/asset_partition_range_start": f"{weeks[0]}",
            "dagster/asset_partition_range_end": f"{weeks[1]}",
        }
    try:
        GRAPH.resolve_job_def(name).execute_in_process(
            instance=instance, run_id=run_id, run_config=config, tags=tags, asset_selection=only
        )
    except dg.DagsterExecutionInterruptedError:
        raise KeyboardInterrupt from None
