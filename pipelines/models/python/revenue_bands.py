"""Revenue as a band: what the list prices earn under many draws of what is not known.

`rev = T·[ps·((1−h)·p_in·(1 + w(κ−1)) + h·p_cr) + (1−ps)·p_out]·(1−δ)`

ps and h are drawn for each model, from a normal on the logit scale whose two halves reach the low
and the high value at P10 and P90; w and δ are drawn once per run. A price that changed between two
catalogues changed at an instant drawn uniformly between them. A model's own draws depend on its
slug and the seed alone, so adding or removing other models does not change them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.models.python.columns import numbers
from pipelines.models.python.random_streams import normals, uniforms

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

P90 = 1.2815515655446004
"""The standard normal's ninth decile; `core.model_mix` writes the same number."""

OFFER = ("prompt_price", "completion_price", "cache_read_price", "cache_write_multiplier")
"""The columns that say at what a model is offered."""

PERCENTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class Draws:
    """What is drawn: shares with one row per part, all else common to the models of a run."""

    prompt_share: Numbers
    cached_share: Numbers
    write_share: Numbers
    discount: Numbers


def bands(members: pl.DataFrame) -> pl.DataFrame:
    """Return P10, P50 and P90 of dollars and shares for every group of `core.revenue_band`.

    A row of `members` is a part of a model's tokens (`core.price_part`) in a group of a week,
    sorted by week, grain and key; the run's parameters are in every row.
    """
    columns = [f"revenue_{kind}_{name}" for kind in ("usd", "share") for name in PERCENTILES]
    groups = members.select("week", "grain", "key").unique(maintain_order=True)
    if members.is_empty():
        return groups.hstack(pl.DataFrame(schema=dict.fromkeys(columns, pl.Float64)))
    parts = members.unique(["week", "model_permaslug", "part"], maintain_order=True)
    streams = chances(parts)
    part = _places(members, parts, "week", "model_permaslug", "part")
    group = members.select(pl.struct("week", "grain", "key").rle_id()).to_series().to_numpy()

    def of_week(rows: slice) -> Numbers:
        first, last = part[rows].min(), part[rows].max() + 1
        offered = parts[first:last]
        earned = dollars(vectors(offered), draw(offered, streams)) * weights(offered)
        return _group_bands(group[rows] - group[rows.start], part[rows] - first, earned)

    found = np.concatenate([of_week(rows) for rows in _weeks(members)])
    values = pl.DataFrame(found, schema=columns).fill_nan(None)
    return groups.hstack(values)


def _places(rows: pl.DataFrame, among: pl.DataFrame, *key: str) -> Places:
    """Return for each row its place in another table that has its key once."""
    numbered = among.select(*key).with_row_index("place")
    return rows.select(*key).join(numbered, on=key, maintain_order="left")["place"].to_numpy()


def _weeks(members: pl.DataFrame) -> Iterator[slice]:
    """Yield the rows of each week."""
    lengths = members["week"].rle().struct.field("len").to_list()
    start = 0
    for length in lengths:
        yield slice(start, start + length)
        start += length


def _group_bands(group: Places, part: Places, revenue: Numbers) -> Numbers:
    """Return one row of percentiles for every group of a week, dollars first, then shares."""
    belongs = np.zeros((group[-1] + 1, len(revenue)), dtype=revenue.dtype)
    belongs[group, part] = 1
    # Many groups are one model, or the same few: each set of parts is computed once.
    distinct, whose = np.unique(belongs, axis=0, return_inverse=True)
    is_single = distinct.sum(axis=1) == 1
    earned, market = np.empty((len(distinct), revenue.shape[1])), revenue.sum(axis=0)
    earned[is_single] = revenue[distinct[is_single].argmax(axis=1)]
    earned[~is_single] = distinct[~is_single] @ revenue
    shares = np.divide(earned, market, out=np.full_like(earned, np.nan), where=market > 0)
    found: Numbers = np.hstack([_percentiles(earned), _percentiles(shares)])[whose]
    return found


def chances(models: pl.DataFrame) -> dict[str, Numbers]:
    """Return the normals of every model, for prompt and cached share, under its slug."""
    run = models.row(0, named=True)
    slugs = models["base_permaslug"].unique(maintain_order=True)
    return {slug: normals(slug, int(run["seed"]), int(run["draws"])) for slug in slugs}


