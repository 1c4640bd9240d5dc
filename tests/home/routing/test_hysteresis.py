"""Hysteresis: when a route is kept and when it is switched."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.models.python.hysteresis import route_decisions

MONDAY = date(2026, 6, 1)


def decided(*weeks: dict[str, float] | None, recorded: str | None = None) -> list[tuple[Any, ...]]:
    """Return primary, action and cause for each week, given what each primary costs in it.

    None is a week without an option. `recorded` is what was published before the first week.
    """
    rows = []
    for number, costs in enumerate(weeks):
        ordered = sorted((costs or {}).items(), key=lambda one: one[1])
        for place, (model, cost) in enumerate(ordered, 1):
            is_first = recorded and number == 0
            rows.append(
                {
                    "week": MONDAY + timedelta(days=7 * number),
                    "workload": "work",
                    "preference": place,
                    "model_id": model,
                    "escalation_model_id": "",
                    "primary_compared_usd": cost,
                    "compared_cost_usd": cost,
                    "recorded_model_id": recorded if is_first else None,
                    "recorded_cost_usd": 1.0 if is_first else None,
                    "recorded_weeks_held": 5 if is_first else None,
                    "recorded_weeks_beaten": 1 if is_first else None,
                    "switch_saving": 0.15,
                    "emergency_price_rise": 1.25,
                    "dwell_weeks": 2.0,
                }
            )
    return route_decisions(pl.DataFrame(rows)).select("model_id", "action", "cause").rows()


def test_a_route_is_kept_while_nobody_is_clearly_cheaper() -> None:
    assert decided({"a": 1.0, "b": 1.1}, {"a": 1.0, "b": 0.9}, {"a": 1.0, "b": 0.9}) == [
        ("a", "start", "first_week"),
        ("a", "keep", "no_clear_saving"),
        ("a", "keep", "no_clear_saving"),
    ]


def test_a_clear_saving_switches_in_its_second_week() -> None:
    assert decided({"a": 1.0}, *[{"a": 1.0, "b": 0.8}] * 3) == [
        ("a", "start", "first_week"),
        ("a", "keep", "no_clear_saving"),
        ("b", "switch", "clear_saving"),
        ("b", "keep", "still_best"),
    ]


def test_a_week_without_a_clear_saving_restarts_the_count() -> None:
    causes = decided({"a": 1}, {"a": 1, "b": 0.8}, {"a": 1, "b": 0.9}, {"a": 1, "b": 0.8})
    assert {model for model, *_ in causes} == {"a"}


def test_two_challengers_in_a_row_count_together() -> None:
    assert decided({"a": 1}, {"a": 1, "b": 0.8}, {"a": 1, "c": 0.8})[-1] == (
        "c",
        "switch",
        "clear_saving",
    )


def test_a_route_without_an_option_is_left_at_once() -> None:
    assert decided({"a": 1, "b": 2}, {"b": 2})[-1] == ("b", "switch", "broken_rule")


def test_a_price_jump_is_an_emergency() -> None:
    assert decided({"a": 1.0, "b": 1.2}, {"a": 1.25, "b": 1.2})[-1] == (
        "b",
        "switch",
        "emergency_price_rise",
    )


def test_a_price_jump_that_leaves_it_cheapest_changes_nothing() -> None:
    assert decided({"a": 1.0, "b": 2}, {"a": 1.3, "b": 2})[-1] == ("a", "keep", "still_best")


def test_a_switch_dwells() -> None:
    weeks = [{"a": 1.0, "b": 2.0}, {"b": 1.0}, {"a": 0.5, "b": 1.0}, {"a": 0.5, "b": 1.0}]
    assert [model for model, *_ in decided(*weeks)] == ["a", "b", "b", "a"]


def test_a_gap_forgets() -> None:
    assert decided({"a": 1}, None, {"a": 1, "b": 0.9})[-1] == ("b", "start", "first_week")


def test_what_was_published_counts_more_than_what_is_known_now() -> None:
    assert decided({"a": 1.0, "b": 0.8}, recorded="a") == [("b", "switch", "clear_saving")]
    assert decided({"a": 0.9, "b": 0.8}, recorded="a") == [("a", "keep", "no_clear_saving")]
    assert decided({"b": 0.8}, recorded="a") == [("b", "switch", "broken_rule")]
