"""`GET /datasets/rankings-daily`: tokens per model, plain, filtered exactly, or sampled.

A day has at most the fifty most used models and one row `other` for everything else. With a
modality or a context bucket the counts are exact; with a category or a language type they are
estimates from a sampled weekly dataset, kept in a table of their own so that nobody adds them up.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import NotRequired

import pyarrow as pa
from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from pipelines.columns import Day, arrow_schema
from pipelines.sources.answer import Answer
from pipelines.sources.contract import LARGEST_BIGINT, Digits, IsoDate, Slug, check, check_version
from pipelines.sources.snapshot import Snapshot, instant

ROWS_PER_DAY = 51


class _Row(TypedDict):
    date: IsoDate
    model_permaslug: Slug
    total_tokens: Digits


class _Meta(TypedDict):
    as_of: str
    version: str
    start_date: IsoDate
    end_date: IsoDate
    as_of_is_exact: NotRequired[bool]  # ours: recordings without the exact instant say false


class _Rankings(TypedDict):
    data: list[_Row]
    meta: _Meta


CONTRACT = TypeAdapter(_Rankings)


class RankingsDaily(BaseModel):
    """Tokens of a model on a day; one row is `other`, everything outside the day's top 50."""

    date: Day
    model_permaslug: str
    total_tokens: int
    asked_from: Day
    asked_to: Day
    answer: str
    as_of: datetime
    as_of_is_exact: bool


class RankingsFiltered(RankingsDaily):
    """The same for one modality or context bucket; exact."""

    dimension: str
    value: str


class RankingsSampled(RankingsDaily):
    """Estimated tokens of a model in the week that begins on `date`, by category or language."""

    dimension: str
    value: str


def reader(row: type[RankingsDaily]) -> Callable[[Answer], Snapshot]:
    """Return the function that reads an answer into a table of such rows."""
    schema = arrow_schema(row)

    def read(answer: Answer) -> Snapshot:
        """Check an answer and return its rows sorted by date and slug, duplicates folded."""
        body = check(answer, CONTRACT)
        meta = body["meta"]
        check_version(answer, meta["version"])
        start, end = answer.request.parameter("start_date"), answer.request.parameter("end_date")
        counts = _counts(answer, body["data"], start or "", end or "9999-12-31")
        keys = sorted(counts)
        days = {day: _calendar_day(answer, day) for day in {day for day, _ in keys}}
        as_of, is_exact = instant(answer, meta["as_of"]), meta.get("as_of_is_exact", True)
        columns = {
            "date": [days[day] for day, _ in keys],
            "model_permaslug": [slug for _, slug in keys],
            "total_tokens": [counts[key] for key in keys],
        }
        constants = {
            "asked_from": date.fromisoformat(meta["start_date"]),
            "asked_to": date.fromisoformat(meta["end_date"]),
            "answer": answer.sha256[:12],
            "as_of": as_of,
            "as_of_is_exact": is_exact,
            **dict(zip(("dimension", "value"), _slice(answer), strict=True)),
        }
        columns |= {
            name: pa.repeat(pa.scalar(constants[name], schema.field(name).type), len(keys))
            for name in schema.names[3:]
        }
        return Snapshot(as_of, is_exact, pa.table(columns, schema=schema))

    return read


def _slice(answer: Answer) -> tuple[str, str]:
    """Return which part of the traffic was asked for; two empty words for all of it."""
    for dimension in ("modality", "context_bucket", "category", "language_type"):
        value = answer.request.parameter(dimension)
        if value:
            return dimension, value
    return "", ""


def _calendar_day(answer: Answer, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise answer.refuse(f"{text} is not a day of the calendar") from None


def _counts(answer: Answer, rows: list[_Row], start: str, end: str) -> dict[tuple[str, str], int]:
    """Check what no single row can show; return tokens by date and slug."""
    counts = {(row["date"], row["model_permaslug"]): int(row["total_tokens"]) for row in rows}
    if not counts:
        raise answer.refuse("the answer holds no rows")
    if len(counts) < len(rows):
        _refuse_conflicts(answer, rows, counts)
    if max(counts.values()) > LARGEST_BIGINT:
        raise answer.refuse("a token count does not fit a signed 64-bit integer")
    per_day = Counter(day for day, _ in counts)
    for day, number in per_day.items():
        if not start <= day <= end:
            raise answer.refuse(f"a row is dated {day}, outside the days asked for")
        if number > ROWS_PER_DAY:
            raise answer.refuse(f"{day} has {number} rows, more than {ROWS_PER_DAY}")
    return counts


def _refuse_conflicts(answer: Answer, rows: list[_Row], counts: dict[tuple[str, str], int]) -> None:
    """Refuse a key with two values; the same row twice is one row."""
    for row in rows:
        day, slug, tokens = row["date"], row["model_permaslug"], int(row["total_tokens"])
        known = counts[day, slug]
        if known != tokens:
            raise answer.refuse(f"{slug} on {day} has two values, {tokens} and {known}")
