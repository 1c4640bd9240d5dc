"""The choice against a brute-force oracle, and what must never happen when an input moves."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.models import creation
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


@pytest.mark.accept
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


@pytest.mark.accept
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


@pytest.mark.accept
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


def test_equally_cheap_primaries_each_count_as_the_cheapest() -> None:
    """The twins tie in every draw, and each pair of a twin with d or e counts its primary once."""
    twins = [Offer(name, 1, 0.6, 0.6) for name in ("b/b", "c/c")]
    dearer = [Offer(name, 2, 0.9, 0.9) for name in ("a/a", "d/d", "e/e")]
    alone = Market([*twins, *dearer], 0.5, "none")
    with choosing(alone, replace(alone, escalation="caller")) as connection:
        found = connection.sql(
            "SELECT DISTINCT workload, model_id, best_share FROM core.route_draw ORDER BY ALL"
        ).fetchall()
    shares = {"a/a": 0, "b/b": 1, "c/c": 1, "d/d": 0, "e/e": 0}
    assert found == [(number, *one) for number in ("0", "1") for one in shares.items()]


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
    assert breakevens(Market(candidates, 0.7, "none")) == pytest.approx(
        (0.21, 0.95, 0.85, 0.55), abs=1e-6
    )


def breakevens(market: Market) -> tuple[float | None, ...]:
    """Return price rise, cached part, and floors up and down of the choice."""
    with choosing(market) as connection:
        connection.sql(
            "CREATE TABLE core.route_decision AS FROM core.route_option WHERE preference = 1"
        )
        creation.create(connection, MODELS["core.route_breakeven"])
        (row,) = connection.sql(
            "SELECT price_rise, cache_hit, floor_up, floor_down FROM core.route_breakeven"
        ).fetchall()
    return tuple(row)


def test_a_lower_floor_can_change_the_choice_inside_a_step() -> None:
    """a is surer of 0.7; where both are sure, b is preferred, because its bad draws cost less."""
    candidates = [Offer("a/a", 1.07, 0.9, 0.85), Offer("b/b", 1.01, 0.8, 0.75)]
    assert chosen(Market(candidates, 0.7, "none")) == [("a/a", "", 1.07, 0.85)]
    floor = breakevens(Market(candidates, 0.7, "none"))[-1]
    assert floor is not None
    above, below = chosen(*(Market(candidates, floor + more, "none") for more in (1e-6, -1e-6)))
    assert above == ("a/a", "", 1.07, 0.85)
    assert below == ("b/b", "", 1.01, 0.75)


def test_an_inferred_choice_has_no_floor_of_its_own_but_a_price() -> None:
    """Its numbers are private. A floor on the index is judged with them, and only once."""
    candidates = [
        Offer("a/a", 1.0, 0.9, 0.85, cache_gain=0.0, is_inferred=True),
        Offer("b/b", 1.3, 0.9, 0.85, cache_gain=0.0),
    ]
    market = Market(candidates, 0.7, "none", index_floor=149)
    (choice,) = chosen(market)
    assert choice and choice[:3] == ("a/a", "", 1.0)
    assert choice[3] is None, "its success is private"
    rise, hit, up, down = breakevens(market)
    assert rise == pytest.approx(1.1**2 - 1)
    assert (hit, up, down) == (None, None, None)


def test_what_is_unknown_is_not_said_to_miss_the_floor() -> None:
    candidates = [
        Offer("a/a", 1.0, None, None),
        Offer("b/b", 1.0, 0.9, 0.85, is_inferred=True),
        Offer("c/c", 1.0, 0.9, 0.85),
    ]
    with choosing(Market(candidates, 0.7, "none")) as connection:
        rows = connection.sql(
            "SELECT model_id, floor_probability FROM core.route_option ORDER BY preference"
        ).fetchall()
    assert rows[0][0] == "c/c"
    assert dict(rows[1:]) == {"a/a": None, "b/b": None}


@pytest.mark.parametrize(
    ("now", "cause"), [(1.24, "no_clear_saving"), (1.26, "emergency_price_rise")]
)
def test_an_edited_workload_is_no_rise_of_a_price(now: float, cause: str) -> None:
    """The published week recorded 0.1; at today's workload the same prices made it 1."""
    with choosing(
        Market([Offer("a/a", now, 0.9, 0.85), Offer("b/b", 1.11, 0.9, 0.85)], 0.7)
    ) as made:
        made.sql(
            "CREATE SCHEMA home; "
            "CREATE TABLE home.route_decision AS SELECT week - INTERVAL 7 DAY AS week, workload, "
            "'a/a' AS model_id, 0.1::DOUBLE AS cost_per_task_usd, "
            "5 AS weeks_held, 0 AS weeks_beaten "
            "FROM core.route_floor; "
            "INSERT INTO core.route_cost BY NAME SELECT week - INTERVAL 7 DAY AS week, workload, "
            "model_id, 1.0 AS compared_cost_usd FROM core.route_cost WHERE model_id = 'a/a'"
        )
        creation.create(made, MODELS["core.route_decision"])
        rows = made.sql("SELECT cause FROM core.route_decision").fetchall()
    assert rows == [(cause,)]
