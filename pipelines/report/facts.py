"""What the rows of a week allow to be said: codes and numbers with their conditions, no words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

UNEARNING = ("free", "stealth")
"""Reasons for no price that mean no revenue; any other reason means that it is not known."""


@dataclass(frozen=True)
class Entries:
    """Models that came into the top ten, by how; `weeks_known` of the four weeks before."""

    new: list[str]
    variants: list[str]
    back: list[str]
    successors: list[str]
    weeks_known: int


@dataclass(frozen=True)
class Coverage:
    """Shares of the listed tokens that earn nothing, and whose price is not known."""

    free: float
    unpriced: float


@dataclass(frozen=True)
class Estimate:
    """Shares of the estimated revenue by what its token mix rests on, and P90 over P10 of it all.

    `guessed` is at the largest class of the author, or at general chat.
    """

    observed: float
    classes: float
    guessed: float
    band_ratio: float


@dataclass(frozen=True)
class Benchmark:
    """How the capabilities index goes with use and pay: rows of `marts.benchmark_against_share`.

    `used` is more, less or unknown, `paid` far_more, more, less or unknown: sides of zero on which
    the whole interval is, and far more than used where the two intervals do not meet.
    """

    tokens: Row
    revenue: Row
    price: Row
    used: str
    paid: str


MOST_GUESSED, MOST_WIDENED = 0.01, 1.05
"""From these rises of the guessed share and of the band on, an estimate is called worse."""


def benchmark(correlations: Iterable[Row]) -> Benchmark | None:
    """Return how the index goes with use and pay; None where too few models are compared."""
    rows = {row["measure"]: row for row in correlations}
    if not rows.keys() >= {"tokens", "revenue", "price"}:
        return None
    tokens, revenue = rows["tokens"], rows["revenue"]
    paid = _side(revenue)
    if paid == "more" and revenue["rho_p05"] > tokens["rho_p95"]:
        paid = "far_more"
    return Benchmark(tokens, revenue, rows["price"], _side(tokens), paid)


def _side(row: Row) -> str:
    """Return on which side of zero a correlation's interval is."""
    if row["rho_p05"] > 0:
        return "more"
    return "less" if row["rho_p95"] < 0 else "unknown"


def no_growth_because(is_complete: bool, before: Iterable[Row]) -> str | None:
    """Return why growth on the week before is not known, as a code; None if it is.

    `before` is the row of the week before in `marts.weekly_total`, or nothing.
    """
    if not is_complete:
        return "open_week"
    for row in before:
        return None if row["is_complete"] else "open_week_before"
    return "unknown_week_before"


def are_models_comparable(is_complete: bool, before: Iterable[Row]) -> bool:
    """Whether models can be compared: both weeks complete, with rows for each day."""
    known = [row for row in before if row["source"] == "daily_rows"]
    return no_growth_because(is_complete, known) is None


def entries(moves: Iterable[Row]) -> Entries:
    """Return who came into the top ten, from the rows of `marts.rank_moves` of one week.

    A model whose other variant was in the top ten in the four weeks before is not new.
    """
    came = [row for row in moves if row["top_n"] == 10 and row["move"] != "left"]

    def those(move: str, has_twin: bool | None = None) -> list[str]:
        return [
            row["model_permaslug"]
            for row in came
            if row["move"] == move and has_twin in (None, row["twin"] is not None)
        ]

    return Entries(
        new=those("entered", False),
        variants=those("entered", True),
        back=those("re_entered"),
        successors=those("succeeded"),
        weeks_known=min((row["weeks_known"] for row in came), default=4),
    )


def coverage(tokens_by_reason: Iterable[Row]) -> Coverage | None:
    """Return what of the listed tokens has no price, by whether that means no revenue.

    Rows have `unpriced_because`, NULL for a known price, and `tokens`; None without tokens.
    """
    rows = list(tokens_by_reason)
    total = sum(row["tokens"] for row in rows)
    if not total:
        return None
    free = sum(row["tokens"] for row in rows if row["unpriced_because"] in UNEARNING)
    priced = sum(row["tokens"] for row in rows if row["unpriced_because"] is None)
    return Coverage(free / total, (total - free - priced) / total)


def estimate(quality: Iterable[Row]) -> Estimate | None:
    """Return what a week's revenue rests on, from its rows of `marts.estimate_quality`.

    None where no model is priced above zero.
    """
    rows = {row["revenue_method"]: row for row in quality}
    if "all" not in rows or not rows["all"]["revenue_usd_mid"]:
        return None

    def of(*methods: str) -> float:
        return float(sum(rows[one]["revenue_share"] for one in methods if one in rows))

    return Estimate(
        observed=of("observed_mix"),
        classes=of("class_prior"),
        guessed=of("author_prior", "unclassified"),
        band_ratio=rows["all"]["band_ratio"],
    )


def is_worse(now: Estimate | None, before: Estimate | None) -> bool:
    """Whether an estimate is worse than the week before; what is not known is not worse."""
    if now is None or before is None:
        return False
    return (
        now.guessed - before.guessed >= MOST_GUESSED
        or now.band_ratio >= MOST_WIDENED * before.band_ratio
    )


def move_into_the_list(moves: Iterable[Row], model: str) -> str | None:
    """Return how a model that had no rank the week before came into the largest list, or None."""
    known = sorted(
        (row for row in moves if row["model_permaslug"] == model and row["move"] != "left"),
        key=lambda row: -row["top_n"],
    )
    return known[0]["move"] if known else None
