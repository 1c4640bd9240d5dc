"""Words about own usage."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pipelines.words.language import UNKNOWN, Language


def fetched(language: Language, first: date, last: date, rows: int, weeks: int) -> str:
    """Return what a fetch of OpenRouter's totals changed."""
    key = "fetched" if weeks else "unchanged"
    written = language.count(rows)
    return language.say(f"own_usage.{key}", first=first, last=last, rows=written, count=weeks)


def controls(language: Language, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield, for each scope, how much of OpenRouter's totals the ledger has."""
    for row in rows:
        said = language.say(
            "own_usage.control",
            count=row["days"],
            scope=row["scope"],
            reported=language.tokens(row["reported_tokens"]),
            reported_usd=language.number(row["reported_usd"]),
            share=_share(language, row["ledger_tokens"], row["reported_tokens"]),
            usd_share=_share(language, row["ledger_usd"], row["reported_usd"]),
        )
        days = row["days_that_differ"]
        differing = language.say("own_usage.differing", count=days) if days else ""
        yield f"{said}; {differing}" if differing else said


def _share(language: Language, part: float, whole: float) -> str:
    return language.percent(part / whole) if whole else UNKNOWN
