"""A sentence about a route is said only where the fact behind it is so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.queries.evaluation import Change
from pipelines.queries.explanation import Explanation, ModelVerdict
from pipelines.words import evaluation, routing
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
    "workload": "w",
    "model_id": "a/a",
    "evidence": "index",
    "binding_constraint": "quality_floor",
    "blocked_because": None,
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
    "runner_up_evidence": None,
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
    "evaluation_tasks": None,
    "evaluation_usd": None,
    "evaluation_saving_usd": None,
    "unknown_token_share": 0.0,
    "inferred_candidates": 0,
    "inferred_token_share": 0.0,
    "index_on": date(2026, 8, 11),
    "index_age_days": 3,
}
EXCLUDED: dict[str, Any] = {
    "model_id": "b/b",
    "model_permaslug": "b/b-20260101",
    "rank": 2,
    "rule": "no_quality_evidence",
    "evidence": None,
    "admitting_tasks": None,
}
EXPLANATION = Explanation(CERTIFICATE, HISTORY, removed=[], excluded=[], promoted=[], options=[])
MARK = "¤"


def lines(
    language: Language, excluded: Sequence[dict[str, Any]] = (), /, **facts: object
) -> dict[str, str]:
    found = replace(EXPLANATION, certificate=CERTIFICATE | facts, excluded=[*excluded])
    return routing.certificate(language, found)


def certificate(language: Language, **facts: object) -> str:
    return " ".join(lines(language, **facts).values())


def part(language: Language, key: str) -> str:
    """Return a sentence up to its first value."""
    values = dict.fromkeys(
        (
            *("rise", "floor", "part", "model", "distance", "escalation", "cost", "saving", "best"),
            *("evidence", "quality", "share", "models", "candidates", "day", "rank", "rule"),
            *("price", "workload", "reason"),
        ),
        MARK,
    ) | {"count": 5}
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


def said(language: Language, line: str, keys: Sequence[str], **facts: Any) -> list[str]:
    """Return which of these sentences a line contains."""
    text = lines(language, **facts)[line]
    return [key for key in keys if part(language, f"certificate.{key}") in text]


@pytest.mark.parametrize("evidence", ["index", "inferred"])
@pytest.mark.parametrize("low", [0.75, None])
def test_a_pick_is_shown_with_its_evidence_and_with_a_bound_where_it_may_be(
    evidence: str, low: float | None
) -> None:
    for language in languages():
        text = lines(language, evidence=evidence, quality_low=low)["pick"]
        assert language.words["evidence"][evidence] in text
        assert (language.quality(0.75) in text) == (low is not None)
        assert language.quality(0.7) in text
        assert "–" not in text


def test_without_a_pick_the_line_says_what_keeps_the_workload_empty() -> None:
    for language in languages():
        found = lines(language, model_id=None, expected_cost_usd=None, best_achievable=0.64)
        assert language.quality(0.64) in found["pick"]
        assert found["runner_up"] == language.say("routing.certificate.no_pick")
        assert found["change"] == language.say("routing.certificate.nothing_fills")


@pytest.mark.parametrize("distance", [0.2, -0.02, 0.0, -0.0004])
def test_a_runner_up_comes_with_its_distance_and_evidence(distance: float) -> None:
    rival = {"runner_up_model_id": "b/b", "runner_up_distance": distance}
    for language in languages():
        text = lines(language, **rival, runner_up_evidence="inferred")["runner_up"]
        assert language.words["evidence"]["inferred"] in text
        assert language.percent(max(abs(distance), 0.001)) in text
        none = lines(language)["runner_up"]
        assert none == language.say("routing.certificate.no_rival")


@pytest.mark.parametrize("tasks", [29, 1, None])
@pytest.mark.parametrize("saving", [1000.0, None])
def test_an_evaluation_is_named_with_its_tasks_and_price_where_they_may_be_shown(
    tasks: int | None, saving: float | None
) -> None:
    facts = {
        "evaluation_model_id": "b/b",
        "evaluation_tasks": tasks,
        "evaluation_usd": tasks and 0.64,
        "evaluation_saving_usd": saving,
    }
    for language in languages():
        text = lines(language, **facts)["change"]
        assert "b/b" in text and "None" not in text and "–" not in text
        assert ("0.64" in text or "0,64" in text) == (tasks is not None)
        assert ("tokenhouse evaluate w" in text) == (tasks is None)
        assert (language.price(saving) in text) == (saving is not None)
        assert "b/b" not in lines(language)["change"]


@pytest.mark.parametrize("tasks", [29, None])
@pytest.mark.parametrize("evidence", ["index", "inferred", None])
def test_an_excluded_model_is_shown_with_rank_rule_and_evidence(
    tasks: int | None, evidence: str | None
) -> None:
    row = EXCLUDED | {"admitting_tasks": tasks, "evidence": evidence}
    for language in languages():
        text = lines(language, [row])["excluded"]
        for word in ("b/b-20260101", "2", routing.rule(language, "no_quality_evidence")):
            assert word in text
        assert language.words["evidence"][evidence or "none"] in text
        assert ("29" in text) == (tasks is not None)
        nobody = language.say("routing.certificate.none_excluded")
        assert nobody not in text
        assert nobody in lines(language)["excluded"]


BEST: dict[str, Any] = {
    "model_id": "b/b",
    "escalation_model_id": None,
    "expected_cost_usd": 0.5,
    "cost_bucket": 7,
    "is_feasible": True,
}


@pytest.mark.parametrize("step", [6, 7, 8])
def test_what_is_not_dearer_comes_with_why_it_is_not_the_pick(step: int) -> None:
    judged = ModelVerdict({"model_id": "b/b", "rejected_because": None}, BEST)
    kept = HISTORY | {"cause": "dwell", "best_model_id": "b/b"}
    options = [{"model_id": "a/a", "cost_bucket": step}, {"model_id": "d/d", "cost_bucket": 8}]
    found = replace(EXPLANATION, history=kept, options=options)
    for language in languages():
        text = routing.verdict(language, judged, found)
        assert (routing.history(language, kept) in text) == (step == 8)
        assert (language.say("routing.model.same_step") in text) == (step == 7)


@pytest.mark.parametrize("pair", [None, "c/c"])
@pytest.mark.parametrize("promoted", ["a/a", "b/b", "c/c", "d/d"])
def test_a_cost_is_compared_with_the_prices_of_promotions_named(
    promoted: str, pair: str | None
) -> None:
    row = {"model_id": promoted, "cost_per_task_usd": 0.25, "compared_cost_usd": 4.5}
    row |= {"is_pick": promoted == "a/a", "is_cheaper": False}
    best = BEST | {"escalation_model_id": pair}
    judged = ModelVerdict({"model_id": "b/b", "rejected_because": None}, best)
    found = replace(EXPLANATION, promoted=[row])
    for language in languages():
        text = routing.verdict(language, judged, found)
        is_named = routing.promotion(language, row) in text
        assert is_named == (promoted in ("a/a", "b/b", pair))
        assert language.growth(-0.5) in text
        missed = replace(judged, best=best | {"is_feasible": False, "quality_low": 0.6})
        assert language.price(4.5) not in routing.verdict(language, missed, found)


@given(st.none() | st.floats(0, 1), st.integers(0, 3), st.integers(-400, 400), st.booleans())
def test_what_is_unknown_is_said_where_it_is(
    share: float | None, inferred: int, age: int, latency: bool
) -> None:
    expected = [
        *(["latency_unknown"] if latency else ["unknown"]),
        *(["without_evidence"] if share else []),
        *(["inferred"] if inferred else []),
    ]
    keys = ["latency_unknown", "unknown", "without_evidence", "inferred"]
    facts = {
        "unknown_token_share": share,
        "inferred_candidates": inferred,
        "index_age_days": age,
        "latency_is_unknown": latency,
    }
    for language in languages():
        assert said(language, "unknown", keys, **facts) == expected
        key = "index_ahead" if age < 0 else "index_age"
        day = language.say(f"routing.certificate.{key}", day="2026-08-11", count=abs(age))
        assert day in lines(language, **facts)["unknown"]


@pytest.mark.parametrize(
    ("rule", "is_said"), [("no_quality_evidence", True), ("not_adopted", False), (None, False)]
)
def test_too_few_own_tasks_are_named_where_they_admit_nobody(
    rule: str | None, is_said: bool
) -> None:
    after = {"rejected_because": rule, "evidence": "own evaluation", "success_low": 0.6}
    model = {"model_id": "a/a", "before": None, "after": after}
    for language in languages():
        change = Change(workload="w", before=[], after=[], models=[model])
        found = [*evaluation.changes(language, [change], date(2026, 7, 13))]
        assert (language.say("evaluation.too_few", workload="w") in found) == is_said


def test_a_verdict_that_an_import_leaves_as_it_is_is_said_once() -> None:
    verdict = {"rejected_because": "not_adopted", "evidence": "index", "success_low": 0.6}
    model = {"model_id": "a/a", "before": verdict, "after": verdict}
    for language in languages():
        change = Change(workload="w", before=[], after=[], models=[model])
        found = "\n".join(evaluation.changes(language, [change], date(2026, 7, 13)))
        assert found.count(language.words["rule"]["not_adopted"]) == 1
