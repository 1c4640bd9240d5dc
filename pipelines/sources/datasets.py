"""Every table of the lake: its rows, and how a response becomes rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from pydantic import BaseModel

from pipelines.arrow import arrow_schema
from pipelines.sources.contracts import catalogue, rankings, usage
from pipelines.sources.response import Response
from pipelines.sources.snapshot import Snapshot


@dataclass(frozen=True)
class Dataset:
    """A table of the lake; without the essential ones nothing can be published.

    `added` contains the columns that vintages of an older version lack, with their types in SQL.
    There they are NULL, until a replay makes the vintages again.
    """

    row: type[BaseModel]
    read: Callable[[Response], Snapshot]
    is_essential: bool = False
    added: Mapping[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> pa.Schema:
        """The columns, in order."""
        return arrow_schema(self.row)

    def reads(self, schema: pa.Schema) -> bool:
        """Whether a vintage of this schema can be read: it may lack columns that were added."""
        lacking = set(self.added) - set(schema.names)
        return bool(schema == pa.schema([one for one in self.schema if one.name not in lacking]))


DATASETS = {
    "rankings_daily": Dataset(
        rankings.RankingsDaily, rankings.reader(rankings.RankingsDaily), is_essential=True
    ),
    "models": Dataset(
        catalogue.Models,
        catalogue.read_models,
        is_essential=True,
        added={"served_context_length": "BIGINT"},
    ),
    "rankings_filtered": Dataset(
        rankings.RankingsFiltered, rankings.reader(rankings.RankingsFiltered)
    ),
    "rankings_sampled": Dataset(
        rankings.RankingsSampled, rankings.reader(rankings.RankingsSampled)
    ),
    "app_rankings": Dataset(usage.AppRankings, usage.read_apps),
    "session_costs": Dataset(usage.SessionCosts, usage.read_session_costs),
    "task_classifications": Dataset(usage.TaskClassifications, usage.read_tasks),
    "providers": Dataset(catalogue.Providers, catalogue.read_providers),
    "zero_retention_endpoints": Dataset(
        catalogue.ZeroRetentionEndpoints, catalogue.read_zero_retention
    ),
    "endpoints": Dataset(catalogue.Endpoints, catalogue.read_endpoints),
    "benchmarks": Dataset(usage.Benchmarks, usage.read_benchmarks),
    "activity": Dataset(
        usage.Activity,
        usage.read_activity,
        added={"byok_usd": "DOUBLE", "model_id": "VARCHAR", "workspace_id": "VARCHAR"},
    ),
}
"""In the order of `tables.TABLES`, that of a run's requests."""
