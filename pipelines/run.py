"""Run the jobs of the Dagster graph in this process, as the schedule would, and report progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg

from pipelines.definitions import defs
from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.refusals import record, recording
from pipelines.lake.ingest import is_given_up
from pipelines.orchestration.instance import prepare_instance
from pipelines.sources.datasets import DATASETS

RANKINGS = dg.AssetKey(["lake", "rankings_daily"])

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def materialize(
    groups: list[tuple[date, date]],
    live: bool,
    with_open_week: bool,
    home: Path,
    on_step: Callable[[str], None],
) -> None:
    """Snapshot each group of contiguous weeks, then rebuild, publish and export once.

    `on_step` hears of every finished asset. Raises RefusalError with one line when another process
    writes, a step is refused, or a check fails.
    """
    source: dict[str, object] = {
        "mode": "live" if live else "sample",
        "with_open_week": with_open_week,
    }
    with _recorded(home) as instance:
        for weeks in groups[:-1]:
            _execute("backfill", instance, on_step, source, weeks)
        _execute("weekly", instance, on_step, source, groups[-1])


def backfill(
    groups: list[tuple[date, date]], live: bool, home: Path, on_step: Callable[[str], None]
) -> list[RefusalError]:
    """Take the rankings of past weeks, a call at a time; return why calls were refused.

    One that is refused does not keep the others from being taken, but three in a row end it. The
    source stays refused for `status` even if a later call is answered.
    """
    source: dict[str, object] = {"mode": "live" if live else "sample"}
    refusals: list[RefusalError | None] = []
    with _recorded(home) as instance:
        for weeks in groups:
            try:
                _execute("backfill", instance, on_step, source, weeks, [RANKINGS])
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


def rebuild(home: Path, on_step: Callable[[str], None] = lambda _: None) -> None:
    """Build, check, publish and export from what the lake holds."""
    with _recorded(home) as instance:
        _execute("rebuild", instance, on_step)


def step_count(weeks: int, rebuilds: int = 1) -> int:
    """Return how often `on_step` will hear of the essential tables' weeks and of a rebuild."""
    essential = sum(definition.is_essential for definition in DATASETS.values())
    rebuilt = defs.resolve_job_def("rebuild").asset_layer.executable_asset_keys
    return weeks * essential + rebuilds * len(list(rebuilt))


@contextmanager
def _recorded(home: Path) -> Iterator[dg.DagsterInstance]:
    """Be the one writer, with Dagster's record of runs open."""
    with recording(home, reasons=("no_space",)):
        prepare_instance(paths.dagster(home))
        with dg.DagsterInstance.get() as instance:
            yield instance


def _execute(
    name: str,
    instance: dg.DagsterInstance,
    on_step: Callable[[str], None],
    source: dict[str, object] | None = None,
    weeks: tuple[date, date] | None = None,
    only: list[dg.AssetKey] | None = None,
) -> None:
    def hear(entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event and event.is_step_materialization and event.asset_key:
            name = event.asset_key.path[-1]
            if event.partition is None or DATASETS[name].is_essential:
                on_step(f"{name} {event.partition or ''}".strip())

    run_id = dg.DagsterRun(job_name=name).run_id
    instance.add_event_listener(run_id, hear)
    config: dict[str, object] = dict(QUIET)
    tags = {}
    if weeks:
        config["resources"] = {"source": {"config": source}}
        tags = {
            "dagster/asset_partition_range_start": f"{weeks[0]}",
            "dagster/asset_partition_range_end": f"{weeks[1]}",
        }
    try:
        defs.resolve_job_def(name).execute_in_process(
            instance=instance, run_id=run_id, run_config=config, tags=tags, asset_selection=only
        )
    except dg.DagsterExecutionInterruptedError:
        raise KeyboardInterrupt from None
    except dg.Failure as failure:
        raise RefusalError(failure.description or name) from None
