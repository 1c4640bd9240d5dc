"""The functions that a model may send its rows through, under the names its front matter uses."""

from collections.abc import Callable

import polars as pl

from pipelines import revenue

FUNCTIONS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "revenue_bands": revenue.bands,
}
"""Each takes the statement's rows and returns the table's. It must give the same for the same."""
