"""The choice against a brute-force oracle, and what must never happen when an input moves."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.models import build
from tests.support.market import (
    MODELS,
    Offer,
    by_hand,
    chain,
    cheaper,
    chosen,
    market,
    offers,
    step,
)

EXAMPLES = settings(max_examples=15)


ESCALATION = st.sampled_from(["none", "caller"])


@EXAMPLES
@given(offers(), st.floats(0.1, 0.95), ESCALATION)
def test_the_enumeration_is_that_of_brute_force(
    candidates: list[Offer], floor: float, escalation: str
) -> None:
    expected = by_hand(candidates, floor, escalation)
    with market(candidates, floor, escalation) as connection:
        found = connection.sql(
            "SELECT model_id, escalation_model_id, expected_cost_usd FROM core.route_choice "
            "WHERE is_feasible ORDER BY ALL"
        ).fetchall()
        options = connection.sql(
            "SELECT model_id, escalation_model_id, expected_cost_usd FROM core.route_option "
            "ORDER BY preference"
        ).fetchall()
    assert [row[:2] for row in found] == [row[:2] for row in sorted(expected)]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in sorted(expected)])
    assert bool(options) == bool(expected)
    if expected:
        cheapest = min(step(cost) for *_, cost in expected)
        assert step(options[0][2]) == cheapest
        assert {first for first, *_ in options} == {first for first, *_ in expected}


@EXAMPLES
@given(offers(), st.floats(0.1, 0.9), st.floats(0.3, 0.99), ESCALATION)
def test_a_cheaper_price_never_loses_the_work(
    candidates: list[Offer], floor: float, factor: float, escalation: str
) -> None:
    before = chosen(candidates, floor, escalation)
    assume(before is not None)
    assert before
    for name in filter(None, before[:2]):
        after = chosen(cheaper(candidates, name, factor), floor, escalation)
        assert after
        assert name in after[:2]


@EXAMPLES
@given(offers(), st.floats(0.1, 0.9), st.floats(0, 0.1), ESCALATION)
def test_a_higher_floor_never_lowers_the_quality_that_is_promised(
    candidates: list[Offer], floor: float, more: float, escalation: str
) -> None:
    before = chosen(candidates, floor, escalation)
    after = chosen(candidates, floor + more, escalation)
    assume(after is not None)
    assert before
    assert after
    # The old pick either stays in the running, and can lose only inside its own step of cost, to a
    # choice that reaches the new floor as surely; or it falls short of what the new one reaches.
    assert after[3] >= floor + more
    if before[3] < floor + more:
        assert after[3] > before[3]
    else:
        assert step(after[2]) == step(before[2])


@EXAMPLES
@given(offers(), st.floats(0.1, 0.9), ESCALATION)
def test_banning_a_model_that_is_not_used_changes_nothing(
    candidates: list[Offer], floor: float, escalation: str
) -> None:
    before = chosen(candidates, floor, escalation)
    assume(before is not None)
    assert before
    unused = [one for one in candidates if one.name not in before[:2]]
    assume(unused)
    for banned in (unused[:1], unused):
        left = [one for one in candidates if one not in banned]
        assert chosen(left, floor, escalation) == before


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_pair_is_at_most_as_good_as_everything_going_right(first: float, second: float) -> None:
    assert 0 <= chain(first, second) <= 1
    assert chain(first, second) <= max(first, second) + 0.7 * (1 - first)


def test_a_floor_nobody_reaches_leaves_the_workload_empty() -> None:
    assert chosen([Offer("a/a", 1, 0.5, 0.4), Offer("b/b", 1, 0.5, 0.4)], 0.9) is None


def test_one_candidate_makes_no_pair() -> None:
    assert chosen([Offer("a/a", 1, 0.9, 0.9)], 0.1) == ("a/a", "", 1, 0.9)


def test_without_a_caller_that_escalates_nobody_is_paired() -> None:
    """b mends what a fails at for less than c costs, but no gateway escalates by itself."""
    candidates = [
        Offer("a/a", 0.1, 0.6, 0.6),
        Offer("b/b", 0.2, 0.6, 0.6),
        Offer("c/c", 9, 0.9, 0.9),
    ]
    none, caller = (chosen(candidates, 0.65, escalation) for escalation in ("none", "caller"))
    assert none is not None
    assert none[:2] == ("c/c", "")
    assert caller is not None
    assert caller[:2] == ("a/a", "b/b")


def test_an_escalation_that_lowers_success_is_never_made() -> None:
    """Half of the false alarms of a good model would be answered wrongly by a bad one."""
    candidates = [Offer("a/a", 1, 0.97, 0.97), Offer("b/b", 0.1, 0.05, 0.05)]
    assert chain(0.97, 0.05) < 0.97
    with market(candidates, 0.02) as connection:
        pairs = connection.sql(
            "SELECT model_id FROM core.route_option WHERE escalation_model_id = 'b/b'"
        ).fetchall()
    assert pairs == []


def test_a_floor_can_be_a_share_of_what_the_best_reaches() -> None:
    candidates = [
        Offer("a/a", 1, 0.5, 0.44),
        Offer("b/b", 2, 0.6, 0.46),
        Offer("c/c", 3, 0.7, 0.5),
    ]
    assert chosen(candidates, None, "none", of_reserve=0.9) == ("b/b", "", 2, 0.46)
    assert chosen(candidates, None, "none", of_reserve=0.8) == ("a/a", "", 1, 0.44)


def test_break_evens_worked_out_by_hand() -> None:
    """The pick is in the step from 1 to 1.1 and is surer than b, which costs 1.2.

    So it loses once it is in a dearer step than b, from 1.21 on, or once b is in a cheaper step
    than it, below 1. c costs less than both and misses the floor.
    """
    candidates = [
        Offer("a/a", 1.0, 0.9, 0.85, cache_gain=0.0),
        Offer("b/b", 1.2, 0.8, 0.75, cache_gain=4.0),
        Offer("c/c", 0.5, 0.6, 0.55),
    ]
    with market(candidates, 0.7, "none") as connection:
        connection.sql("CREATE TABLE core.route_decision AS FROM core.route_option LIMIT 1")
        build.create(connection, MODELS["core.route_breakeven"])
        (row,) = connection.sql(
            "SELECT price_rise, cache_hit, floor_up, floor_down FROM core.route_breakeven"
        ).fetchall()
    assert row == pytest.approx((0.21, 0.95, 0.85, 0.55), abs=1e-6)
