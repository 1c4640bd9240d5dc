"""Digits that are printed are those of the number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.words.language import UNKNOWN, english, languages


@given(st.floats(1e-8, 1e7))
def test_a_price_is_true_to_the_cent_or_to_three_digits(value: float) -> None:
    printed = float(english().price(value).removeprefix("$").replace(",", ""))
    assert printed == pytest.approx(value, abs=0.005 if value >= 1 else 0.005 * value, rel=0)


def test_a_probability_too_small_to_print_is_not_zero() -> None:
    found = [english().probability(value) for value in (0.0123, 0.0001, 0.00004, 0, None)]
    assert found == ["= 0.0123", "= 0.0001", "< 0.0001", "< 0.0001", UNKNOWN]


def test_prices() -> None:
    values = (954.72, 1234567.891, 0.1634, 0.19988, 0, None)
    written = {one.code: [one.price(value) for value in values] for one in languages()}
    assert written["en"] == ["$954.72", "$1,234,567.89", "$0.163", "$0.20", "$0.00", UNKNOWN]
    assert written["ru"][:3] == ["$954,72", "$1\xa0234\xa0567,89", "$0,163"]
