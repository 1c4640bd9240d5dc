"""The choice against a brute-force oracle, and what must never happen when an input moves."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.market import (
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


@EXAMPLES
@given(offers(), st.floats(0.1, 0.95))
def test_the_enumeration_is_that_of_brute_force(candidates: list[Offer], floor: float) -> None:
    expected = by_hand(candidates, floor)
    with market(candidates, floor) as connection:
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
@given(offers(), st.floats(0.1, 0.9), st.floats(0.3, 0.99))
def test_a_cheaper_price_never_loses_the_work(
    candidates: list[Offer], floor: float, factor: float
) -> None:
    before = chosen(candidates, floor)
    assume(before is not None)
    assert before
    for name in before[:2]:
        after = chosen(cheaper(candidates, name, factor), floor)
        assert after
        assert name in after[:2]


@EXAMPLES
@given(offers(), st.floats(0.1, 0.9), st.floats(0, 0.1))
def test_a_higher_floor_never_lowers_the_quality_that_is_promised(
    candidates: list[Offer], floor: float, more: float
) -> None:
    before, after = chosen(candidates, floor), chosen(candidates, floor + more)
    assume(after is not None)
    assert before
    assert after
    # The old pick either stays in the running, and can lose only inside its own step of cost, to a
    # pair that reaches the new floor as surely; or it falls short of what the new one reaches.
    assert after[3] >= floor + more
    if before[3] < floor + more:
        assert after[3] > before[3]
    else:
        assert step(after[2]) == step(before[2])


@EXAMPLES
@given(offers(), st.floats(0.1, 0.9))
def test_banning_who_is_not_used_changes_nothing(candidates: list[Offer], floor: float) -> None:
    before = chosen(candidates, floor)
    assume(before is not None)
    assert before
    unused = [one for one in candidates if one.name not in before[:2]]
    assume(unused)
    assert chosen([one for one in candidates if one != unused[0]], floor) == before
    assert chosen([one for one in candidates if one not in unused], floor) == before


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_pair_is_at_most_as_good_as_everything_going_right(first: float, second: float) -> None:
    assert 0 <= chain(first, second) <= 1
    assert chain(first, second) <= max(first, second) + 0.7 * (1 - first)


def test_a_floor_nobody_reaches_leaves_the_workload_empty() -> None:
    assert chosen([Offer("a/a", 1, 0.5, 0.4), Offer("b/b", 1, 0.5, 0.4)], 0.9) is None


def test_one_candidate_makes_no_pair() -> None:
    assert chosen([Offer("a/a", 1, 0.9, 0.9)], 0.1) is None
