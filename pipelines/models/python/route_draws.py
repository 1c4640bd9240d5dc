"""How certain a route is: its cost and quality under many draws of what is not known.

The draws themselves, and what they are of, are in `task_draws`.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.models.python.columns import numbers
from pipelines.models.python.task_draws import MODEL, Choices, Models, Streams, percentiles

COLUMNS = ("floor_probability", "cost_p10", "cost_p50", "cost_p90", "best_share")
KEY = ("week", "workload", "model_id", "escalation_model_id")
ROLES = (
    ("primary", "model_id", "cost_per_task_usd"),
    ("escalation", "escalation_model_id", "escalation_cost_usd"),
)
"""The models of a choice: the prefix of the columns of MODEL, its name, and its list price."""

ALONE = ""
"""The escalation of a choice without one."""


def route_draws(choices: pl.DataFrame) -> pl.DataFrame:
    """Return `core.route_draw` for the choices of its statement, sorted by its key.

    A row of `choices` is one that may be made: USD a task, quality as a fraction (or as points on
    the index where nothing predicts success), and the run's parameters in every row.
    """
    keys = choices.select(KEY)
    if choices.is_empty():
        return keys.hstack(pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.Float64)))
    found = [_of_workload(part) for part in drawn(choices)]
    values = pl.DataFrame(np.concatenate(found), schema=list(COLUMNS), orient="row")
    return keys.hstack(values.fill_nan(None))


def drawn(choices: pl.DataFrame) -> list[tuple[pl.DataFrame, Choices]]:
    """Return the choices of each week and workload, in their order, with their draws."""
    names = pl.concat([choices["model_id"], choices["escalation_model_id"]]).unique()
    streams = Streams(names, choices.row(0, named=True))
    return [
        (part, _draw(part, streams))
        for part in choices.partition_by("week", "workload", maintain_order=True)
    ]


def floor_probability(
    rows: pl.DataFrame, choices: Choices, which: npt.NDArray[np.intp], floor: float | None
) -> npt.NDArray[np.float64]:
    """Return the share of draws in which some choices reach a floor; NaN where it is not known."""
    if floor is None:
        return np.full(len(which), np.nan)
    reached = (choices.reached(which) >= floor).mean(axis=1)
    is_known = rows["primary_quality"].is_not_null() & ~rows["is_inferred"]
    probability: npt.NDArray[np.float64] = np.where(is_known.to_numpy()[which], reached, np.nan)
    return probability


def _of_workload(part: tuple[pl.DataFrame, Choices]) -> npt.NDArray[np.float64]:
    """Return one row of COLUMNS for every choice of one workload in one week, sorted by primary."""
    rows, choices = part
    every = np.arange(len(rows))
    expected = choices.expected(every)
    probability = floor_probability(rows, choices, every, rows["quality_floor"][0])
    is_cheapest = expected <= expected.min(axis=0)
    _, starts, primary = np.unique(choices.first, return_index=True, return_inverse=True)
    best = np.logical_or.reduceat(is_cheapest, starts).mean(axis=1)[primary]
    return np.column_stack([probability, percentiles(expected), best])


def _draw(rows: pl.DataFrame, streams: Streams) -> Choices:
    """Draw the models of one workload in one week."""
    models = _models(rows)
    place = {name: number for number, name in enumerate(models.names)}
    first = [place[name] for name in rows["model_id"]]
    second = [
        place[name] if name != ALONE else own_place
        for name, own_place in zip(rows["escalation_model_id"], first, strict=True)
    ]
    is_pair = (rows["escalation_model_id"] != ALONE).to_numpy()
    return streams.draw(models, first, second, is_pair, rows.row(0, named=True))


def _models(rows: pl.DataFrame) -> Models:
    """Return the models of these choices once each, with what is known of them."""
    models = [
        rows.select(
            pl.col(name).alias("model_id"),
            pl.col(price).alias("list_usd"),
            *(pl.col(f"{role}_{column}").alias(column) for column in MODEL),
        )
        for role, name, price in ROLES
    ]
    found = (
        pl.concat(models)
        .filter(pl.col("model_id") != ALONE)
        .unique("model_id", maintain_order=True)
    )
    known = {name: numbers(found, name, pl.Float32) for name in ("list_usd", *MODEL)}
    return Models(found["model_id"].to_list(), known)
