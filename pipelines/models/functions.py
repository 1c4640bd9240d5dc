"""The functions that a model may send its rows through, under the names its front matter uses."""

from collections.abc import Callable

import polars as pl

from pipelines import revenue
from pipelines.routing import draws, memory

FUNCTIONS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "revenue_bands": revenue.bands,
    "route_draws": draws.route_draws,
    "route_decisions": memory.route_decisions,
}
"""Each takes the statement's rows and returns the table's. It must give the same for the same."""
