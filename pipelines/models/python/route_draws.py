"""How certain a route is: its cost and quality under many draws of what is not known.

The cost of a task falls with the cached part of the replay and rises with the completions; an
escalation is used as often as failures are noticed and successes are doubted (sql/core/route/
route_choice.sql has the same at the mids):

`E[C] = C1 + p·C2`, `p = (1 − q1)·d + q1·f`, `Q = q1·(1 − f) + d·(q2 − q11) + f·q11`

A price may have changed by the next week, as often and as far as prices did in the weeks before.
Half of the draws take a promotion at its list price, half at the price before it.

A model's own draws depend on its name and the seed alone. Whichever models are drawn, d, f, the
cached part and the length of the completions are common to all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.models.python.columns import numbers
from pipelines.models.python.random_streams import normals

Numbers = npt.NDArray[np.floating[Any]]
"""32 bits: seven digits are enough for a draw, and half the memory makes it twice as fast."""

COLUMNS = ("floor_probability", "cost_p10", "cost_p50", "cost_p90", "best_share")
KEY = ("week", "workload", "model_id", "escalation_model_id")
MODEL = ("quality", "quality_sd", "compared_usd", "output_usd", "cache_gain_usd")
ROLES = (
    ("primary", "model_id", "cost_per_task_usd"),
    ("escalation", "escalation_model_id", "escalation_cost_usd"),
)
"""The models of a choice: the prefix of the columns of MODEL, its name, and its list price."""
NORMAL = NormalDist()
ALONE = ""
"""The escalation of a choice without one."""

BEYOND_QUALITY = "price of "
"""Names the stream of a model's price, which is independent of the stream of its quality."""


@dataclass(frozen=True)
class Chance:
    """What is drawn once for all models, one number per draw."""

    more_cached: Numbers
    more_output: Numbers
    detection: Numbers
    false_alarm: Numbers


@dataclass(frozen=True)
class Choices:
    """The drawn models of one workload in one week, and which of them each choice is made of."""

    cost: Numbers
    """USD a task, one row per model."""
    quality: Numbers
    """Success, or points on the index; one row per model."""
    first: npt.NDArray[np.intp]
    second: npt.NDArray[np.intp]
    """The escalation's row; that of the primary itself where there is none."""
    is_pair: npt.NDArray[np.bool_]
    common: Chance
    correlation: np.float32

    def expected(self, which: npt.NDArray[np.intp]) -> Numbers:
        """Return the drawn cost of a task of some choices, in USD."""
        first, second = self.first[which], self.second[which]
        quality = self.quality[first].clip(0, 1)
        used = (1 - quality) * self.common.detection + quality * self.common.false_alarm
        drawn: Numbers = self.cost[first] + self.is_pair[which, None] * used * self.cost[second]
        return drawn

    def reached(self, which: npt.NDArray[np.intp]) -> Numbers:
        """Return the drawn quality of some choices: the primary's, or the success of both."""
        alone, is_pair = self.quality[self.first[which]], self.is_pair[which]
        if not is_pair.any():
            return alone
        both = pair_success(
            alone.clip(0, 1),
            self.quality[self.second[which]].clip(0, 1),
            self.common,
            self.correlation,
        )
        drawn: Numbers = np.where(is_pair[:, None], both, alone)
        return drawn


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
    parameter = choices.row(0, named=True)
    common = chance(parameter)
    names = pl.concat([choices["model_id"], choices["escalation_model_id"]]).unique()
    seed, draws = int(parameter["seed"]), int(parameter["routing_draws"])
    own: dict[str, Numbers] = {
        name: normals(name, seed, draws, rows=1)[0].astype(np.float32) for name in names
    }
    moves: dict[str, Numbers] = {
        name: normals(f"{BEYOND_QUALITY}{name}", seed, draws, rows=3) for name in names
    }
    return [
        (part, _draw(part, common, own, moves))
        for part in choices.partition_by("week", "workload", maintain_order=True)
    ]


def chance(parameter: Mapping[str, float]) -> Chance:
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


