"""What people read of a finding that blocks publication, and of an alert, in any language.

Every sentence is made here from the codes and numbers of `marts.publication_findings` and
`marts.alerts`.
"""

from collections.abc import Mapping
from typing import Any

from pipelines.words.language import Language

Row = Mapping[str, Any]


def finding(language: Language, reason: str, size: float) -> str:
    """Return what was found, with its size: a fraction, in terms of its reason."""
    return language.say(
        f"findings.{reason}",
        share=language.part(abs(size)),
        growth=language.growth(size),
        count=round(7 * size),
    )


def alert(language: Language, row: Row) -> str:
    """Return what happened to the subject, with its evidence; `row` is one of `marts.alerts`."""
    return language.say(
        f"alerts.{row['kind']}{_variant(row)}",
        subject=row["subject"],
        share=language.part(abs(row["size"] or 0)),
        growth=language.growth(row["size"]),
        low=language.growth(row["size_low"]),
        high=language.growth(row["size_high"]),
        p_value=language.probability(row["p_value"]),
        tokens=language.tokens(row["tokens"]),
        count=row["rows"],
        price=language.name("list_price", row["price"]),
        before=language.price(row["previous_usd"]),
        after=language.price(row["current_usd"]),
        since=row["since"],
    )


def worse_estimate(language: Language, now: Row, before: Row) -> str:
    """Return in what the newest week's estimate is less certain than that of the week before.

    Both are a `report.facts.Estimate` as a dictionary.
    """
    return language.say(
        "worse_estimate",
        guessed=language.part(now["guessed"]),
        guessed_before=language.part(before["guessed"]),
        ratio=language.ratio(now["band_ratio"]),
        ratio_before=language.ratio(before["band_ratio"]),
    )


def _variant(row: Row) -> str:
    """Return the end of a sentence's key: what is known decides which of two is said."""
    if row["kind"] == "single_app" and row["since"] is not None:
        return "_window"
    is_priceless = row["kind"] in ("author_prior", "unclassified") and row["size"] is None
    return "_unpriced" if is_priceless else ""
