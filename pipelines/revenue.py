"""Revenue as a band: what the list prices earn under many draws of what is not known.

`rev = T·[ps·((1−h)·p_in·(1 + w(κ−1)) + h·p_cr) + (1−ps)·p_out]·(1−δ)`

ps and h are drawn for each model, from a normal on the logit scale whose two halves reach the low
and the high value at P10 and P90; w and δ are drawn once per run. A model's own draws depend on its
slug and the seed alone, so other models come and go without moving them.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Numbers = npt.NDArray[np.float64]

P90 = 1.2815515655446004
"""The standard normal's ninth decile."""

PERCENTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class Draws:
    """What chance decides: shares have a row a model, the rest is common to all models of a run."""

    prompt_share: Numbers
    cached_share: Numbers
    write_share: Numbers
    discount: Numbers

    def of(self, models: list[int]) -> "Draws":
        """Return the draws of these models, by row."""
        return replace(
            self, prompt_share=self.prompt_share[models], cached_share=self.cached_share[models]
        )


def bands(members: pl.DataFrame) -> pl.DataFrame:
    """Return P10, P50 and P90 of dollars and shares for every group of `core.revenue_band`.

    A row of `members` is a model in a group of a week, sorted by week, grain and key; the run's
    parameters stand in every row. Weeks are independent, so they are computed side by side.
    """
    columns = [f"revenue_{kind}_{name}" for kind in ("usd", "share") for name in PERCENTILES]
    groups = members.select("week", "grain", "key").unique(maintain_order=True)
    if members.is_empty():
        return groups.hstack(pl.DataFrame(schema=dict.fromkeys(columns, pl.Float64)))
    mixes = members.unique("base_permaslug", maintain_order=True)
    drawn = draw(mixes)
    place = {slug: number for number, slug in enumerate(mixes["base_permaslug"])}

    def of_week(week: pl.DataFrame) -> Numbers:
        models = week.unique("model_permaslug", maintain_order=True)
        own = drawn.of([place[slug] for slug in models["base_permaslug"]])
        return _group_bands(week, models["model_permaslug"], dollars(models, own))

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(of_week, members.partition_by("week", maintain_order=True)))
    values = pl.DataFrame(np.concatenate(found), schema=columns).fill_nan(None)
    return groups.hstack(values)


def _group_bands(members: pl.DataFrame, models: pl.Series, revenue: Numbers) -> Numbers:
    """Return one row of percentiles for every group of a week, dollars first, then shares."""
    place = {slug: number for number, slug in enumerate(models)}
    group = members.select(pl.struct("grain", "key").rle_id()).to_series().to_numpy()
    belongs = np.zeros((group[-1] + 1, len(models)))
    belongs[group, [place[slug] for slug in members["model_permaslug"]]] = 1
    # Many groups are one model, or the same few: each set of models is worked out once.
    distinct, whose = np.unique(belongs, axis=0, return_inverse=True)
    earned, market = distinct @ revenue, revenue.sum(axis=0)
    shares = np.divide(earned, market, out=np.full_like(earned, np.nan), where=market > 0)
    found: Numbers = np.hstack([_percentiles(earned), _percentiles(shares)])[whose]
    return found


def draw(models: pl.DataFrame) -> Draws:
    """Draw what is not known of these models, and what is not known of the run."""
    run = models.row(0, named=True)
    draws, seed, weight = int(run["draws"]), int(run["seed"]), run["common_cache_weight"]
    common = np.random.default_rng(seed)
    shared = common.standard_normal(draws) * np.sqrt(weight)
    own = np.stack([_normals(slug, seed, draws) for slug in models["base_permaslug"]])
    return Draws(
        prompt_share=share(models, "prompt", own[:, 0]),
        cached_share=share(models, "cached", shared + own[:, 1] * np.sqrt(1 - weight)),
        write_share=common.choice(
            [run["write_share_low"], run["write_share_mid"], run["write_share_high"]], draws
        ),
        discount=common.uniform(run["discount_low"], run["discount_high"], draws),
    )


def dollars(models: pl.DataFrame, drawn: Draws) -> Numbers:
    """Return revenue in USD, a row a model and a column a draw."""
    has_cache = models["cache_read_price"].is_not_null().to_numpy()[:, None]
    cached = np.where(has_cache, drawn.cached_share, 0)
    written = 1 + drawn.write_share * (_column(models, "cache_write_multiplier") - 1)
    fresh_price = _column(models, "prompt_price") * written
    read_price = _column(models, "cache_read_price")
    prompt_price = fresh_price + cached * (read_price - fresh_price)
    completion_price = _column(models, "completion_price")
    per_token = completion_price + drawn.prompt_share * (prompt_price - completion_price)
    is_priced = models["is_priced"].to_numpy()[:, None]
    tokens = np.where(is_priced, _column(models, "tokens") / 1e6, 0)
    earned: Numbers = tokens * per_token * (1 - drawn.discount)
    return earned


def share(models: pl.DataFrame, name: str, normals: Numbers) -> Numbers:
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
    clipped: Numbers = np.clip(1 / (1 + np.exp(-logits)), floor, ceiling)
    return clipped


def _normals(slug: str, seed: int, draws: int) -> Numbers:
    """Return a model's own two rows of standard normals."""
    digest = hashlib.sha256(slug.encode()).digest()
    generator = np.random.default_rng([seed, int.from_bytes(digest[:8])])
    return generator.standard_normal((2, draws))


def _percentiles(drawn: Numbers) -> Numbers:
    """Return the percentiles of each row, as the nearest draws."""
    places = [round(part * (drawn.shape[1] - 1)) for part in PERCENTILES.values()]
    return np.partition(drawn, places, axis=1)[:, places]


def _column(models: pl.DataFrame, name: str) -> Numbers:
    """Return a column as a column vector, so that it meets rows of draws; unknown is 0."""
    filled: npt.NDArray[Any] = models[name].cast(pl.Float64).fill_null(0).to_numpy()
    return filled[:, None]


def _logit(share: Numbers) -> Numbers:
    logits: Numbers = np.log(share / (1 - share))
    return logits
