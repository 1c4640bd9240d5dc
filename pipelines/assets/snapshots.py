"""The snapshot assets: one partition a week, keyed by its Monday."""

import warnings

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import lake, snapshots
from pipelines.assets.metadata import preview
from pipelines.citation import LICENCE
from pipelines.errors import RefusalError
from pipelines.settings import settings
from pipelines.weeks import FIRST_WEEK, parse_week

# One call answers a whole range of weeks; the policy that says so is still marked beta.
warnings.filterwarnings("ignore", category=dg.BetaWarning, message=".*backfill_policy")

WEEKS = dg.WeeklyPartitionsDefinition(start_date=FIRST_WEEK.isoformat(), day_offset=1)


class Source(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where answers come from: `live`, `sample`, or `auto`, which is live if a key is set."""

    mode: str = "auto"

    def is_live(self) -> bool:
        """Return whether to ask the live API; RefusalError for live without a key."""
        has_key = bool(settings().openrouter_api_key)
        if self.mode == "live" and not has_key:
            raise RefusalError("live needs a key: set OPENROUTER_API_KEY, or use --sample")
        if self.mode not in ("auto", "live", "sample"):
            raise RefusalError(f"source mode {self.mode!r} is none of auto, live, sample")
        return has_key if self.mode == "auto" else self.mode == "live"


def _column_schema(table: str) -> dg.TableSchema:
    return dg.TableSchema(
        [dg.TableColumn(field.name, str(field.type)) for field in lake.SCHEMAS[table]]
    )


def _result(vintages: list[lake.Vintage], table: str) -> dg.MaterializeResult[None]:
    rows = [pq.read_table(vintage.path) for vintage in vintages]
    whole = pa.concat_tables(rows) if rows else lake.SCHEMAS[table].empty_table()
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(whole),
            "vintages": len(vintages),
            "as_of": f"{max((v.as_of for v in vintages), default=None)}",
            "preview": preview(whole),
        }
    )


@dg.asset(
    key=["lake", "rankings_daily"],
    partitions_def=WEEKS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="lake",
    kinds={"parquet"},
    metadata={
        "dagster/column_schema": _column_schema("rankings_daily"),
        "licence": LICENCE,
    },
)
def rankings_daily(context: dg.AssetExecutionContext, source: Source) -> dg.MaterializeResult[None]:
    """Tokens per model and day of a week and the 35 days that end with it, as OpenRouter answered.

    Append-only: asking again writes another vintage, and restatements stay visible.
    """
    keys = context.partition_key_range
    weeks = parse_week(keys.start), parse_week(keys.end)
    live = source.is_live()
    snapshots.check_weeks(live, *weeks)
    return _result(snapshots.rankings(settings(), live, *weeks), "rankings_daily")


@dg.asset(
    key=["lake", "models"],
    partitions_def=WEEKS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="lake",
    kinds={"parquet"},
    metadata={"dagster/column_schema": _column_schema("models"), "licence": "facts"},
)
def models(context: dg.AssetExecutionContext, source: Source) -> dg.MaterializeResult[None]:
    """The model catalogue with its prices: today's when live, all of the week's from the sample.

    A past week cannot be asked for: the API gives only the catalogue of now.
    """
    keys = context.partition_key_range
    weeks = parse_week(keys.start), parse_week(keys.end)
    live = source.is_live()
    snapshots.check_weeks(live, *weeks)
    return _result(snapshots.catalogues(settings(), live, *weeks), "models")
