"""What would change a choice: each value is found by making the choice again.

The choice is the one without hysteresis, in the order of sql/core/route/route_option.sql: the
lower step of cost, and inside it the higher probability of reaching the floor, then the lower P90
of cost, adoption, momentum and the names.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.models.python.columns import numbers
from pipelines.models.python.route_draws import drawn, floor_probability
from pipelines.models.python.task_draws import Choices

SCHEMA = {
    "week": pl.Date,
    "workload": pl.String,
    "price_rise": pl.Float64,
    "cache_hit": pl.Float64,
    "floor_up": pl.Float64,
    "floor_down": pl.Float64,
}

STEP = 1.1
"""Costs within a tenth of each other share a step, as in sql/core/route/route_choice.sql."""

HIGHEST_RISE = 10.0
"""A price that has to rise by more than that is said to change nothing."""

FLOORS = 20
"""Floors tried between today's and what the pick reaches; a change between two is narrowed down."""

HITS = 50
"""Cached parts tried between none and all."""

Changes = Callable[[float], bool]


class Place(NamedTuple):
    """What the models in one place of the choices cost, in USD a task, a number per choice."""

    compared_usd: npt.NDArray[np.float64]
    cache_gain_usd: npt.NDArray[np.float64]
    is_picked: npt.NDArray[np.bool_]
    """Whether the model is the pick's primary."""


@dataclass(frozen=True)
class Market:
    """The choices of one workload in one week, whether they reach the floor or not."""

    rows: pl.DataFrame
    choices: Choices

    @cached_property
    def pick(self) -> int:
        """The row of the published choice."""
        return int(self.rows["is_pick"].arg_true()[0])

    @cached_property
    def floor(self) -> float | None:
        """The workload's floor; None is none."""
        floor: float | None = self.rows["quality_floor"][0]
        return floor

    @cached_property
    def hit(self) -> float:
        """The cached part of the replay."""
        return float(self.rows["cache_hit"][0])

    @cached_property
    def quality_low(self) -> npt.NDArray[np.float64]:
        """Quality at the lower bound; what is unknown passes every floor, as in SQL."""
        return self.rows["choice_quality_low"].fill_null(math.inf).to_numpy()

    @cached_property
    def primary(self) -> Place:
        """What the primaries cost."""
        return self._place("primary", "model_id")

    @cached_property
    def escalation(self) -> Place:
        """What the escalations cost; nothing where there is none."""
        return self._place("escalation", "escalation_model_id")

    @cached_property
    def escalation_probability(self) -> npt.NDArray[np.float64]:
        """How often the escalation is used."""
        return numbers(self.rows, "escalation_probability")

    def _place(self, role: str, column: str) -> Place:
        return Place(
            numbers(self.rows, f"{role}_compared_usd"),
            numbers(self.rows, f"{role}_cache_gain_usd"),
            (self.rows[column] == self.rows["model_id"][self.pick]).to_numpy(),
        )

    def choose(
        self, factor: float = 1.0, hit: float | None = None, floor: float | None = None
    ) -> int | None:
        """Return the row that is chosen; None if nothing reaches the floor.

        `factor` multiplies the prices of the pick's primary, `hit` and `floor` replace today's.
        """
        floor = self.floor if floor is None else floor
        reached = self.quality_low >= (-math.inf if floor is None else floor)
        if not reached.any():
            return None
        cost = self._cost(factor, self.hit if hit is None else hit)
        steps = np.floor(np.log(np.maximum(cost, 1e-12)) / math.log(STEP))
        inside = np.flatnonzero(reached & (steps == steps[reached].min()))
        return int(inside[0]) if len(inside) == 1 else self._surest(inside, floor, factor)

    def cost_without_pick(self) -> tuple[float, float]:
        """Return what the pick costs: a part that moves with its primary's prices, and the rest."""
        moving = float(self._cost(2.0, self.hit)[self.pick] - self._cost(1.0, self.hit)[self.pick])
        return moving, float(self._cost(1.0, self.hit)[self.pick]) - moving

    def _cost(self, factor: float, hit: float) -> npt.NDArray[np.float64]:
        """Return the cost of a task of every choice, in USD."""
        first, second = (
            (place.compared_usd - (hit - self.hit) * place.cache_gain_usd)
            * np.where(place.is_picked, factor, 1.0)
            for place in (self.primary, self.escalation)
        )
        cost: npt.NDArray[np.float64] = first + self.escalation_probability * second
        return cost

    def _surest(self, inside: npt.NDArray[np.intp], floor: float | None, factor: float) -> int:
        """Return the choice that is preferred inside a step."""
        if floor is not None:
            probability = np.nan_to_num(floor_probability(self.rows, self.choices, inside, floor))
            inside = inside[probability == probability.max()]
        if len(inside) == 1:
            return int(inside[0])
        p90 = self._p90(inside, factor)
        order = self.rows[inside.tolist()].select(
            pl.Series("p90", p90),
            -pl.col("weeks_adopted"),
            -pl.col("momentum").fill_null(-1),
            "model_id",
            "escalation_model_id",
        )
        return int(inside[min(range(len(inside)), key=order.row)])

    def _p90(self, inside: npt.NDArray[np.intp], factor: float) -> npt.NDArray[np.floating[Any]]:
        cost = self.choices.cost
        if factor != 1:
            cost = cost.copy()
            cost[self.choices.first[self.pick]] *= factor
        expected = replace(self.choices, cost=cost).expected(inside)
        place = round(0.9 * (expected.shape[1] - 1))
        return np.partition(expected, place, axis=1)[:, place]


