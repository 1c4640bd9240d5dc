"""The whole Dagster graph on one page: assets, checks, jobs, schedules, resources."""

import dagster as dg

from pipelines.orchestration.asset_metadata import in_order
from pipelines.orchestration.export_assets import EXPORTS
from pipelines.orchestration.freshness import newest_closed_week_is_published
from pipelines.orchestration.lake_assets import Source, snapshot_tables
from pipelines.orchestration.report_assets import notify, report
from pipelines.orchestration.warehouse_assets import REFERENCE, warehouse
from pipelines.weeks import last_closed_week

LAKE = dg.AssetSelection.key_prefixes("lake")
REFERENCES = dg.AssetSelection.key_prefixes("reference")

weekly = dg.define_asset_job(
    "weekly",
    selection=dg.AssetSelection.all() - REFERENCES,
    description="Ingest a week, rebuild and publish the warehouse, write the exports.",
)
backfill = dg.define_asset_job(
    "backfill",
    selection=LAKE,
    description="Only ingest weeks into the lake, a year per request; `rebuild` publishes them.",
)
rebuild = dg.define_asset_job(
    "rebuild",
    selection=dg.AssetSelection.all() - REFERENCES - LAKE,
    description="Build, publish and export from the lake; sends no request.",
)
freshness = dg.define_asset_job(
    "freshness",
    selection=dg.AssetSelection.checks(newest_closed_week_is_published),
    description="Only check that the newest closed week is published.",
)


@dg.schedule(job=weekly, cron_schedule="0 8 * * 1", execution_timezone="UTC")
def monday(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Every Monday 08:00 UTC, ingest and publish the week that has just closed."""
    week = last_closed_week(context.scheduled_execution_time)
    return dg.RunRequest(run_key=f"{week}", partition_key=f"{week}")


noon = dg.ScheduleDefinition(
    name="freshness",
    job=freshness,
    cron_schedule="0 12 * * *",
    execution_timezone="UTC",
    description="Every noon UTC, check that the newest closed week is published.",
)

defs = dg.Definitions(
    assets=in_order(
        *REFERENCE,
        snapshot_tables,
        warehouse,
        *EXPORTS,
        report,
        notify,
    ),
    asset_checks=[newest_closed_week_is_published],
    jobs=[weekly, backfill, rebuild, freshness],
    schedules=[monday, noon],
    resources={"source": Source()},
    # One process: several would open two writers, and take three times as long.
    executor=dg.in_process_executor,
)
