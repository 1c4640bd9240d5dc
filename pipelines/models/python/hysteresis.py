"""Which route carries a workload, given that of the week before.

A route is kept until a hard rule breaks it, its cost jumps within a week, or some other choice was
cheaper by `switch_saving` in two closed weeks in a row and the route was kept for `dwell_weeks`.
The rows come from sql/core/route/route_decision.sql.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TypedDict, cast

import polars as pl

WEEK = timedelta(days=7)

SCHEMA = {
    "week": pl.Date,
    "workload": pl.String,
    "model_id": pl.String,
    "escalation_model_id": pl.String,
    "previous_model_id": pl.String,
    "best_model_id": pl.String,
    "saving": pl.Float64,
    "weeks_beaten": pl.Int64,
    "weeks_held": pl.Int64,
    "action": pl.String,
    "cause": pl.String,
}


class Option(TypedDict):
    """A choice that may be made, as a row of the statement in route_decision.sql."""

    week: date
    workload: str
    preference: int
    model_id: str
    escalation_model_id: str
    primary_compared_usd: float
    compared_cost_usd: float
    recorded_model_id: str | None
    recorded_cost_usd: float
    recorded_weeks_held: int
    recorded_weeks_beaten: int
    switch_saving: float
    emergency_price_rise: float
    dwell_weeks: float


class Decision(TypedDict):
    """What is done in a week: the primary from then on, and why."""

    model_id: str
    previous_model_id: str | None
    best_model_id: str
    saving: float
    weeks_beaten: int
    weeks_held: int
    action: str
    cause: str


class RouteDecision(Decision):
    """A decision with its key and the escalation, as a row of `core.route_decision`."""

    week: date
    workload: str
    escalation_model_id: str


@dataclass(frozen=True)
class Incumbent:
    """The route of the week before, and what counts for replacing it."""

    week: date
    model_id: str
    cost: float
    weeks_held: int
    weeks_beaten: int


def route_decisions(options: pl.DataFrame) -> pl.DataFrame:
    """Return `core.route_decision`, one row per week and workload that has an option.

    `options` come sorted by workload, week and preference, the best first.
    """
    rows = cast("Iterator[Option]", options.iter_rows(named=True))
    decided = [
        decision
        for _, of_workload in groupby(rows, lambda row: row["workload"])
        for decision in _walk(of_workload)
    ]
    return pl.DataFrame(decided, schema=SCHEMA).sort("week", "workload")


def _walk(rows: Iterator[Option]) -> Iterator[RouteDecision]:
    """Yield the decisions of one workload, week by week; a missing week resets the history."""
    incumbent: Incumbent | None = None
    for week, of_week in groupby(rows, lambda row: row["week"]):
        options = list(of_week)
        recorded = options[0]["recorded_model_id"]
        if incumbent and incumbent.week != week - WEEK:
            incumbent = None
        if recorded:
            incumbent = Incumbent(
                week - WEEK,
                recorded,
                options[0]["recorded_cost_usd"],
                options[0]["recorded_weeks_held"],
                options[0]["recorded_weeks_beaten"],
            )
        decision = decide(options, incumbent)
        chosen = next(one for one in options if one["model_id"] == decision["model_id"])
        incumbent = Incumbent(
            week,
            chosen["model_id"],
            chosen["primary_compared_usd"],
            decision["weeks_held"],
            decision["weeks_beaten"],
        )
        yield {
            "week": week,
            "workload": options[0]["workload"],
            "escalation_model_id": chosen["escalation_model_id"],
            **decision,
        }


def decide(options: list[Option], incumbent: Incumbent | None) -> Decision:
    """Return what is done in a week: `options` are its choices, the best first, at least one.

    An incumbent without an option broke a hard rule.
    """
    best = options[0]
    if incumbent is None:
        return _decision(best, best, None, "start", "first_week", 0.0, 0)
    own = next((one for one in options if one["model_id"] == incumbent.model_id), None)
    if own is None:
        return _decision(best, best, incumbent, "switch", "broken_rule", 0.0, 0)
    saving = _saving(own, [one for one in options if one["model_id"] != own["model_id"]])
    beaten = incumbent.weeks_beaten + 1 if saving >= own["switch_saving"] else 0
    if own is best:
        return _decision(own, best, incumbent, "keep", "still_best", saving, beaten)
    if own["primary_compared_usd"] >= own["emergency_price_rise"] * incumbent.cost:
        return _decision(best, best, incumbent, "switch", "emergency_price_rise", saving, 0)
    if beaten >= 2 and incumbent.weeks_held >= own["dwell_weeks"]:
        return _decision(best, best, incumbent, "switch", "clear_saving", saving, 0)
    cause = "dwell" if beaten >= 2 else "no_clear_saving"
    return _decision(own, best, incumbent, "keep", cause, saving, beaten)


def _saving(own: Option, challengers: list[Option]) -> float:
    """Return what the cheapest challenger saves over the own choice, as a fraction; 0 if none."""
    cost = own["compared_cost_usd"]
    cheapest = min((one["compared_cost_usd"] for one in challengers), default=cost)
    return max(0.0, 1 - cheapest / cost) if cost > 0 else 0.0


def _decision(
    chosen: Option,
    best: Option,
    incumbent: Incumbent | None,
    action: str,
    cause: str,
    saving: float,
    beaten: int,
) -> Decision:
    held = incumbent.weeks_held + 1 if incumbent and action == "keep" else 1
    return {
        "model_id": chosen["model_id"],
        "previous_model_id": incumbent.model_id if incumbent else None,
        "best_model_id": best["model_id"],
        "saving": saving,
        "weeks_beaten": beaten,
        "weeks_held": held,
        "action": action,
        "cause": cause,
    }
