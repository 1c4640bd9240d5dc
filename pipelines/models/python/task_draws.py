"""The draws of what is not known of a route: its models' costs and quality, and what they share.

The cost of a task falls with the cached part of the replay and rises with the completions; an
escalation is used as often as failures are noticed and successes are doubted (sql/core/route/
route_choice.sql has the same at the mids):

`E[C] = C1 + p·C2`, `p = (1 − q1)·d + q1·f`, `Q = q1·(1 − f) + d·(q2 − q11) + f·q11`

A price may have changed by the next week, as often and as far as prices did in the weeks before.
Half of the draws take a promotion at its list price, half at the price before it.

A model's own draws depend on its name and the seed alone. Whichever models are drawn, d, f, the
cached part and the length of the completions are common to all. Whoever has rows makes arrays of
them: one row per model or choice, one column per draw.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.models.python.random_streams import normals

Numbers = npt.NDArray[np.floating[Any]]
"""32 bits: seven digits are enough for a draw, and half the memory makes it twice as fast."""

NORMAL = NormalDist()

BEYOND_QUALITY = "price of "
"""Names the stream of a model's price, which is independent of the stream of its quality."""


@dataclass(frozen=True)
class Chance:
    """What is drawn once for all models, one number per draw."""

    more_cached: Numbers
    more_output: Numbers
    detection: Numbers
    false_alarm: Numbers


MODEL = ("quality", "quality_sd", "compared_usd", "output_usd", "cache_gain_usd")
"""What a choice has of each of its models, next to the list price."""


class Models:
    """Models of one workload in one week, in rows."""

    def __init__(self, names: list[str], known: Mapping[str, npt.ArrayLike]) -> None:
        """Take numbers of each model, unknown is 0: `list_usd` and those of MODEL, USD a task."""
        self.names = names
        self._known = known

    def __getitem__(self, name: str) -> Numbers:
        """Return a column of numbers that meets rows of draws."""
        column: Numbers = np.asarray(self._known[name], dtype=np.float32).reshape(-1, 1)
        return column


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


class Streams:
    """The draws that are each model's own, and those that all share."""

    def __init__(self, names: Iterable[str], parameter: Mapping[str, Any]) -> None:
        seed, draws = int(parameter["seed"]), int(parameter["routing_draws"])
        names = set(names)
        self.common = chance(parameter)
        self.quality: dict[str, Numbers] = {
            name: normals(name, seed, draws, rows=1)[0].astype(np.float32) for name in names
        }
        self.price: dict[str, Numbers] = {
            name: normals(f"{BEYOND_QUALITY}{name}", seed, draws, rows=3) for name in names
        }

    def draw(
        self,
        models: Models,
        first: Sequence[int],
        second: Sequence[int],
        is_pair: npt.NDArray[np.bool_],
        parameter: Mapping[str, Any],
    ) -> Choices:
        """Draw models; a choice is made of the `first` and, if it is a pair, the `second`."""
        return Choices(
            cost=self._cost(models, parameter),
            quality=self._quality(models),
            first=np.array(first),
            second=np.array(second),
            is_pair=is_pair,
            common=self.common,
            correlation=np.float32(parameter["success_correlation"]),
        )

    def _cost(self, models: Models, parameter: Mapping[str, float]) -> Numbers:
        """Return the drawn cost of a task in USD, one row per model."""
        compared, moves = models["compared_usd"], [self.price[name] for name in models.names]
        shape = (
            compared
            - models["cache_gain_usd"] * self.common.more_cached
            + models["output_usd"] * self.common.more_output
        )
        list_share = models["list_usd"] / np.where(compared > 0, compared, 1)
        change = np.stack([price_change(one, parameter) for one in moves])
        is_list_price = np.stack([one[2] > 0 for one in moves])
        drawn: Numbers = shape * change * np.where(is_list_price, list_share, 1)
        return drawn

    def _quality(self, models: Models) -> Numbers:
        """Return drawn quality, one row per model: normal, as the posterior is."""
        own = np.stack([self.quality[name] for name in models.names])
        drawn: Numbers = models["quality"] + models["quality_sd"] * own
        return drawn


def percentiles(expected: Numbers) -> Numbers:
    """Return P10, P50 and P90 of the draws in each row."""
    places = [round(part * (expected.shape[1] - 1)) for part in (0.1, 0.5, 0.9)]
    found: Numbers = np.partition(expected, places, axis=1)[:, places]
    return found


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
