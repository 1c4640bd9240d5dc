"""The choice against a brute-force oracle, and what must never happen when an input moves."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.models import build
from tests.support.market import (
    MODELS,
    Market,
    Offer,
    by_hand,
    chain,
    cheaper,
    choosing,
    chosen,
    offers,
    step,
)

EXAMPLES = settings(max_examples=5)
"""Each example has five markets, in which the models choose at once; not every one qualifies."""

ESCALATION = st.sampled_from(["none", "caller"])


def markets(highest_floor: float = 0.9) -> st.SearchStrategy[list[Market]]:
    """Return five markets at a time."""
    one = st.builds(Market, offers(), st.floats(0.1, highest_floor), ESCALATION)
    return st.lists(one, min_size=5, max_size=5)


@EXAMPLES
@given(markets(0.95))
def test_the_enumeration_is_that_of_brute_force(drawn: list[Market]) -> None:
    with choosing(*drawn) as connection:
        found = connection.sql(
            "SELECT workload, model_id, escalation_model_id, expected_cost_usd "
            "FROM core.route_choice WHERE is_feasible ORDER BY ALL"
        ).fetchall()
        options = connection.sql(
            "SELECT workload, model_id, escalation_model_id, expected_cost_usd "
            "FROM core.route_option ORDER BY preference"
        ).fetchall()
    for number, market in enumerate(drawn):
        assert_enumerated(
            sorted(by_hand(market)),
            [row[1:] for row in found if row[0] == f"{number}"],
            [row[1:] for row in options if row[0] == f"{number}"],
        )


def assert_enumerated(
    expected: list[tuple[str, str, float]],
    found: list[tuple[str, str, float]],
    options: list[tuple[str, str, float]],
) -> None:
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in expected])
    assert bool(options) == bool(expected)
    if expected:
        cheapest = min(step(cost) for *_, cost in expected)
        assert step(options[0][2]) == cheapest
        assert {first for first, *_ in options} == {first for first, *_ in expected}


@EXAMPLES
@given(markets(), st.floats(0.3, 0.99))
def test_a_cheaper_price_never_loses_the_work(drawn: list[Market], factor: float) -> None:
    cheapened = [
        (name, cheaper(market, name, factor))
        for market, choice in zip(drawn, chosen(*drawn), strict=True)
        for name in filter(None, choice[:2] if choice else ())
    ]
    assume(cheapened)
    after = chosen(*(market for _, market in cheapened))
    for (name, _), choice in zip(cheapened, after, strict=True):
        assert choice
        assert name in choice[:2]


@EXAMPLES
@given(markets(), st.floats(0, 0.1))
def test_a_higher_floor_never_lowers_the_quality_that_is_promised(
    drawn: list[Market], more: float
) -> None:
    floors = [market.floor or 0.0 for market in drawn]
    raised = [
        replace(market, floor=floor + more) for market, floor in zip(drawn, floors, strict=True)
    ]
    choices = chosen(*drawn, *raised)
    compared = list(zip(floors, choices[:5], choices[5:], strict=True))
    assume(any(after for *_, after in compared))
    for floor, before, after in compared:
        if after is None:
            continue
        assert before
        # The old pick either stays in the running, and can lose only inside its own step of cost,
        # to a choice that reaches the new floor as surely; or it falls short of what the new one
        # reaches.
        assert after[3] >= floor + more
        if before[3] < floor + more:
            assert after[3] > before[3]
        else:
            assert step(after[2]) == step(before[2])


@EXAMPLES
@given(markets())
def test_banning_a_model_that_is_not_used_changes_nothing(drawn: list[Market]) -> None:
    left = []
    for market, choice in zip(drawn, chosen(*drawn), strict=True):
        unused = [one for one in market.candidates if choice and one.name not in choice[:2]]
        for banned in (unused[:1], unused) if unused else ():
            kept = [one for one in market.candidates if one not in banned]
            left.append((choice, replace(market, candidates=kept)))
    assume(left)
    assert chosen(*(market for _, market in left)) == [choice for choice, _ in left]


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_pair_is_at_most_as_good_as_everything_going_right(first: float, second: float) -> None:
    assert 0 <= chain(first, second) <= 1
    assert chain(first, second) <= max(first, second) + 0.7 * (1 - first)


def test_a_floor_nobody_reaches_leaves_the_workload_empty() -> None:
    candidates = [Offer("a/a", 1, 0.5, 0.4), Offer("b/b", 1, 0.5, 0.4)]
    assert chosen(Market(candidates, 0.9)) == [None]


def test_one_candidate_makes_no_pair() -> None:
    assert chosen(Market([Offer("a/a", 1, 0.9, 0.9)], 0.1)) == [("a/a", "", 1, 0.9)]


def test_without_a_caller_that_escalates_nobody_is_paired() -> None:
    """b mends what a fails at for less than c costs, but no gateway escalates by itself."""
    candidates = [
        Offer("a/a", 0.1, 0.6, 0.6),
        Offer("b/b", 0.2, 0.6, 0.6),
        Offer("c/c", 9, 0.9, 0.9),
    ]
    none, caller = chosen(
        *(Market(candidates, 0.65, escalation) for escalation in ("none", "caller"))
    )
    assert none is not None
    assert none[:2] == ("c/c", "")
    assert caller is not None
    assert caller[:2] == ("a/a", "b/b")


def test_an_escalation_that_lowers_success_is_never_made() -> None:
    """Half of the false alarms of a good model would be answered wrongly by a bad one."""
    candidates = [Offer("a/a", 1, 0.97, 0.97), Offer("b/b", 0.1, 0.05, 0.05)]
    assert chain(0.97, 0.05) < 0.97
    with choosing(Market(candidates, 0.02)) as connection:
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
    shares = (Market(candidates, None, "none", of_reserve=share) for share in (0.9, 0.8))
    assert chosen(*shares) == [("b/b", "", 2, 0.46), ("a/a", "", 1, 0.44)]


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
    with choosing(Market(candidates, 0.7, "none")) as connection:
        connection.sql(
            "CREATE TABLE core.route_decision AS FROM core.route_option WHERE preference = 1"
        )
        build.create(connection, MODELS["core.route_breakeven"])
        (row,) = connection.sql(
            "SELECT price_rise, cache_hit, floor_up, floor_down FROM core.route_breakeven"
        ).fetchall()
    assert row == pytest.approx((0.21, 0.95, 0.85, 0.55), abs=1e-6)
