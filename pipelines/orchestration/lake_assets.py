"""The snapshot assets: one per table of the lake, one partition per week, keyed by its Monday."""

import inspect
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.citation import LICENCE
from pipelines.home import source_health
from pipelines.lake import coverage, ingest
from pipelines.lake.vintages import Vintage
from pipelines.orchestration.asset_metadata import preview
from pipelines.orchestration.refused import in_one_line
from pipelines.orchestration.retention import delete_old_runs
from pipelines.settings import settings
from pipelines.sources import plan, sample
from pipelines.sources.datasets import DATASETS, Dataset
from pipelines.weeks import FIRST_WEEK, contiguous, parse_week

# One run ingests a whole range of weeks; the policy for that is still marked beta.
warnings.filterwarnings("ignore", category=dg.BetaWarning, message=".*backfill_policy")

EVERY_WEEK = dg.WeeklyPartitionsDefinition(start_date=FIRST_WEEK.isoformat(), day_offset=1)
"""The partitions that the live source has."""


def recorded_weeks() -> dg.StaticPartitionsDefinition:
    """Return the partitions that the recorded sample has."""
    return dg.StaticPartitionsDefinition([f"{week}" for week in sample.recorded_weeks()])


class Source(dg.ConfigurableResource["Source"]):
    """Where responses come from: the live API or the recorded sample, by default as keys are set.

    `with_open_week` also requests the days since the newest closed week.
    """

    live: bool | None = None
    with_open_week: bool = False


def _spec(table: str, definition: Dataset) -> dg.AssetSpec:
    columns = [dg.TableColumn(one.name, f"{one.type}") for one in definition.schema]
    return dg.AssetSpec(
        ["lake", table],
        group_name="lake",
        kinds={"parquet"},
        description=inspect.getdoc(definition.row),
        metadata={"dagster/column_schema": dg.TableSchema(columns), "licence": LICENCE},
    )


def snapshots_of(weeks: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """Return the step that fetches every table, with these weeks as its partitions."""

    @dg.multi_asset(
        name="snapshots",
        specs=[_spec(table, definition) for table, definition in DATASETS.items()],
        partitions_def=weeks,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    @in_one_line
    def snapshots(
        context: dg.AssetExecutionContext, source: Source
    ) -> Iterator[dg.MaterializeResult[None]]:
        """Fetch every table, the essential ones first; any other may have no response.

        The log, the table's page and `tokenhouse status` then show why.
        """
        groups = list(contiguous([parse_week(key) for key in sorted(context.partition_keys)]))
        live = settings().is_live(source.live)
        for group in groups:
            coverage.check_weeks(live, *group)
        with ingest.open_client(settings(), live) as client:
            for table, definition in DATASETS.items():
                key = dg.AssetKey(["lake", table])
                if key not in context.selected_asset_keys:
                    continue
                vintages = [
                    vintage
                    for group in groups
                    for vintage in ingest.ingest_table(
                        settings(), client, table, live, *group, source.with_open_week
                    )
                ]
                yield _result(context, key, vintages, definition.schema, groups[-1][1])

    return snapshots


@dg.op
@in_one_line
def fetch_last_days(context: dg.OpExecutionContext) -> None:
    """Fetch the catalogue and the rankings of the last seven closed days; forget old runs."""
    delete_old_runs(context.instance, settings().tokenhouse_record_days, datetime.now(UTC))
    with ingest.open_client(settings(), live=True) as client:
        vintages = ingest.ingest_last_days(settings(), client)
    context.log.info("; ".join(f"{one.table} as of {one.as_of}" for one in vintages))


def _result(
    context: dg.AssetExecutionContext,
    key: dg.AssetKey,
    vintages: list[Vintage],
    schema: pa.Schema,
    week: date,
) -> dg.MaterializeResult[None]:
    """Return what the partition's page shows: rows, or why there are none.

    `describes_its_week` is no for a table of the present that was requested after the Tuesday that
    follows the week.
    """
    table = key.path[-1]
    if not vintages:
        reason = _reason(table)
        context.log.warning(f"{table}: {reason}")
        return dg.MaterializeResult(
            asset_key=key, metadata={"dagster/row_count": 0, "no_response": reason}
        )
    late = table in plan.PRESENT and any(
        one.as_of.date() > week + timedelta(days=8) for one in vintages
    )
    if late:
        context.log.warning(f"{table}: the source reports only the present, not {week}")
    whole = pa.concat_tables([pq.ParquetFile(vintage.path).read() for vintage in vintages])
    return dg.MaterializeResult(
        asset_key=key,
        metadata={
            "dagster/row_count": len(whole),
            "vintages": len(vintages),
            "as_of": f"{max(one.as_of for one in vintages)}",
            "describes_its_week": not late,
            "preview": preview(whole),
        },
    )


def _reason(table: str) -> str:
    """Return why there is no response: the source's refusal, or that none was requested."""
    health = source_health.read(settings().tokenhouse_home).get(table, {})
    return health.get("reason", "nothing was requested: `tokenhouse plan` lists the requests")
