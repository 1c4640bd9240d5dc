"""The functions that a model may send its rows through, under the names its front matter uses.

Their modules are imported when a function is called: most commands call none of them.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

Function = Callable[["pl.DataFrame"], "pl.DataFrame"]


def _of(module: str, name: str) -> Function:
    def call(rows: "pl.DataFrame") -> "pl.DataFrame":
        found: Function = getattr(import_module(f"pipelines.{module}"), name)
        return found(rows)

    return call


FUNCTIONS: dict[str, Function] = {
    "rank_correlations": _of("models.python.rank_correlations", "rank_correlations"),
    "revenue_bands": _of("models.python.revenue_bands", "bands"),
    "route_draws": _of("models.python.route_draws", "route_draws"),
    "route_breakevens": _of("models.python.route_breakevens", "route_breakevens"),
    "claims_explained": _of("words.claims", "explained"),
    "route_decisions": _of("models.python.hysteresis", "route_decisions"),
}
"""Each takes the statement's rows and returns the table's. It must give the same for the same."""
