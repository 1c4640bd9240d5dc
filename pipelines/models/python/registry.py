"""The functions that a model may send its rows through, under the names its front matter uses."""

from collections.abc import Callable

import polars as pl

from pipelines.models.python import (
    hysteresis,
    rank_correlations,
    revenue_bands,
    route_breakevens,
    route_draws,
)
from pipelines.words import claims

FUNCTIONS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "rank_correlations": rank_correlations.rank_correlations,
    "revenue_bands": revenue_bands.bands,
    "route_draws": route_draws.route_draws,
    "route_breakevens": route_breakevens.route_breakevens,
    "claims_explained": claims.explained,
    "route_decisions": hysteresis.route_decisions,
}
"""Each takes the statement's rows and returns the table's. It must give the same for the same."""
