"""The whole Dagster graph on one page: assets, checks, jobs, schedules, resources.

`pipelines/definitions.py` is what Dagster's server loads; the commands run the same graph.
"""

import dagster as dg

from pipelines.orchestration.asset_metadata import in_order
from pipelines.orchestration.export_assets import EXPORTS
from pipelines.orchestration.freshness import newest_closed_week_is_published
from pipelines.orchestration.lake_assets import Source, fetch_last_days, snapshots_of
from pipelines.orchestration.report_assets import configurations, notify, report, runbook
from pipelines.orchestration.warehouse_assets import REFERENCE, warehouse
from pipelines.settings import settings
from pipelines.weeks import last_closed_week

NO_KEY = dg.SkipReason("no OPENROUTER_API_KEY: the recorded sample has no new weeks")

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


@dg.job
def daily_fetch() -> None:
    """Fetch the catalogue and the last seven closed days, for the weekly job to publish."""
    fetch_last_days()


@dg.schedule(
    job=weekly,
    cron_schedule="0 8 * * 1",
    execution_timezone="UTC",
    description="Every Monday 08:00 UTC, ingest and publish the week that has just closed.",
)
def monday(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Request the closed week, if there is a key."""
    if not settings().is_live():
        return NO_KEY
    week = last_closed_week(context.scheduled_execution_time)
    return dg.RunRequest(run_key=f"{week}", partition_key=f"{week}")


@dg.schedule(
    name="daily_fetch",
    job=daily_fetch,
    cron_schedule="0 6 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every day 06:00 UTC, fetch the catalogue and the last seven closed days.",
)
def morning() -> dg.RunRequest | dg.SkipReason:
    """Request the daily fetch, if there is a key."""
    return dg.RunRequest() if settings().is_live() else NO_KEY


@dg.schedule(
    name="freshness",
    job=freshness,
    cron_schedule="0 12 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every noon UTC, check that the newest closed week is published; notify if not.",
)
def noon() -> dg.RunRequest | dg.SkipReason:
    """Request the check, once anything is published."""
    if settings().database.exists():
        return dg.RunRequest()
    return dg.SkipReason("nothing is published yet")


def graph(weeks: dg.PartitionsDefinition[str]) -> dg.Definitions:
    """Return the graph with these weeks as the partitions of the lake's tables."""
    return dg.Definitions(
        assets=in_order(
            *REFERENCE,
            snapshots_of(weeks),
            warehouse,
            *EXPORTS,
            report,
            configurations,
            runbook,
            notify,
        ),
        asset_checks=[newest_closed_week_is_published],
        jobs=[weekly, backfill, rebuild, daily_fetch, freshness],
        schedules=[monday, morning, noon],
        resources={"source": Source()},
        # One process: several would open two writers, and take three times as long.
        executor=dg.in_process_executor,
    )
