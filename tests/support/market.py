"""A small market of candidates, chosen from by the SQL models and by hand."""

import itertools
import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import duckdb
import polars as pl
from hypothesis import strategies as st

from pipelines.models import creation, definition
from pipelines.reference.loader import load

WEEK = date(2026, 7, 13)
MODELS = {model.name: model for model in definition.load()}
CHAIN = (
    "core.parameter",
    "core.route_floor",
    "core.route_choice",
    "core.route_draw",
    "core.route_option",
)
GIVEN = (
    "staging.workload",
    "private.quality",
    "core.route_verdict",
    "core.route_cost",
    "core.route_price_risk",
)
NO_RISK = {"changes_known": 0, "rise_share": 0, "rise_log": 0, "fall_share": 0, "fall_log": 0}


@dataclass(frozen=True)
class Offer:
    """A candidate: name, cost of a task in USD, success in the mean and at the lower bound.

    `cache_gain` is what a task would cost less if all of its replay were cached. A model that is
    inferred has its numbers in the private file alone.
    """

    name: str
    cost: float
    success: float | None
    success_low: float | None
    cache_gain: float | None = None
    is_inferred: bool = False


@st.composite
def offers(draw: st.DrawFn, most: int = 6) -> list[Offer]:
    """Draw a market in which costs and qualities differ widely."""
    count = draw(st.integers(2, most))
    found = []
    for number in range(count):
        success = draw(st.floats(0.05, 0.98))
        cost = draw(st.floats(1e-4, 5.0))
        low = success * draw(st.floats(0.7, 1.0))
        found.append(Offer(f"author{number}/model", cost, success, low))
    return found


@dataclass(frozen=True)
class Market:
    """The candidates of one workload and what is demanded of them.

    The floor is absolute, or a share `of_reserve` of what the best candidate reaches; each model
    is 150 points on the index.
    """

    candidates: list[Offer]
    floor: float | None
    escalation: str = "caller"
    of_reserve: float | None = None
    index_floor: float | None = None


@contextmanager
def choosing(*markets: Market) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection on which the routing models have chosen in each market, once for all.

    The workload of a market is its number.
    """
    with closing(duckdb.connect(config={"threads": 1})) as connection:
        for schema in definition.SCHEMAS:
            connection.sql(f"CREATE SCHEMA {schema}")
        connection.register("incoming", load("parameter"))
        connection.sql("CREATE SCHEMA reference")
        connection.sql("CREATE TABLE reference.parameter AS FROM incoming")
        for table in GIVEN:
            columns = ", ".join(f"{one.name} {one.type}" for one in MODELS[table].columns)
            connection.sql(f"CREATE TABLE {table} ({columns})")
        _insert(connection, "staging.workload", [_workload(*one) for one in enumerate(markets)])
        _insert(connection, "core.route_price_risk", [{"week": WEEK, **NO_RISK}])
        offered = [
            ({"week": WEEK, "workload": f"{number}", "model_id": one.name}, one)
            for number, market in enumerate(markets)
            for one in market.candidates
        ]
        known = [key | _quality(one) for key, one in offered]
        _insert(connection, "private.quality", known)
        shown = [
            key | _verdict(one) | ({} if one.is_inferred else _quality(one)) for key, one in offered
        ]
        _insert(connection, "core.route_verdict", shown)
        _insert(connection, "core.route_cost", [key | _cost(one) for key, one in offered])
        for name in CHAIN:
            creation.create(connection, MODELS[name])
        yield connection


def _workload(number: int, market: Market) -> dict[str, Any]:
    return {
        "workload": f"{number}",
        "has_benchmarks": True,
        "escalation": market.escalation,
        "quality_floor": market.floor,
        "quality_floor_of_reserve": market.of_reserve,
        "index_floor": market.index_floor,
    }


def _verdict(one: Offer) -> dict[str, Any]:
    return {
        "vendor": one.name,
        "bloc": "US",
        "weeks_adopted": 4,
        "is_inferred": one.is_inferred,
    }


def _quality(one: Offer) -> dict[str, Any]:
    if one.success is None or one.success_low is None:
        return {"success": None, "success_low": None, "success_sd": None}
    return {
        "success": one.success,
        "success_low": one.success_low,
        "success_sd": (one.success - one.success_low) / (1.28 if one.is_inferred else 0.84),
        "capability": 150.0,
        "capability_low": 150.0,
    }


def _cost(one: Offer) -> dict[str, Any]:
    return {
        "cost_per_task_usd": one.cost,
        "cost_per_million_usd": one.cost,
        "compared_cost_usd": one.cost,
        "output_cost_usd": 0.3 * one.cost,
        "cache_gain_usd": 0.4 * one.cost if one.cache_gain is None else one.cache_gain,
    }


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows; columns without a value are NULL."""
    connection.register("incoming", pl.DataFrame(rows, infer_schema_length=None))
    connection.sql(f"INSERT INTO {table} BY NAME FROM incoming")


Choice = tuple[str, str, float, float]
"""The names of primary and escalation, expected cost, success at the lower bound."""


def chosen(*markets: Market) -> list[Choice | None]:
    """Return the best choice by the models in each market; None where there is none."""
    with choosing(*markets) as connection:
        rows = connection.sql(
            "SELECT workload, model_id, escalation_model_id, expected_cost_usd, success_low "
            "FROM core.route_option WHERE preference = 1"
        ).fetchall()
    found = {row[0]: row[1:] for row in rows}
    return [found.get(f"{number}") for number in range(len(markets))]


def chain(first: float, second: float) -> float:
    """Return the success of a pair, computed independently: d = .7, f = .05, rho = .5."""
    both = min(
        first,
        second,
        first * second + 0.5 * math.sqrt(first * (1 - first) * second * (1 - second)),
    )
    return first * 0.95 + 0.7 * (second - both) + 0.05 * both


def by_hand(market: Market) -> list[tuple[str, str, float]]:
    """Return every choice that may be made with its expected cost, by brute force.

    Each model alone and, if the caller escalates, each pair that succeeds more often than its
    primary in the mean and at the lower bound.
    """
    floor = market.floor or 0.0
    known = [
        (one.name, one.cost, one.success, one.success_low)
        for one in market.candidates
        if one.success is not None and one.success_low is not None
    ]
    found = [(name, "", cost) for name, cost, _, low in known if low >= floor]
    for (name, cost, mid, low), (other, second, other_mid, other_low) in itertools.permutations(
        known, 2
    ):
        raises = chain(mid, other_mid) > mid and chain(low, other_low) > low
        if market.escalation == "caller" and raises and chain(low, other_low) >= floor:
            found.append((name, other, cost + ((1 - mid) * 0.7 + mid * 0.05) * second))
    return found


def step(cost: float) -> int:
    """Return the step of a cost: those within about a tenth share one."""
    return math.floor(math.log(cost) / math.log(1.1))


def cheaper(market: Market, name: str, factor: float) -> Market:
    """Return the market with one candidate's price multiplied."""
    offers = [
        replace(one, cost=one.cost * factor) if one.name == name else one
        for one in market.candidates
    ]
    return replace(market, candidates=offers)
