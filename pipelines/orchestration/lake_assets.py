"""The snapshot assets: one per table of the lake, one partition per week, keyed by its Monday."""

import inspect
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.citation import LICENCE
from pipelines.errors import RefusalError
from pipelines.home import source_health
from pipelines.lake import coverage, ingest
from pipelines.lake.vintages import Vintage
from pipelines.orchestration.asset_metadata import preview
from pipelines.orchestration.retention import delete_old_runs
from pipelines.settings import settings
from pipelines.sources import plan
from pipelines.sources.datasets import DATASETS, Dataset
from pipelines.weeks import FIRST_WEEK, parse_week

# One run ingests a whole range of weeks; the policy for that is still marked beta.
warnings.filterwarnings("ignore", category=dg.BetaWarning, message=".*backfill_policy")

WEEKS = dg.WeeklyPartitionsDefinition(start_date=FIRST_WEEK.isoformat(), day_offset=1)


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
        skippable=not definition.is_essential,
        metadata={"dagster/column_schema": dg.TableSchema(columns), "licence": LICENCE},
    )


@dg.multi_asset(
    name="snapshots",
    specs=[_spec(table, definition) for table, definition in DATASETS.items()],
    partitions_def=WEEKS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    can_subset=True,
)
def snapshot_tables(
    context: dg.AssetExecutionContext, source: Source
) -> Iterator[dg.MaterializeResult[None]]:
    """Fetch every table, the essential ones first; any other may fail and is then skipped.

    The log and `tokenhouse status` show why a table was skipped.
    """
    keys = context.partition_key_range
    weeks = parse_week(keys.start), parse_week(keys.end)
    live = settings().is_live(source.live)
    coverage.check_weeks(live, *weeks)
    with ingest.open_client(settings(), live) as client:
        for table, definition in DATASETS.items():
            key = dg.AssetKey(["lake", table])
            if key not in context.selected_asset_keys:
                continue
            vintages = ingest.ingest_table(
                settings(), client, table, live, *weeks, source.with_open_week
            )
            if vintages or definition.is_essential:
                late = table in plan.PRESENT and _is_late(vintages, weeks[1])
                if late:
                    context.log.warning(
                        f"{table}: the source reports only the present, not {weeks[1]}"
                    )
                yield _result(key, vintages, definition.schema, late)
            else:
                known = source_health.read(settings().tokenhouse_home).get(table, {})
                context.log.warning(f"{table}: {known.get('reason', 'not in the recorded sample')}")


@dg.op
def fetch_last_days(context: dg.OpExecutionContext) -> None:
    """Fetch the catalogue and the rankings of the last seven closed days; forget old runs."""
    delete_old_runs(context.instance, settings().tokenhouse_record_days, datetime.now(UTC))
    try:
        with ingest.open_client(settings(), live=True) as client:
            vintages = ingest.ingest_last_days(settings(), client)
    except RefusalError as error:
        raise dg.Failure(f"{error}", allow_retries=False) from None
    context.log.info("; ".join(f"{one.table} as of {one.as_of}" for one in vintages))


def _is_late(vintages: list[Vintage], week: date) -> bool:
    """Whether a snapshot was made after the Tuesday that follows its week."""
    return any(one.as_of.date() > week + timedelta(days=8) for one in vintages)


def _result(
    key: dg.AssetKey, vintages: list[Vintage], schema: pa.Schema, late: bool
) -> dg.MaterializeResult[None]:
    """Return what the partition's page shows; `describes_its_week` is no for a late request."""
    rows = [pq.ParquetFile(vintage.path).read() for vintage in vintages]
    whole = pa.concat_tables(rows) if rows else schema.empty_table()
    return dg.MaterializeResult(
        asset_key=key,
        metadata={
            "dagster/row_count": len(whole),
            "vintages": len(vintages),
            "as_of": f"{max((one.as_of for one in vintages), default=None)}",
            "describes_its_week": not late,
            "preview": preview(whole),
        },
    )
