"""Run the jobs of the Dagster graph in this process, as the schedule would, and report progress."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import dagster as dg

from pipelines.definitions import defs
from pipelines.errors import RefusalError
from pipelines.files import write_atomically
from pipelines.weeks import mondays

INSTANCE = b"""\
# No phoning home, no first-run dialogue.
telemetry:
  enabled: false
nux:
  enabled: false
"""

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def prepare_instance(folder: Path) -> None:
    """Make `folder` the place where Dagster records its runs."""
    write_atomically(folder / "dagster.yaml", INSTANCE)
    os.environ["DAGSTER_HOME"] = str(folder)


def materialize(
    groups: list[tuple[date, date]],
    live: bool,
    folder: Path,
    on_step: Callable[[str, str], None],
) -> None:
    """Snapshot each group of contiguous weeks, then rebuild, publish and export once.

    `on_step` hears of every finished asset, with its week or an empty string.
    Raises RefusalError with one line when a step is refused or a check fails.
    """
    prepare_instance(folder)
    with dg.DagsterInstance.get() as instance:
        for first, last in groups[:-1]:
            _execute("snapshot", instance, live, (first, last), on_step)
        _execute("weekly", instance, live, groups[-1], on_step)


def step_count(groups: list[tuple[date, date]]) -> int:
    """Return how many times `materialize` will call `on_step`."""
    weeks = sum(len(mondays(first, last)) for first, last in groups)
    graph = defs.resolve_asset_graph()
    partitioned = [key for key in graph.materializable_asset_keys if graph.get(key).is_partitioned]
    return weeks * len(partitioned) + len(graph.materializable_asset_keys) - len(partitioned)


def _execute(
    name: str,
    instance: dg.DagsterInstance,
    live: bool,
    weeks: tuple[date, date],
    on_step: Callable[[str, str], None],
) -> None:
    def hear(entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event and event.is_step_materialization and event.asset_key:
            on_step("/".join(event.asset_key.path), event.partition or "")

    job = defs.resolve_job_def(name)
    run_id = dg.DagsterRun(job_name=name).run_id
    instance.add_event_listener(run_id, hear)
    try:
        job.execute_in_process(
            instance=instance,
            run_id=run_id,
            run_config={
                **QUIET,
                "resources": {"source": {"config": {"mode": "live" if live else "sample"}}},
            },
            tags={
                "dagster/asset_partition_range_start": f"{weeks[0]}",
                "dagster/asset_partition_range_end": f"{weeks[1]}",
            },
        )
    except dg.Failure as failure:
        raise RefusalError(failure.description or name) from None
