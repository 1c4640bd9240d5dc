"""The rules of the headline on real weeks, and on weeks in which their conditions fail."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.queries.published import reading
from pipelines.report import digest, story, week_rows
from pipelines.report.story import Fact
from pipelines.report.week_rows import DigestRows
from pipelines.words import story as words
from pipelines.words.language import english, languages

HEADLINES = {
    "2025-01-06": "498.6B tokens in a week",
    "2025-01-13": "Claude 3.5 Sonnet alone made 79% of the week’s growth",
    "2025-05-19": "2.4T tokens in a week, +9.9% on the week before",
    "2026-05-11": "26.9T tokens in a week, +4.6% on the week before",
    "2026-05-18": "DeepSeek V4 Flash alone made 68% of a record week’s growth",
    "2026-05-25": "MiMo-V2.5 and MiMo-V2.5-Pro made 80% of a record week’s growth",
    "2026-06-01": "MiniMax M3 and Claude Opus 4.8 made 78% of a record week’s growth",
    "2026-06-08": "A record week: 44.6T tokens, +23.5% on the week before",
    "2026-06-15": "GLM 5.2 and DeepSeek V4 Pro made 91% of a record week’s growth",
    "2026-06-22": "The market stood still at 46.7T tokens",
    "2026-06-29": "Owl Alpha lost 2.7T tokens, and the market stood still",
    "2026-07-06": "Free models carry 17.5% of all tokens, after 5.1% a week before",
    "2026-07-13": "Two models, one of them free, made 82% of a record week’s growth",
}

Rule = Callable[[DigestRows], Fact | None]


@pytest.fixture(scope="module")
def weeks(database: Path) -> dict[str, DigestRows]:
    with reading(database) as connection:
        known = week_rows.complete_weeks(connection)
        return {f"{week['week']}": week for week in week_rows.digests(connection, known)}


def test_the_headline_of_every_week(weeks: dict[str, DigestRows]) -> None:
    said = {name: digest.headline(english(), week) for name, week in weeks.items()}
    assert said == HEADLINES


def test_at_most_five_lines_in_order_and_whole_in_every_language(
    weeks: dict[str, DigestRows],
) -> None:
    for week in weeks.values():
        weights = [fact.effect * fact.surprise for fact in story.of(week)]
        assert weights == sorted(weights, reverse=True)
        for language in languages():
            lines = digest.story_lines(language, week)
            assert 1 <= len(lines) <= 5
            assert not [line for line in lines if "None" in line or "{" in line]
            for fact in story.of(week):
                assert words.headline(language, fact, week["names"])


RULES: dict[str, tuple[Rule, str, str, dict[str, Any]]] = {
    "growth": (story.growth, "2026-07-13", "2026-06-22", {"word_who": "who.2_1"}),
    "standstill": (
        story.standstill,
        "2026-06-29",
        "2026-07-13",
        {"model_down": "openrouter/owl-alpha"},
    ),
    "free_share": (story.free_share, "2026-07-06", "2026-06-15", {}),
    "cost": (story.cost, "2026-07-13", "2026-06-15", {}),
    "payoff": (story.payoff, "2026-07-13", "2026-05-18", {"week": date(2026, 5, 25)}),
    "repriced": (story.repriced, "2026-07-13", "2026-06-15", {"count": 42}),
    "lost": (story.lost, "2026-06-29", "2026-07-13", {"model": "openrouter/owl-alpha"}),
    "leader": (story.leader, "2026-05-18", "2026-07-13", {"rank": 2}),
    "entered": (story.entered, "2026-07-13", "2026-05-18", {"count": 1}),
    "origin": (story.origin, "2026-07-13", "2026-06-22", {}),
    "routes": (story.routes, "2026-07-13", "2025-01-06", {"count": 4}),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_finds_its_fact_in_one_week_and_not_in_another(
    weeks: dict[str, DigestRows], name: str
) -> None:
    rule, found_in, not_in, values = RULES[name]
    found = rule(weeks[found_in])
    assert found is not None
    assert {key: found.values[key] for key in values} == values
    assert rule(weeks[not_in]) is None


def changed(week: DigestRows, **rows: Any) -> Any:
    return {**week, **rows}


def test_more_than_the_whole_growth_is_not_called_a_part_of_it(
    weeks: dict[str, DigestRows],
) -> None:
    week = weeks["2026-07-13"]
    first = {**week["contributors"][0], "share_of_change": 1.3}
    found = story.growth(changed(week, contributors=[first]))
    assert found and found.variant == "one_more"
    assert "grew by more than the whole market" in words.headline(english(), found, {})
    assert "%" not in words.line(english(), found, {}).split(". ")[-1]


def test_a_loss_in_a_growing_market_is_not_said_to_be_in_one_that_stood_still(
    weeks: dict[str, DigestRows],
) -> None:
    week = weeks["2026-06-29"]
    total = week["total"][0]
    variants = [
        found.variant
        for wow in (0.009, 0.011)
        if (found := story.lost(changed(week, total=[{**total, "wow": wow}])))
    ]
    assert variants == ["still", "lost"]


def test_a_week_below_another_is_no_record(weeks: dict[str, DigestRows]) -> None:
    week = weeks["2026-07-13"]
    earlier = {**week["totals"][0], "total_tokens": 10**15}
    found = story.growth(changed(week, totals=[earlier, *week["totals"]]))
    assert found and "record" not in words.headline(english(), found, {})


def test_a_shrinking_market_names_who_lost_most(weeks: dict[str, DigestRows]) -> None:
    week = weeks["2026-06-29"]
    shrunk = changed(week, total=[{**week["total"][0], "wow": -0.05}])
    found = story.fall(shrunk)
    assert found and found.values["model"] == "openrouter/owl-alpha"
    assert story.fall(week) is None and story.growth(shrunk) is None
    assert story.lost(shrunk) is None, "the fall has its own line"


def test_costs_are_not_compared_where_many_prices_are_unknown(
    weeks: dict[str, DigestRows],
) -> None:
    week = weeks["2026-07-13"]
    *older, now = week["money"]
    assert story.cost(changed(week, money=[*older, {**now, "unknown": 0.06}])) is None
    assert story.cost(changed(week, money=[*older, {**now, "p50": None}])) is None
    assert story.cost(changed(week, money=[now])) is None


def test_a_share_that_grew_after_a_rise_is_no_payoff(weeks: dict[str, DigestRows]) -> None:
    week = weeks["2026-07-13"]
    risen = [{**row, "prompt_change": 0.3} for row in week["repriced"]]
    assert story.payoff(changed(week, repriced=risen)) is None
    unlisted = [{**row, "share_before": None} for row in week["repriced"]]
    assert story.payoff(changed(week, repriced=unlisted)) is None


def test_new_models_are_not_named_where_the_weeks_before_are_unknown(
    weeks: dict[str, DigestRows],
) -> None:
    week = weeks["2026-07-13"]
    moves = [{**row, "weeks_known": 3} for row in week["moves"]]
    assert story.entered(changed(week, moves=moves)) is None
