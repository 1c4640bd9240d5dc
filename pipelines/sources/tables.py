"""Every table of the lake: its rows, and how an answer becomes them."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from pydantic import BaseModel

from pipelines.columns import arrow_schema
from pipelines.sources import catalogue, rankings, usage
from pipelines.sources.answer import Answer
from pipelines.sources.snapshot import Snapshot


@dataclass(frozen=True)
class Table:
    """A table; without an essential one nothing can be published."""

    row: type[BaseModel]
    read: Callable[[Answer], Snapshot]
    is_essential: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The columns, in order."""
        return arrow_schema(self.row)


TABLES = {
    "rankings_daily": Table(
        rankings.RankingsDaily, rankings.reader(rankings.RankingsDaily), is_essential=True
    ),
    "models": Table(catalogue.Models, catalogue.read_models, is_essential=True),
    "rankings_filtered": Table(
        rankings.RankingsFiltered, rankings.reader(rankings.RankingsFiltered)
    ),
    "rankings_sampled": Table(rankings.RankingsSampled, rankings.reader(rankings.RankingsSampled)),
    "app_rankings": Table(usage.AppRankings, usage.read_apps),
    "session_costs": Table(usage.SessionCosts, usage.read_session_costs),
    "task_classifications": Table(usage.TaskClassifications, usage.read_tasks),
    "providers": Table(catalogue.Providers, catalogue.read_providers),
    "zero_retention_endpoints": Table(
        catalogue.ZeroRetentionEndpoints, catalogue.read_zero_retention
    ),
    "endpoints": Table(catalogue.Endpoints, catalogue.read_endpoints),
    "benchmarks": Table(usage.Benchmarks, usage.read_benchmarks),
    "activity": Table(usage.Activity, usage.read_activity),
}
"""In the order in which a run asks: the essential ones first."""
