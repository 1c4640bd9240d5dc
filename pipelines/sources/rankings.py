"""`GET /datasets/rankings-daily`: tokens per model, plain, filtered exactly, or sampled.

A day has at most the fifty most used models and one row `other` for everything else. With a
modality or a context bucket the counts are exact; with a category or a language type they are
estimates from a sampled weekly dataset, kept in a table of their own so that nobody adds them up.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Literal, NotRequired

import pyarrow as pa
from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from pipelines.columns import Day, arrow_schema
from pipelines.errors import RefusalError
from pipelines.sources.answer import Answer
from pipelines.sources.contract import LARGEST_BIGINT, IsoDate, check, check_version
from pipelines.sources.snapshot import Snapshot, instant

ROWS_PER_DAY = 51


class _Row(TypedDict):
    date: str
    model_permaslug: str
    total_tokens: str


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
        counts, days = _counts(answer, body["data"]), _days(answer, body["data"])
        keys = sorted(counts)
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


def _days(answer: Answer, rows: list[_Row]) -> dict[str, date]:
    """Return the days told of; each lies in the window asked for and has few enough rows."""
    start, end = answer.request.parameter("start_date"), answer.request.parameter("end_date")
    days = {}
    for text, number in Counter(row["date"] for row in rows).items():
        try:
            days[text] = date.fromisoformat(text)
        except ValueError:
            raise _refuse(answer, rows, "date", text, "is no day, YYYY-MM-DD") from None
        if len(text) != len("YYYY-MM-DD"):
            raise _refuse(answer, rows, "date", text, "is no day, YYYY-MM-DD")
        if not (start or "") <= text <= (end or "9999"):
            raise answer.refuse(f"a row is dated {text}, outside the days asked for")
        if number > ROWS_PER_DAY and _distinct(rows, text) > ROWS_PER_DAY:
            raise answer.refuse(f"{text} has {number} rows, more than {ROWS_PER_DAY}")
    return days


def _counts(answer: Answer, rows: list[_Row]) -> dict[tuple[str, str], int]:
    """Return tokens by date and slug; every count is digits, and each key has one value.

    The checks are on all rows at once, an answer has thousands; the culprit is looked for only
    when there is one.
    """
    if not rows:
        raise answer.refuse("the answer holds no rows")
    digits = [row["total_tokens"] for row in rows]
    together = "".join(digits)
    if not (together.isascii() and together.isdigit() and all(digits)):
        culprit = next(one for one in digits if not (one.isascii() and one.isdigit()))
        raise _refuse(answer, rows, "total_tokens", culprit, "must be a decimal string of digits")
    if max(map(len, digits)) > len(f"{LARGEST_BIGINT}"):
        raise answer.refuse("field total_tokens does not fit a signed 64-bit integer")
    counts = {_key(row): int(row["total_tokens"]) for row in rows}
    if max(counts.values()) > LARGEST_BIGINT:
        raise answer.refuse("field total_tokens does not fit a signed 64-bit integer")
    if not all(slug.strip() for _, slug in counts):
        raise _refuse(answer, rows, "model_permaslug", "", "names no model")
    if len(counts) < len(rows):
        for row in rows:
            if counts[_key(row)] != int(row["total_tokens"]):
                raise answer.refuse(
                    f"{row['model_permaslug']} on {row['date']} has two values, "
                    f"{row['total_tokens']} and {counts[_key(row)]}"
                )
    return counts


def _distinct(rows: list[_Row], day: str) -> int:
    return len({row["model_permaslug"] for row in rows if row["date"] == day})


def _key(row: _Row) -> tuple[str, str]:
    return row["date"], row["model_permaslug"]


def _refuse(
    answer: Answer,
    rows: list[_Row],
    name: Literal["date", "model_permaslug", "total_tokens"],
    value: str,
    reason: str,
) -> RefusalError:
    """Return the error that names the first row with this value."""
    number = next(n for n, row in enumerate(rows) if row[name].strip() == value.strip())
    return answer.refuse(f"field data.{number}.{name}: {value[:40]!r} {reason}")
