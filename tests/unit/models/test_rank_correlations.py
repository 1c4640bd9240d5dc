"""Rank correlations and their bootstrap, against the same found by sorting every sample."""

from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.models.python import rank_correlations
from pipelines.models.python.rank_correlations import DRAWS, FEWEST, MEASURES, Samples

LISTS = st.lists(st.integers(0, 8).map(float), min_size=FEWEST, max_size=FEWEST + 5)


def models(**columns: list[float] | list[float | None]) -> pl.DataFrame:
    count = len(columns["capability"])
    filled = {name: columns.get(name, columns["capability"]) for name in MEASURES}
    return pl.DataFrame(
        {
            "week": ["2026-07-13"] * count,
            "scope": ["all"] * count,
            **columns,
            **filled,
            "seed": [7.0] * count,
        }
    ).with_columns(pl.col("week").str.to_date())


def spearman(first: pl.Series, second: pl.Series) -> float:
    return float(np.corrcoef(first.rank().to_numpy(), second.rank().to_numpy())[0, 1])


@settings(max_examples=20)
@given(LISTS, st.randoms(use_true_random=False))
def test_each_bootstrap_is_the_correlation_of_the_models_drawn(
    values: list[float], random: Random
) -> None:
    others = [random.choice(values) for _ in values]
    rows = models(capability=values, tokens=others)
    samples = Samples("name", rows)
    found = samples.correlations("tokens", None)
    counts = samples._counts.astype(int)
    assert len(found) == DRAWS + 1
    assert (counts.sum(axis=1) == len(values)).all()
    for place in (0, 1, DRAWS):
        drawn = np.repeat(np.arange(len(values)), counts[place])
        first, second = rows["capability"][drawn], rows["tokens"][drawn]
        if first.n_unique() > 1 and second.n_unique() > 1:
            assert found[place] == pytest.approx(spearman(first, second))


def test_a_rising_measure_correlates_wholly_and_a_falling_one_against() -> None:
    capability = [float(one) for one in range(20)]
    rows = models(capability=capability, tokens=[-(one**3) for one in capability])
    found = {
        (row["measure"], row["controlled_for"]): (row["rho"], row["rho_p05"], row["rho_p95"])
        for row in rank_correlations.rank_correlations(rows).iter_rows(named=True)
    }
    assert found["tokens", "none"] == pytest.approx((-1, -1, -1))
    assert found["revenue", "none"] == pytest.approx((1, 1, 1))
    assert ("price", "price") not in found
    constant = models(capability=capability, tokens=[1.0] * 20)
    assert "tokens" not in rank_correlations.rank_correlations(constant)["measure"].to_list()


def test_what_the_price_explains_is_taken_out() -> None:
    generator = np.random.default_rng(3)
    price = generator.random(400)
    capability, tokens = price + 0.1 * generator.random(400), price + 0.1 * generator.random(400)
    rows = models(capability=[*capability], tokens=[*tokens], price=[*price])
    found = {
        (row["measure"], row["controlled_for"]): row["rho"]
        for row in rank_correlations.rank_correlations(rows).iter_rows(named=True)
    }
    assert found["tokens", "none"] > 0.95
    assert abs(found["tokens", "price"]) < 0.1


def test_under_fifteen_models_nothing_is_said() -> None:
    capability = [float(one) for one in range(FEWEST)]
    prices = [*capability[1:], None]
    found = rank_correlations.rank_correlations(models(capability=capability, price=prices))
    assert {(row[2], row[4]) for row in found.rows()} == {
        ("tokens", FEWEST),
        ("paid_tokens", FEWEST),
    }
    few = models(capability=capability[1:])
    assert rank_correlations.rank_correlations(few).is_empty()
    assert rank_correlations.rank_correlations(few.clear()).schema == found.schema
