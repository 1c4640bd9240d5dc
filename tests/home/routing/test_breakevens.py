"""A break-even is where the choice changes: made again in SQL just before it and just beyond."""

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.home.database import connect
from pipelines.models.rerun import rerun

WEEK = date(2026, 7, 13)
GIVEN = (
    "core.route_verdict",
    "core.route_cost",
    "core.route_promotion",
    "core.route_floor",
    "core.route_price_risk",
    "core.parameter",
    "staging.workload",
)
"""What a choice is made from; of the tables by week, that week alone."""

Certificate = dict[str, Any]


@pytest.fixture(scope="module")
def certificates(database: Path) -> list[Certificate]:
    """The certificates of picks that are the choice, and are not kept against it."""
    with closing(connect(database)) as connection:
        rows: list[Certificate] = (
            connection.sql(
                "SELECT certificate.* FROM marts.routing_certificate AS certificate "
                "INNER JOIN marts.routing_history AS history USING (week, workload) "
                f"WHERE week = '{WEEK}' AND history.model_id = history.best_model_id"
            )
            .pl()
            .to_dicts()
        )
    assert len(rows) >= 4
    return rows


def choices(
    database: Path, recomputed: frozenset[str] = frozenset(), **edits: str
) -> dict[str, str]:
    """Return the choice of each workload where columns of the given tables are edited.

    An edit names a table by its last part and is an expression for `SELECT * REPLACE`.
    """
    with closing(connect(database)) as connection:
        replaced = {
            name: connection.sql(
                f"SELECT * {edit(name, edits)} FROM {name} {only_this_week(name)}"
            ).to_arrow_table()
            for name in GIVEN
            if name not in recomputed
        }
    with rerun(database, replaced, {"core.route_option"}) as connection:
        return dict(
            connection.sql(
                "SELECT workload, model_id FROM core.route_option WHERE preference = 1"
            ).fetchall()
        )


def edit(name: str, edits: dict[str, str]) -> str:
    expression = edits.get(name.partition(".")[2])
    return f"REPLACE ({expression})" if expression else ""


def only_this_week(name: str) -> str:
    return f"WHERE week = '{WEEK}'" if name.startswith("core.route_") else ""


def by_workload(values: dict[str, float], otherwise: str) -> str:
    """Return an SQL expression with a value for each workload."""
    cases = " ".join(f"WHEN '{name}' THEN {value!r}" for name, value in values.items())
    return f"CASE workload {cases} ELSE {otherwise} END"


def test_the_choice_is_the_published_one_if_nothing_is_edited(
    database: Path, certificates: list[Certificate]
) -> None:
    made = choices(database)
    for one in certificates:
        assert made[one["workload"]] == one["model_id"]


@pytest.mark.accept
def test_a_rise_of_its_prices(database: Path, certificates: list[Certificate]) -> None:
    found = [one for one in certificates if one["breakeven_price_rise"]]
    assert len(found) >= 4

    def choose(more: float) -> dict[str, str]:
        factor = "CASE workload || ' ' || model_id {} ELSE 1 END".format(
            " ".join(
                f"WHEN '{one['workload']} {one['model_id']}' "
                f"THEN {1 + one['breakeven_price_rise'] + more!r}"
                for one in found
            )
        )
        columns = ("compared_cost_usd", "output_cost_usd", "cache_gain_usd", "cost_per_task_usd")
        return choices(
            database, route_cost=", ".join(f"{one} * {factor} AS {one}" for one in columns)
        )

    before, beyond = choose(-1e-5), choose(1e-5)
    for one in found:
        assert before[one["workload"]] == one["model_id"]
        assert beyond[one["workload"]] != one["model_id"]


@pytest.mark.accept
@pytest.mark.parametrize(("column", "is_changed_at"), [("floor_up", 1e-6), ("floor_down", -1e-6)])
def test_a_floor(
    column: str, is_changed_at: float, database: Path, certificates: list[Certificate]
) -> None:
    floors = {one["workload"]: one[f"breakeven_{column}"] for one in certificates}
    floors = {name: floor for name, floor in floors.items() if floor is not None}
    assert len(floors) >= 2

    def choose(more: float) -> dict[str, str]:
        moved = {name: floor + more for name, floor in floors.items()}
        return choices(
            database,
            route_floor=f"{by_workload(moved, 'quality_floor')} AS quality_floor",
            workload=f"CASE WHEN has_benchmarks THEN index_floor "
            f"ELSE {by_workload(moved, 'index_floor')} END AS index_floor",
        )

    before, beyond = choose(-is_changed_at), choose(is_changed_at)
    picks = {one["workload"]: one["model_id"] for one in certificates}
    for name in floors:
        assert before[name] == picks[name]
        assert beyond.get(name) != picks[name]


@pytest.mark.parametrize("hit", [0.0, 0.5, 1.0])
def test_no_cached_part_changes_the_choice_where_there_is_no_break_even(
    hit: float, database: Path, certificates: list[Certificate]
) -> None:
    """So it is in the whole sample; tests/unit has a market in which one does."""
    assert {one["breakeven_cache_hit"] for one in certificates} == {None}
    made = choices(
        database, frozenset({"core.route_cost"}), parameter=f"{hit!r}::DOUBLE AS cache_hit"
    )
    assert [one for one in certificates if made[one["workload"]] != one["model_id"]] == []
