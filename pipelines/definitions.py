"""The whole Dagster graph on one page: assets, checks, jobs, schedule, resources."""

import dagster as dg

from pipelines.assets.exports import EXPORTS
from pipelines.assets.snapshots import Source, snapshot_tables
from pipelines.assets.warehouse import REFERENCE, warehouse
from pipelines.weeks import last_closed_week

weekly = dg.define_asset_job(
    "weekly",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("reference"),
    description="Snapshot a week, rebuild and publish the warehouse, write the exports.",
)
snapshot = dg.define_asset_job(
    "snapshot",
    selection=dg.AssetSelection.groups("lake"),
    description="Only take snapshots into the lake: for past weeks, before one rebuild.",
)
backfill = dg.define_asset_job(
    "backfill",
    selection=dg.AssetSelection.assets(["lake", "rankings_daily"]),
    description="Only take the daily rankings of past weeks: a year a call.",
)
rebuild = dg.define_asset_job(
    "rebuild",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("reference", "lake"),
    description="Build, publish and export from what the lake holds; asks no source.",
)


@dg.schedule(job=weekly, cron_schedule="0 8 * * 1", execution_timezone="UTC")
def monday(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Every Monday 08:00 UTC the week that has just closed is taken."""
    week = last_closed_week(context.scheduled_execution_time)
    return dg.RunRequest(run_key=f"{week}", partition_key=f"{week}")


defs = dg.Definitions(
    assets=[
        *REFERENCE,
        snapshot_tables,
        warehouse,
        *EXPORTS,
    ],
    jobs=[weekly, snapshot, backfill, rebuild],
    schedules=[monday],
    resources={"source": Source()},
    # One process: several would open two writers, and take three times as long.
    executor=dg.in_process_executor,
)
