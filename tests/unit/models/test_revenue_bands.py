"""The draws: what they promise apart from any week's numbers."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
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
            "part": 1,
            "is_before_change": False,
            "part_from": 0.0,
            "part_to": 7.0,
            "change_seen_at": None,
            "changed_after": None,
            "changed_before": None,
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


def divided(after: float, before: float) -> pl.DataFrame:
    """Return the 14 parts of a model whose price changed between two catalogues, day by day."""
    model = members("a/model").row(0, named=True)
    days = [
        (max(after, day), min(before, day + 1))
        for day in range(7)
        if after < day + 1 and before > day
    ]
    return pl.DataFrame(
        {
            **model,
            "part": number,
            "is_before_change": is_before,
            "part_from": float(start),
            "part_to": float(end),
            "change_seen_at": datetime(2026, 5, 25, tzinfo=UTC),
            "changed_after": after,
            "changed_before": before,
        }
        for is_before in (True, False)
        for number, (start, end) in enumerate(days)
    )


@pytest.mark.accept
@given(after=st.floats(-7, 6.9), length=st.floats(0.01, 14))
def test_an_unknown_change_divides_every_part_at_one_instant(after: float, length: float) -> None:
    """In each draw all before an instant has the old price, and all after it the new one."""
    before = after + length
    assume(before > 0)
    parts = divided(after, before)
    weights = revenue_bands.weights(parts)
    count = len(parts) // 2
    old, new = weights[:count], weights[count:]
    assert old + new == pytest.approx(np.ones_like(old))
    assert (old.sum(axis=0) > 0).any() or after > 6.9
    lengths = (parts["part_to"] - parts["part_from"]).to_numpy()[:count]
    begins = parts["part_from"].to_numpy()[0]
    instants = begins + (old * lengths[:, None]).sum(axis=0)
    for place in range(count):
        start, end = parts["part_from"][place], parts["part_to"][place]
        assert old[place] == pytest.approx(
            np.clip((instants - start) / (end - start), 0, 1), abs=1e-6
        )


def test_the_instant_of_a_change_is_uniform_between_the_catalogues() -> None:
    parts = divided(1.0, 6.0).with_columns(draws=pl.lit(20_000.0))
    weights = revenue_bands.weights(parts)
    instants = 1.0 + weights[: len(parts) // 2].sum(axis=0)
    assert np.quantile(instants, [0.1, 0.5, 0.9]) == pytest.approx([1.5, 3.5, 5.5], abs=0.06)


def test_a_certain_price_has_all_of_its_tokens() -> None:
    assert (revenue_bands.weights(members("a/model", "a/other")) == 1).all()


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
    earned = revenue_bands.dollars(revenue_bands.vectors(rows), middle)[:, 0]
    drawn = (
        rows.select("week", "key")
        .with_columns(drawn=pl.Series(earned * _weights_midway(rows)))
        .group_by("week", "key")
        .agg(pl.col("drawn").sum())
    )
    both = drawn.join(closed, on=["week", "key"])
    assert len(rows) > both.height > 700
    assert both["drawn"].to_numpy() == pytest.approx(both["revenue_usd_mid"].to_numpy(), rel=1e-9)


def _weights_midway(rows: pl.DataFrame) -> list[float]:
    """Return the share of each part's tokens if every change is midway between its catalogues."""
    shares = []
    for row in rows.iter_rows(named=True):
        if row["change_seen_at"] is None:
            shares.append(1.0)
            continue
        instant = (row["changed_after"] + row["changed_before"]) / 2
        before = min(max(instant, row["part_from"]), row["part_to"]) - row["part_from"]
        share = before / (row["part_to"] - row["part_from"])
        shares.append(share if row["is_before_change"] else 1 - share)
    return shares