def draw(parts: pl.DataFrame, streams: dict[str, Numbers]) -> Draws:
    """Draw the shares of each part's model in a week, and what is the same for the whole run."""
    run = parts.row(0, named=True)
    draws, seed, weight = int(run["draws"]), int(run["seed"]), run["common_cache_weight"]
    common = np.random.default_rng(seed)
    shared = common.standard_normal(draws) * np.sqrt(weight)
    mixes = parts.unique("base_permaslug", maintain_order=True)
    mix = _places(parts, mixes, "base_permaslug")
    own = np.stack([streams[slug] for slug in mixes["base_permaslug"]])
    return Draws(
        prompt_share=share(mixes, "prompt", own[:, 0])[mix],
        cached_share=share(mixes, "cached", shared + own[:, 1] * np.sqrt(1 - weight))[mix],
        write_share=common.choice(
            [run["write_share_low"], run["write_share_mid"], run["write_share_high"]], draws
        ),
        discount=common.uniform(run["discount_low"], run["discount_high"], draws),
    )


def weights(parts: pl.DataFrame) -> Numbers:
    """Return for each part and draw the share of its tokens that were at its price.

    It is 1 where the price is certain. Otherwise the price changed at an instant drawn uniformly
    between the catalogues before and after it, the same for all parts and weeks that it divides.
    `core.price_part` applies the same rule at the middle.
    """
    draws, seed = int(parts["draws"][0]), int(parts["seed"][0])
    found = np.ones((len(parts), draws))
    for place, row in enumerate(parts.iter_rows(named=True)):
        if row["change_seen_at"] is None:
            continue
        name = f"{row['model_permaslug']} {row['change_seen_at']:%Y-%m-%dT%H:%M:%SZ}"
        after, before = row["changed_after"], row["changed_before"]
        instant = after + uniforms(name, seed, draws) * (before - after)
        length = row["part_to"] - row["part_from"]
        share_before = np.clip((instant - row["part_from"]) / length, 0, 1)
        found[place] = share_before if row["is_before_change"] else 1 - share_before
    return found


def vectors(parts: pl.DataFrame) -> dict[str, Numbers]:
    """Return what `dollars` needs as column vectors, which meet rows of draws; unknown is 0."""
    offers = {name: _column(parts, name) for name in OFFER}
    offers["has_cache"] = parts["cache_read_price"].is_not_null().to_numpy()[:, None]
    offers["tokens"] = np.where(_column(parts, "is_priced"), _column(parts, "tokens"), 0)
    return offers


def dollars(offers: dict[str, Numbers], drawn: Draws) -> Numbers:
    """Return revenue in USD, one row per model and one column per draw.

    Each step overwrites the one before: new arrays of this size cost more than the arithmetic.
    """
    completion_price = offers["completion_price"]
    written = drawn.write_share * (offers["cache_write_multiplier"] - 1)
    written += 1
    price: Numbers = np.multiply(written, offers["prompt_price"], out=written)
    saved = offers["cache_read_price"] - price
    saved *= np.where(offers["has_cache"], drawn.cached_share, 0)
    price += saved
    price -= completion_price
    price *= drawn.prompt_share
    price += completion_price
    price *= offers["tokens"] / 1e6
    price *= 1 - drawn.discount
    return price


def share(models: pl.DataFrame, name: str, normals: Numbers) -> Numbers:
    """Return a share for every normal: a two-piece normal on the logit scale, then clipped.

    Low, mid and high are P10, P50 and P90 of the week, aged by `core.model_mix`.
    """
    low, mid, high = (
        _logit(_column(models, f"{name}_share_{place}")) for place in ("low", "mid", "high")
    )
    logits = mid + normals * np.where(normals < 0, mid - low, high - mid) / P90
    floor, ceiling = models["share_floor"][0], models["share_ceiling"][0]
    clipped: Numbers = np.clip(1 / (1 + np.exp(-logits)), floor, ceiling)
    return clipped


def _percentiles(drawn: Numbers) -> Numbers:
    """Return the percentiles of each row, as the nearest draws; seven digits are enough here."""
    places = [round(part * (drawn.shape[1] - 1)) for part in PERCENTILES.values()]
    return np.sort(drawn.astype(np.float32), axis=1)[:, places].astype(np.float64)


def _column(models: pl.DataFrame, name: str) -> Numbers:
    """Return a column as a column vector, so that it meets rows of draws; unknown is 0."""
    return numbers(models, name)[:, None]


def _logit(share: Numbers) -> Numbers:
    inside = np.clip(share, 1e-12, 1 - 1e-12)
    logits: Numbers = np.log(inside / (1 - inside))
    return logits
