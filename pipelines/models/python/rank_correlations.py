"""Spearman's correlation of the capabilities index with what models earn, and its bootstrap.

A model that is drawn several times ties with itself. So a bootstrap needs no second sort: the ranks
of a sample follow from how often each model was drawn, in the order of the whole.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.models.python.random_streams import uniforms

Numbers = npt.NDArray[np.float64]

FEWEST = 15
"""Models under which a correlation is not published: the range is too restricted to be read."""

DRAWS = 500
"""Bootstraps over models."""

MEASURES = ("tokens", "paid_tokens", "revenue", "price")
CONTROLS = ("none", "price")
PRICED = {"revenue", "price"}
"""What is known only where a model has a price."""

SCHEMA = {
    "week": pl.Date,
    "scope": pl.String,
    "measure": pl.String,
    "controlled_for": pl.String,
    "models": pl.Int64,
    "rho": pl.Float64,
    "rho_p05": pl.Float64,
    "rho_p95": pl.Float64,
}


def rank_correlations(models: pl.DataFrame) -> pl.DataFrame:
    """Return `core.rank_correlation` from a row per week, scope and model.

    Rows have `capability` and the MEASURES, NULL where one is not known, and the run's seed.
    """
    found = [
        (*key, *row)
        for key, rows in models.group_by("week", "scope", maintain_order=True)
        for row in _of_scope(f"benchmark {key[0]} {key[1]}", rows)
    ]
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


Row = tuple[str, str, int, float, float, float]


def _of_scope(name: str, rows: pl.DataFrame) -> Iterator[Row]:
    """Yield measure, control, models, correlation and the ends of its 90% interval."""
    priced = rows.drop_nulls()
    samples = {True: Samples(name, priced)}
    samples[False] = samples[True] if len(priced) == len(rows) else Samples(name, rows)
    for measure, control in product(MEASURES, CONTROLS):
        sample = samples[bool({measure, control} & PRICED)]
        if measure == control or sample.models < FEWEST:
            continue
        rho, *others = sample.correlations(measure, None if control == "none" else control)
        if np.isnan(rho):  # one of them is the same for all models
            continue
        low, high = np.nanquantile(others, (0.05, 0.95))
        yield measure, control, sample.models, float(rho), float(low), float(high)


class Samples:
    """The models of a week as they are, and bootstraps of them: one row each."""

    def __init__(self, name: str, rows: pl.DataFrame) -> None:
        self.models, self._rows = len(rows), rows
        self._counts = np.ones((1 + DRAWS, self.models))
        self._centred: dict[str, tuple[Numbers, Numbers]] = {}
        self._correlations: dict[tuple[str, str], Numbers] = {}
        if self.models >= FEWEST:
            self._counts[1:] = _counts(name, int(rows["seed"][0]), self.models)

    def correlations(self, measure: str, control: str | None) -> Numbers:
        """Return the rank correlation of index and measure in each, NaN where one is constant.

        With a control it is the partial one, `(r_xy − r_xz·r_yz) / √((1 − r_xz²)(1 − r_yz²))`.
        """
        plain = self._correlation("capability", measure)
        if control is None:
            return plain
        left, right = self._correlation("capability", control), self._correlation(measure, control)
        with np.errstate(invalid="ignore", divide="ignore"):
            partial: Numbers = (plain - left * right) / np.sqrt((1 - left**2) * (1 - right**2))
        return partial

    def _correlation(self, first: str, second: str) -> Numbers:
        """Return the correlation of two columns in each sample, made once for each pair."""
        if (first, second) not in self._correlations:
            (left, left_length), (right, right_length) = map(self._ranked, (first, second))
            with np.errstate(invalid="ignore", divide="ignore"):
                cosine: Numbers = (self._counts * left * right).sum(axis=1) / np.sqrt(
                    left_length * right_length
                )
            self._correlations[first, second] = cosine
        return self._correlations[first, second]

    def _ranked(self, column: str) -> tuple[Numbers, Numbers]:
        """Return the ranks of a column in each sample less their mean, and the sum of squares."""
        if column not in self._centred:
            ranks = _ranks(self._rows[column].to_numpy(), self._counts)
            mean = (ranks * self._counts).sum(axis=1, keepdims=True) / self.models
            centred = ranks - mean
            self._centred[column] = centred, (self._counts * centred**2).sum(axis=1)
        return self._centred[column]


def _counts(name: str, seed: int, models: int) -> Numbers:
    """Return how often each model is drawn in each bootstrap."""
    places = (uniforms(name, seed, DRAWS * models) * models).astype(np.intp)
    samples = np.repeat(np.arange(DRAWS), models)
    counts = np.bincount(samples * models + places, minlength=DRAWS * models)
    return counts.reshape(DRAWS, models).astype(np.float64)


def _ranks(value: Numbers, counts: Numbers) -> Numbers:
    """Return the rank of each model in each sample; ties share the mean of their ranks."""
    _, group = np.unique(value, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    sizes = np.add.reduceat(counts[:, order], starts, axis=1)
    ranks: Numbers = (np.cumsum(sizes, axis=1) - (sizes - 1) / 2)[:, group]
    return ranks
