"""A small market of candidates, chosen from by the SQL models and by hand."""

import itertools
import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date

import duckdb
from hypothesis import strategies as st

from pipelines.models import build, definition
from pipelines.reference.loader import load

WEEK = date(2026, 7, 13)
MODELS = {model.name: model for model in definition.load()}
CHAIN = ("core.parameter", "core.route_choice", "core.route_draw", "core.route_option")
GIVEN = ("core.route_verdict", "core.route_cost")


@dataclass(frozen=True)
class Offer:
    """A candidate: name, cost of a task in USD, success in the mean and at the lower bound."""

    name: str
    cost: float
    success: float
    success_low: float


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


@contextmanager
def market(candidates: list[Offer], floor: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection on which the routing models have chosen among these candidates."""
    with closing(duckdb.connect(config={"threads": 1})) as connection:
        for schema in definition.SCHEMAS:
            connection.sql(f"CREATE SCHEMA {schema}")
        parameter = load("parameter")
        connection.register("incoming", parameter)
        connection.sql("CREATE SCHEMA reference")
        connection.sql("CREATE TABLE reference.parameter AS FROM incoming")
        connection.sql(
            "CREATE TABLE staging.workload AS SELECT 'work' AS workload, "
            "$1::DOUBLE AS quality_floor, NULL::DOUBLE AS index_floor",
            params=[floor],
        )
        for table in GIVEN:
            columns = ", ".join(f"{one.name} {one.type}" for one in MODELS[table].columns)
            connection.sql(f"CREATE TABLE {table} ({columns})")
        for one in candidates:
            connection.sql(
                "INSERT INTO core.route_verdict BY NAME SELECT $1::DATE AS week, "
                "'work' AS workload, $2 AS model_id, $2 AS vendor, 'US' AS bloc, "
                "4 AS weeks_adopted, $3 AS success, $4 AS success_low",
                params=[WEEK, one.name, one.success, one.success_low],
            )
            connection.sql(
                "INSERT INTO core.route_cost BY NAME SELECT $1::DATE AS week, "
                "'work' AS workload, $2 AS model_id, $3 AS cost_per_task_usd, "
                "0.3 * $3 AS output_cost_usd, 0.4 * $3 AS cache_gain_usd",
                params=[WEEK, one.name, one.cost],
            )
        for name in CHAIN:
            build.create(connection, MODELS[name])
        yield connection


def chosen(candidates: list[Offer], floor: float) -> tuple[str, str, float, float] | None:
    """Return the best pair by the models: names, expected cost, success at the lower bound."""
    with market(candidates, floor) as connection:
        rows = connection.sql(
            "SELECT model_id, escalation_model_id, expected_cost_usd, success_low "
            "FROM core.route_option WHERE preference = 1"
        ).fetchall()
    return rows[0] if rows else None


def chain(first: float, second: float) -> float:
    """Return the success of a pair, computed independently: d = .7, f = .05, rho = .5."""
    both = min(
        first,
        second,
        first * second + 0.5 * math.sqrt(first * (1 - first) * second * (1 - second)),
    )
    return first * 0.95 + 0.7 * (second - both) + 0.05 * both


def by_hand(candidates: list[Offer], floor: float) -> list[tuple[str, str, float]]:
    """Return every pair that reaches the floor with its expected cost, by brute force."""
    found = []
    for one, other in itertools.permutations(candidates, 2):
        if chain(one.success_low, other.success_low) >= floor:
            escalated = (1 - one.success) * 0.7 + one.success * 0.05
            found.append((one.name, other.name, one.cost + escalated * other.cost))
    return found


def step(cost: float) -> int:
    """Return the step of a cost: those within about a tenth share one."""
    return math.floor(math.log(cost) / math.log(1.1))


def cheaper(candidates: list[Offer], name: str, factor: float) -> list[Offer]:
    """Return the market with one candidate's price multiplied."""
    return [replace(one, cost=one.cost * factor) if one.name == name else one for one in candidates]
