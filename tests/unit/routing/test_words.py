"""A sentence about a route is said only where the fact behind it is so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.queries.explanation import Explanation
from pipelines.words import routing
from pipelines.words.language import Language, languages

HISTORY: dict[str, Any] = {
    "cause": "still_best",
    "weeks_beaten": 0,
    "saving": 0.0,
    "model_id": "a/a",
    "best_model_id": "a/a",
    "previous_model_id": "a/a",
    "broken_rule": None,
}
CERTIFICATE: dict[str, Any] = {
    "model_id": "a/a",
    "escalation_model_id": None,
    "models_offered": 9,
    "candidates": 3,
    "expected_cost_usd": 1.0,
    "cost_per_task_usd": 1.0,
    "cost_p10": 0.9,
    "cost_p90": 1.1,
    "quality_floor": 0.7,
    "quality_low": 0.75,
    "best_share": 0.8,
    "runner_up_model_id": None,
    "runner_up_distance": None,
    "breakeven_price_rise": None,
    "breakeven_floor_up": None,
    "breakeven_floor_down": None,
    "breakeven_cache_hit": None,
    "caller_model_id": None,
    "caller_escalation_model_id": None,
    "caller_cost_usd": None,
    "weeks_adopted": 4,
    "momentum": None,
    "latency_is_unknown": False,
    "evaluation_model_id": None,
}
MARK = "¤"


def certificate(language: Language, **facts: object) -> str:
    explanation = Explanation(
        certificate=CERTIFICATE | facts,
        history=HISTORY,
        removed=[],
        excluded=[],
        promoted=[],
        options=[],
    )
    return routing.certificate(language, explanation)


def part(language: Language, key: str) -> str:
    """Return a sentence up to its first value."""
    values = dict.fromkeys(
        ("rise", "floor", "part", "model", "distance", "escalation", "cost", "saving", "best"), MARK
    )
    return language.say(f"routing.{key}", **values).split(MARK)[0]


share = st.none() | st.floats(0.01, 0.99)


@given(st.none() | st.just(0.0) | st.floats(0.01, 9), share, share, share)
def test_break_evens_are_said_where_there_are_any(
    rise: float | None, up: float | None, down: float | None, hit: float | None
) -> None:
    is_kept = rise == 0
    expected = {
        "price_rise_none": rise is None,
        "price_rise": bool(rise),
        "kept": is_kept,
        "floor_up": up is not None and not is_kept,
        "floor_kept": up is not None and is_kept,
        "floor_down": down is not None,
        "cache_hit": hit is not None,
    }
    for language in languages():
        text = certificate(
            language,
            breakeven_price_rise=rise,
            breakeven_floor_up=up,
            breakeven_floor_down=down,
            breakeven_cache_hit=hit,
        )
        said = {key: part(language, f"certificate.{key}") in text for key in expected}
        assert said == expected


@pytest.mark.parametrize("pick", ["a/a", None])
@pytest.mark.parametrize("caller", ["b/b", None])
def test_what_a_caller_would_save_is_said_where_it_would(
    pick: str | None, caller: str | None
) -> None:
    facts = {
        "model_id": pick,
        "expected_cost_usd": pick and 1.0,
        "binding_constraint": None if pick else "quality_floor",
        "caller_model_id": caller,
        "caller_escalation_model_id": caller and "c/c",
        "caller_cost_usd": caller and 0.4,
    }
    for language in languages():
        text = certificate(language, **facts)
        assert (part(language, "certificate.caller") in text) == bool(caller)
        assert (language.percent(0.6) in text) == bool(caller and pick)


@given(st.sampled_from([0.0, 0.05, 0.2]), st.integers(0, 1))
def test_a_saving_is_said_where_there_is_one(saving: float, beaten: int) -> None:
    kept = HISTORY | {
        "cause": "no_clear_saving",
        "best_model_id": "b/b",
        "saving": saving,
        "weeks_beaten": beaten if saving else 0,
    }
    for language in languages():
        text = routing.history(language, kept)
        assert (language.percent(saving) in text) == bool(saving)
        assert (text == language.say("routing.history.no_saving", best="b/b")) == (not saving)
