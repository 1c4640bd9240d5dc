"""What Dagster's server loads: the graph, with the weeks that can be ingested as its partitions."""

from pipelines.orchestration.graph import graph
from pipelines.orchestration.lake_assets import EVERY_WEEK, recorded_weeks
from pipelines.settings import settings

defs = graph(EVERY_WEEK if settings().is_live() else recorded_weeks())
