"""How sure a route is: its cost and quality under many draws of what is not known.

The cost of a task falls with the part of the replay that is cached and rises with the completions;
an escalation is asked as often as failures are noticed and successes are doubted:

`E[C] = C1 + p·C2`, `p = (1 − q1)·d + q1·f`, `Q = q1·(1 − f) + d·(q2 − q11) + f·q11`

A model's own draws depend on its name and the seed alone. Whoever is drawn, d, f, the cached part
and the length of the completions are common to all.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.models.python.random_streams import normals

Numbers = npt.NDArray[np.floating[Any]]
"""Of 32 bits: seven digits are enough for a draw, and half the memory is twice the speed."""

COLUMNS = ("floor_probability", "cost_p10", "cost_p50", "cost_p90", "best_share")
KEY = ("week", "workload", "model_id", "escalation_model_id")
MODEL = ("quality", "quality_low", "cost_per_task_usd", "cache_gain_usd", "output_cost_usd")
NOBODY = ""
"""The escalation of a workload without benchmarks."""


@dataclass(frozen=True)
class Chance:
    """What is drawn once for all models, a number a draw."""

    more_cached: Numbers
    more_output: Numbers
    detection: Numbers
    false_alarm: Numbers


def route_draws(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return `core.route_draw` for the pairs of its statement, sorted by its key.

    A row of `pairs` is a pair that may be chosen: costs in USD a task, quality as a fraction (or as
    points on the index where there is no second model), and the run's parameters in every row.
    """
    keys = pairs.select(KEY)
    if pairs.is_empty():
        return keys.hstack(pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.Float64)))
    parameter = pairs.row(0, named=True)
    common = chance(parameter)
    names = pl.concat([pairs["model_id"], pairs["escalation_model_id"]]).unique()
    seed, draws = int(parameter["seed"]), int(parameter["routing_draws"])
    own = {name: normals(name, seed, draws, rows=1)[0].astype(np.float32) for name in names}
    found = [
        _of_workload(part, parameter, common, own)
        for part in pairs.partition_by("week", "workload", maintain_order=True)
    ]
    values = pl.DataFrame(np.concatenate(found), schema=list(COLUMNS), orient="row")
    return keys.hstack(values.fill_nan(None))


def chance(parameter: dict[str, Any]) -> Chance:
    """Draw the parameters that all models share: uniform, and the completions lognormal."""
    draws = int(parameter["routing_draws"])
    generator = np.random.default_rng([int(parameter["seed"]), 1])

    def uniform(name: str) -> npt.NDArray[np.float64]:
        return generator.uniform(parameter[f"{name}_low"], parameter[f"{name}_high"], draws)

    return Chance(
        more_cached=(uniform("cache_hit") - parameter["cache_hit"]).astype(np.float32),
        detection=uniform("detection").astype(np.float32),
        false_alarm=uniform("false_alarm").astype(np.float32),
        more_output=np.expm1(
            parameter["output_log_sd"] * generator.standard_normal(draws), dtype=np.float64
        ).astype(np.float32),
    )


def _of_workload(
    pairs: pl.DataFrame, parameter: dict[str, Any], common: Chance, own: dict[str, Numbers]
) -> npt.NDArray[np.float64]:
    """Return one row of COLUMNS for every pair of one workload in one week."""
    models = _models(pairs)
    place = {name: number for number, name in enumerate(models["model_id"])}
    first = [place[name] for name in pairs["model_id"]]
    cost = _cost(models, common)
    quality = _quality(models, parameter["lower_bound_z"], own)
    floor = pairs["quality_floor"][0]
    if pairs["escalation_model_id"][0] == NOBODY:
        expected, reached = cost[first], quality[first]
    else:
        second = [place[name] for name in pairs["escalation_model_id"]]
        quality = quality.clip(0, 1)
        escalated = (1 - quality) * common.detection + quality * common.false_alarm
        expected = cost[first] + escalated[first] * cost[second]
        reached = pair_success(
            quality, first, second, common, np.float32(parameter["success_correlation"])
        )
    probability = np.full(len(pairs), np.nan) if floor is None else (reached >= floor).mean(axis=1)
    best = np.bincount(expected.argmin(axis=0), minlength=len(pairs)) / expected.shape[1]
    places = [round(part * (expected.shape[1] - 1)) for part in (0.1, 0.5, 0.9)]
    low, mid, high = np.partition(expected, places, axis=1)[:, places].T
    return np.column_stack([probability, low, mid, high, best])


def pair_success(
    quality: Numbers, first: list[int], second: list[int], common: Chance, correlation: np.float32
) -> Numbers:
    """Return how likely a task succeeds with both: kept, mended, or answered twice.

    `quality` has a row a model; `first` and `second` are the rows of each pair.
    """
    spread = np.sqrt(quality * (1 - quality))
    one, other = quality[first], quality[second]
    both = np.minimum(one * other + correlation * spread[first] * spread[second], one)
    both = np.minimum(both, other)
    kept = quality * (1 - common.false_alarm)
    reached: Numbers = kept[first] + common.detection * (other - both) + common.false_alarm * both
    return reached


def _models(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the models of these pairs once each, with what is known of them."""
    primary = pairs.select("model_id", *MODEL)
    escalation = pairs.select(
        pl.col("escalation_model_id").alias("model_id"),
        *(pl.col(f"second_{name}").alias(name) for name in MODEL),
    ).filter(pl.col("model_id") != NOBODY)
    return pl.concat([primary, escalation]).unique("model_id", maintain_order=True)


def _cost(models: pl.DataFrame, common: Chance) -> Numbers:
    """Return the drawn cost of a task in USD, a row a model."""
    drawn: Numbers = (
        _column(models, "cost_per_task_usd")
        - _column(models, "cache_gain_usd") * common.more_cached
        + _column(models, "output_cost_usd") * common.more_output
    )
    return drawn


def _quality(models: pl.DataFrame, bound: float, own: dict[str, Numbers]) -> Numbers:
    """Return drawn quality, a row a model: normal around the mid, so wide that the bound fits."""
    mid, low = _column(models, "quality"), _column(models, "quality_low")
    deviation = (mid - low) / np.float32(bound)
    drawn: Numbers = mid + deviation * np.stack([own[model] for model in models["model_id"]])
    return drawn


def _column(rows: pl.DataFrame, name: str) -> Numbers:
    """Return a column as a column vector, so that it meets rows of draws; unknown is 0."""
    filled: Numbers = rows[name].cast(pl.Float32).fill_null(0).to_numpy()
    return filled[:, None]
