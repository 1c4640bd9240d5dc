"""The draws: what they promise apart from any week's numbers."""

from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.models import definition
from pipelines.models.python import revenue_bands

SETTING = {
    "draws": 500.0,
    "seed": 7.0,
    "share_floor": 0.005,
    "share_ceiling": 0.995,
    "common_cache_weight": 0.5,
    "write_share_low": 0.0,
    "write_share_mid": 0.5,
    "write_share_high": 1.0,
    "discount_low": -0.03,
    "discount_high": 0.1,
}


def members(*slugs: str, group: str = "all", price: float = 1.0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "week": "2026-05-18",
            "grain": "market",
            "key": group,
            "model_permaslug": slug,
            "base_permaslug": slug.partition(":")[0],
            "tokens": 10**9,
            "is_priced": True,
            "prompt_price": price,
            "completion_price": 5.0,
            "cache_read_price": 0.1,
            "cache_write_multiplier": 1.25,
            "prompt_share_low": 0.9,
            "prompt_share_mid": 0.95,
            "prompt_share_high": 0.99,
            "cached_share_low": 0.2,
            "cached_share_mid": 0.5,
            "cached_share_high": 0.7,
            **SETTING,
        }
        for slug in slugs
    )


def drawn_of(models: pl.DataFrame) -> revenue_bands.Draws:
    return revenue_bands.draw(models, revenue_bands.chances(models))


def _correlation(normals: revenue_bands.Numbers) -> float:
    return float(np.atleast_2d(np.corrcoef(normals))[0, 1:].mean())


def test_a_share_reaches_its_class_at_the_outer_deciles() -> None:
    drawn = drawn_of(members(*(f"a/{number}" for number in range(400))))
    assert np.quantile(drawn.prompt_share, [0.1, 0.5, 0.9]) == pytest.approx(
        [0.9, 0.95, 0.99], abs=0.002
    )


def test_half_of_the_variance_of_cached_shares_is_common() -> None:
    drawn = drawn_of(members(*(f"a/{number}" for number in range(60))))
    logits = [np.log(share / (1 - share)) for share in (drawn.cached_share, drawn.prompt_share)]
    assert _correlation(logits[0]) == pytest.approx(0.5, abs=0.06)
    assert abs(_correlation(logits[1])) < 0.06


@given(others=st.lists(st.sampled_from("bcdefgh"), unique=True), place=st.integers(0, 7))
def test_other_models_do_not_move_a_model(others: list[str], place: int) -> None:
    slugs = [f"x/{other}" for other in others]
    slugs.insert(place, "a/model")
    models = members(*slugs)
    row = models["model_permaslug"].to_list().index("a/model")
    alone = members("a/model")
    together = revenue_bands.dollars(revenue_bands.vectors(models), drawn_of(models))[row]
    assert np.array_equal(
        together, revenue_bands.dollars(revenue_bands.vectors(alone), drawn_of(alone))[0]
    )


def test_a_model_without_a_cache_price_reads_nothing_from_a_cache() -> None:
    models = members("a/model").with_columns(cache_read_price=pl.lit(None, pl.Float64))
    drawn = drawn_of(models)
    moved = replace(drawn, cached_share=drawn.cached_share / 2)
    assert np.array_equal(
        revenue_bands.dollars(revenue_bands.vectors(models), drawn),
        revenue_bands.dollars(revenue_bands.vectors(models), moved),
    )


def test_no_rows_give_no_bands() -> None:
    found = revenue_bands.bands(members("a/model").clear())
    assert found.height == 0
    assert found.columns[:3] == ["week", "grain", "key"]


def test_the_draw_with_every_input_at_its_mid_is_the_closed_form(database: Path) -> None:
    (model,) = (one for one in definition.load() if one.name == "core.revenue_band")
    with duckdb.connect(database, read_only=True) as connection:
        rows = connection.sql(model.sql).pl().filter(pl.col("grain") == "model")
        closed = connection.sql(
            "SELECT week, key, revenue_usd_mid FROM core.group_week WHERE grain = 'model'"
        ).pl()
    at_rest = np.zeros((1, 1))
    middle = revenue_bands.Draws(
        revenue_bands.share(rows, "prompt", at_rest),
        revenue_bands.share(rows, "cached", at_rest),
        np.array([0.5]),
        np.array([0.035]),
    )
    drawn = rows.select("week", "key").with_columns(
        drawn=pl.Series(revenue_bands.dollars(revenue_bands.vectors(rows), middle)[:, 0])
    )
    both = drawn.join(closed, on=["week", "key"])
    assert both.height == rows.height > 700
    assert both["drawn"].to_numpy() == pytest.approx(both["revenue_usd_mid"].to_numpy(), rel=1e-9)
