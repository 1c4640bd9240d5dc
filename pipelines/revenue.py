"""Revenue as a band: what the list prices earn under many draws of what is not known.

`rev = T·[ps·((1−h)·p_in·(1 + w(κ−1)) + h·p_cr) + (1−ps)·p_out]·(1−δ)`

ps and h are drawn for each model, from a normal on the logit scale whose two halves reach the low
and the high value at P10 and P90; w and δ are drawn once per run. A model's own draws depend on its
slug and the seed alone, so other models come and go without moving them.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Numbers = npt.NDArray[np.float64]

P90 = 1.2815515655446004
"""The standard normal's ninth decile."""

PERCENTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class Shocks:
    """What chance decides in each draw: one value a run, or one a model (rows) and draw."""

    prompt: Numbers
    cached: Numbers
    write_share: Numbers
    discount: Numbers


def bands(members: pl.DataFrame) -> pl.DataFrame:
    """Return P10, P50 and P90 of dollars and shares for every group of `core.revenue_band`.

    A row of `members` is a model in a group of a week, sorted by week, grain and key; the run's
    parameters stand in every row.
    """
    by_week = [
        _week_bands(week)
        for week in members.partition_by("week", maintain_order=True)
        if not members.is_empty()
    ]
    groups = members.select("week", "grain", "key").unique(maintain_order=True)
    columns = [f"revenue_{kind}_{name}" for kind in ("usd", "share") for name in PERCENTILES]
    values = np.concatenate(by_week) if by_week else np.empty((0, len(columns)))
    return groups.hstack(pl.DataFrame(values, schema=columns)).with_columns(
        pl.col(column).fill_nan(None) for column in columns
    )


def _week_bands(members: pl.DataFrame) -> Numbers:
    """Return one row of percentiles for every group of a week, dollars first, then shares."""
    models = members.unique("model_permaslug", maintain_order=True)
    drawn = dollars(models, shocks(models))
    place = {slug: number for number, slug in enumerate(models["model_permaslug"])}
    rows = [place[slug] for slug in members["model_permaslug"]]
    groups = members.with_row_index("row").group_by("grain", "key", maintain_order=True)
    starts = groups.agg(pl.col("row").first())["row"].to_numpy()
    revenue = np.add.reduceat(drawn[rows], starts, axis=0)
    market = drawn.sum(axis=0)
    shares = np.divide(revenue, market, out=np.full_like(revenue, np.nan), where=market > 0)
    return np.hstack([_percentiles(revenue), _percentiles(shares)])


def shocks(models: pl.DataFrame) -> Shocks:
    """Draw what chance decides for these models."""
    run = models.row(0, named=True)
    draws, seed = int(run["draws"]), int(run["seed"])
    common = np.random.default_rng(seed)
    weight = run["common_cache_weight"]
    shared = common.standard_normal(draws) * np.sqrt(weight)
    own = np.stack([_normals(slug, seed, draws) for slug in models["base_permaslug"]])
    return Shocks(
        prompt=own[:, 0],
        cached=shared + own[:, 1] * np.sqrt(1 - weight),
        write_share=common.choice(
            [run["write_share_low"], run["write_share_mid"], run["write_share_high"]], draws
        ),
        discount=common.uniform(run["discount_low"], run["discount_high"], draws),
    )


def dollars(models: pl.DataFrame, drawn: Shocks) -> Numbers:
    """Return revenue in USD, a row a model and a column a draw."""
    prompt = _share(models, "prompt", drawn.prompt)
    cached = _share(models, "cached", drawn.cached)
    has_cache = models["cache_read_price"].is_not_null().to_numpy()[:, None]
    cached = np.where(has_cache, cached, 0)
    written = 1 + drawn.write_share * (_column(models, "cache_write_multiplier") - 1)
    fresh_price = _column(models, "prompt_price") * written
    read_price = _column(models, "cache_read_price")
    per_token = prompt * ((1 - cached) * fresh_price + cached * read_price)
    per_token = per_token + (1 - prompt) * _column(models, "completion_price")
    earned = _column(models, "tokens") / 1e6 * per_token * (1 - drawn.discount)
    return np.where(models["is_priced"].to_numpy()[:, None], earned, 0)


def _share(models: pl.DataFrame, name: str, normals: Numbers) -> Numbers:
    """Return a share for every normal: a two-piece normal on the logit scale, then clipped."""
    floor, ceiling = models["share_floor"][0], models["share_ceiling"][0]
    low, mid, high = (
        _logit(np.clip(_column(models, f"{name}_share_{place}"), floor, ceiling))
        for place in ("low", "mid", "high")
    )
    observed = models["is_observed"].to_numpy()[:, None]
    spread = models["observed_logit_sd"][0]
    down = np.where(observed, spread, (mid - low) / P90)
    up = np.where(observed, spread, (high - mid) / P90)
    logits = mid + normals * np.where(normals < 0, down, up)
    return np.clip(1 / (1 + np.exp(-logits)), floor, ceiling)


def _normals(slug: str, seed: int, draws: int) -> Numbers:
    """Return a model's own two rows of standard normals."""
    digest = hashlib.sha256(slug.encode()).digest()
    generator = np.random.default_rng([seed, int.from_bytes(digest[:8])])
    return generator.standard_normal((2, draws))


def _percentiles(drawn: Numbers) -> Numbers:
    """Return the percentiles of each row; sorting it is the fastest way to three of them."""
    ordered = np.sort(drawn, axis=1)
    places = [round(part * (drawn.shape[1] - 1)) for part in PERCENTILES.values()]
    return ordered[:, places]


def _column(models: pl.DataFrame, name: str) -> Numbers:
    """Return a column as a column vector, so that it meets rows of draws; unknown is 0."""
    filled: npt.NDArray[Any] = models[name].cast(pl.Float64).fill_null(0).to_numpy()
    return filled[:, None]


def _logit(share: Numbers) -> Numbers:
    logits: Numbers = np.log(share / (1 - share))
    return logits