def pair_success(one: Numbers, other: Numbers, common: Chance, correlation: np.float32) -> Numbers:
    """Return how likely a task succeeds with both: kept, mended, or answered twice.

    `one` and `other` are the drawn successes of primary and escalation, one row per pair.
    """
    spread = np.sqrt(one * (1 - one) * other * (1 - other))
    both = np.minimum(np.minimum(one * other + correlation * spread, one), other)
    kept = one * (1 - common.false_alarm)
    reached: Numbers = kept + common.detection * (other - both) + common.false_alarm * both
    return reached


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
    places = [round(part * (expected.shape[1] - 1)) for part in (0.1, 0.5, 0.9)]
    low, mid, high = np.partition(expected, places, axis=1)[:, places].T
    return np.column_stack([probability, low, mid, high, best])


def _draw(
    rows: pl.DataFrame, common: Chance, own: dict[str, Numbers], moves: dict[str, Numbers]
) -> Choices:
    """Draw the models of one workload in one week."""
    parameter = rows.row(0, named=True)
    models = _models(rows)
    place = {name: number for number, name in enumerate(models["model_id"])}
    first = [place[name] for name in rows["model_id"]]
    second = [
        place[name] if name != ALONE else own_place
        for name, own_place in zip(rows["escalation_model_id"], first, strict=True)
    ]
    return Choices(
        cost=_cost(models, common, parameter, moves),
        quality=_quality(models, own),
        first=np.array(first),
        second=np.array(second),
        is_pair=(rows["escalation_model_id"] != ALONE).to_numpy(),
        common=common,
        correlation=np.float32(parameter["success_correlation"]),
    )


def _models(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the models of these choices once each, with what is known of them."""
    models = [
        rows.select(
            pl.col(name).alias("model_id"),
            pl.col(price).alias("list_usd"),
            *(pl.col(f"{role}_{column}").alias(column) for column in MODEL),
        )
        for role, name, price in ROLES
    ]
    return (
        pl.concat(models)
        .filter(pl.col("model_id") != ALONE)
        .unique("model_id", maintain_order=True)
    )


def _cost(
    models: pl.DataFrame, common: Chance, parameter: Mapping[str, float], moves: dict[str, Numbers]
) -> Numbers:
    """Return the drawn cost of a task in USD, one row per model."""
    compared = _column(models, "compared_usd")
    shape = (
        compared
        - _column(models, "cache_gain_usd") * common.more_cached
        + _column(models, "output_usd") * common.more_output
    )
    list_share = _column(models, "list_usd") / np.where(compared > 0, compared, 1)
    change = np.stack([price_change(moves[name], parameter) for name in models["model_id"]])
    is_list_price = np.stack([moves[name][2] > 0 for name in models["model_id"]])
    drawn: Numbers = shape * change * np.where(is_list_price, list_share, 1)
    return drawn


def price_change(moves: Numbers, parameter: Mapping[str, float]) -> Numbers:
    """Return the factor by which a price has changed a week later, one number per draw.

    The first row of `moves` says whether it rises, falls or stays, the second how far: a rise or a
    fall has the root mean square of those seen.
    """
    size = np.abs(moves[1])
    falls = moves[0] < _quantile(parameter["fall_share"])
    rises = moves[0] > -_quantile(parameter["rise_share"])
    logs = np.where(rises, parameter["rise_log"] * size, 0) - np.where(
        falls, parameter["fall_log"] * size, 0
    )
    factor: Numbers = np.exp(logs).astype(np.float32)
    return factor


def _quantile(share: float) -> float:
    """Return the standard normal below which a share of the draws is."""
    if share <= 0:
        return -np.inf
    return np.inf if share >= 1 else NORMAL.inv_cdf(share)


def _quality(models: pl.DataFrame, own: dict[str, Numbers]) -> Numbers:
    """Return drawn quality, one row per model: normal, with the posterior's mean and deviation."""
    mid, deviation = _column(models, "quality"), _column(models, "quality_sd")
    drawn: Numbers = mid + deviation * np.stack([own[model] for model in models["model_id"]])
    return drawn


def _column(rows: pl.DataFrame, name: str) -> Numbers:
    """Return a column as a column vector, so that it meets rows of draws; unknown is 0."""
    return numbers(rows, name, pl.Float32)[:, None]