def route_breakevens(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `core.route_breakeven` for the choices of its statement, sorted by its key."""
    if rows.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    found = [
        (*part.row(0)[:2], *_breakevens(Market(part, choices))) for part, choices in drawn(rows)
    ]
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def _breakevens(market: Market) -> tuple[float | None, ...]:
    """Return price rise, cached part, and floors up and down at which the choice changes.

    A pick that is kept by hysteresis is no longer the choice: any rise, and no cached part.
    """
    highest = highest_floor(market)
    if market.choose() != market.pick:
        return 0.0, None, highest, None
    return price_rise(market), cache_hit(market), floor_up(market), floor_down(market)


def highest_floor(market: Market) -> float | None:
    """Return the highest floor that the pick reaches; None if there is none or it is inferred."""
    if market.floor is None or market.rows["is_inferred"][market.pick]:
        return None
    return float(market.quality_low[market.pick])


def price_rise(market: Market) -> float | None:
    """Return the rise of the primary's prices at which the choice changes; None is none to 11 ×."""
    moving, fixed = market.cost_without_pick()
    if moving <= 0:
        return None

    def changes(rise: float) -> bool:
        return market.choose(factor=1 + rise) != market.pick

    step = math.floor(math.log(moving + fixed) / math.log(STEP))
    before = 0.0
    while before <= HIGHEST_RISE:
        step += 1
        border = (STEP**step - fixed) / moving - 1
        if changes(border + 1e-9):
            return border if not changes(border - 1e-9) else narrowed(changes, before, border)
        before = border
    return None


def cache_hit(market: Market) -> float | None:
    """Return the nearest cached part of the replay at which the choice changes; None is none."""

    def changes(hit: float) -> bool:
        return market.choose(hit=hit) != market.pick

    sides = [
        found for end in (0.0, 1.0) if (found := _first_change(changes, market.hit, end, HITS))
    ]
    return min(sides, key=lambda hit: abs(hit - market.hit), default=None)


def floor_up(market: Market) -> float | None:
    """Return the highest floor with the same choice; None without one, or if it is inferred."""
    best = highest_floor(market)
    if best is None or market.floor is None:
        return None
    found = _first_change(
        lambda floor: market.choose(floor=floor) != market.pick, market.floor, best, FLOORS
    )
    return best if found is None else found


def floor_down(market: Market) -> float | None:
    """Return the highest floor under today's at which the choice changes; None is none."""
    if market.floor is None:
        return None

    def changes(floor: float) -> bool:
        return market.choose(floor=floor) != market.pick

    before = market.floor
    # A floor that no other choice reaches still decides which is the surest; 0 is the lowest.
    lower = {0.0, *market.quality_low.tolist()}
    for floor in sorted((one for one in lower if one < before), reverse=True):
        if changes(floor):
            above = math.nextafter(floor, math.inf)
            return floor if not changes(above) else narrowed(changes, before, above)
        before = floor
    return None


def _first_change(changes: Changes, start: float, end: float, steps: int) -> float | None:
    """Return where a choice first changes on the way from `start` to `end`."""
    before = start
    for value in _between(start, end, steps):
        if changes(value):
            return narrowed(changes, before, value)
        before = value
    return None


def _between(start: float, end: float, steps: int) -> Iterator[float]:
    return (start + (end - start) * step / steps for step in range(1, steps + 1))


def narrowed(changes: Changes, unchanged: float, changed: float) -> float:
    """Return the last value without the change, between one without and one with it."""
    for _ in range(40):
        middle = (unchanged + changed) / 2
        if changes(middle):
            changed = middle
        else:
            unchanged = middle
    return unchanged
