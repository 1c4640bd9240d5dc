"""Every finding that blocks publication has its sentence, with its size, in every language."""

import pytest

from pipelines.home.refusals import FINDING_REASONS
from pipelines.words import findings
from pipelines.words.language import UNKNOWN, english, languages


@pytest.mark.parametrize("reason", FINDING_REASONS)
def test_every_finding_has_its_size_in_every_language(reason: str) -> None:
    for language in languages():
        sentence = findings.finding(language, reason, 3 / 7)
        assert ("3" if reason == "shrunken_history" else "42") in sentence
        assert UNKNOWN not in sentence and "None" not in sentence


def test_a_finding_too_small_to_print_is_not_called_zero() -> None:
    assert findings.finding(english(), "conflicting_keys", 0.0001) == (
        "responses of one instant differ in less than 0.1% of the week’s rows"
    )


def test_a_fall_of_the_total_has_its_sign() -> None:
    assert "−60.0%" in findings.finding(english(), "total_move", -0.6)


@pytest.mark.parametrize("kind", ["author_prior", "unclassified"])
@pytest.mark.parametrize("size", [0.42, None])
def test_a_model_without_a_mix_is_named_with_what_is_known(kind: str, size: float | None) -> None:
    numbers = ("size_low", "size_high", "p_value", "rows", "previous_usd", "current_usd", "since")
    alert = {**dict.fromkeys((*numbers, "price")), "kind": kind, "subject": "a/b", "size": size}
    for language in languages():
        sentence = findings.alert(language, {**alert, "tokens": 7_000_000_000})
        assert "a/b" in sentence and "7" in sentence
        assert ("42" in sentence) == (size is not None)
        assert UNKNOWN not in sentence


@pytest.mark.parametrize("kind", ["unsettled_price", "disputed_price"])
@pytest.mark.parametrize("rows", [1, 3, 21])
def test_a_doubtful_price_is_named_with_its_count(kind: str, rows: int) -> None:
    numbers = ("size", "size_low", "size_high", "p_value", "tokens", "previous_usd", "current_usd")
    alert = {**dict.fromkeys((*numbers, "price", "since")), "kind": kind, "subject": "a/b"}
    for language in languages():
        sentence = findings.alert(language, {**alert, "rows": rows})
        assert "a/b" in sentence and f"{rows}" in sentence
        assert UNKNOWN not in sentence


def test_a_worse_estimate_has_all_four_numbers() -> None:
    now = {"observed": 0.2, "classes": 0.377, "guessed": 0.423, "band_ratio": 2.345}
    before = {"observed": 0.5, "classes": 0.5, "guessed": 0.0001, "band_ratio": 1.5}
    for language in languages():
        sentence = findings.worse_estimate(language, now, before)
        numbers = (language.percent(0.423), language.part(0.0001), "2", "1")
        assert all(number in sentence for number in numbers)
    assert "42.3% of it rests on a guessed class (before: less than 0.1%)" in (
        findings.worse_estimate(english(), now, before)
    )
