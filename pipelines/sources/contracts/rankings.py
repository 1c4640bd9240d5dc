"""`GET /datasets/rankings-daily`: tokens per model, plain, filtered exactly, or sampled.

A day has at most the fifty most used models and one row `other` for everything else. With a
modality or a context bucket the counts are exact; with a category or a language type they are
estimates from a sampled weekly dataset, stored in a table of their own so that nobody adds them up.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NotRequired

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, TypeAdapter
from pydantic_core import from_json
from typing_extensions import TypedDict

from pipelines.arrow import Day, arrow_schema
from pipelines.errors import RefusalError
from pipelines.sources.contracts.wire import QUOTED, IsoDate, check, check_version
from pipelines.sources.response import Response
from pipelines.sources.snapshot import Snapshot, check_some_left, instant, named
from pipelines.text import UNPRINTABLE

ROWS_PER_DAY = 51

UNNAMED = "unprintable/name"
"""The model that has the tokens of rows whose name is refused: no author is known by it."""


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


META = TypeAdapter(_Meta)
CONTRACT = TypeAdapter(_Rankings)

KEY = ("date", "model_permaslug")
TEXTS = pa.struct([(name, pa.string()) for name in (*KEY, "total_tokens")])
COLUMNS = pa.schema(
    [("date", pa.date32()), ("model_permaslug", pa.string()), ("total_tokens", pa.int64())]
)


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


def reader(row: type[RankingsDaily]) -> Callable[[Response], Snapshot]:
    """Return the function that reads a response into a table of such rows."""
    schema = arrow_schema(row)

    def read(response: Response) -> Snapshot:
        """Check a response; return its rows sorted by date and slug, without duplicates."""
        meta, texts = _parsed(response)
        check_version(response, meta["version"])
        as_of, is_exact = instant(response, meta["as_of"]), meta.get("as_of_is_exact", True)
        constants = {
            "asked_from": meta["start_date"],
            "asked_to": meta["end_date"],
            "answer": response.sha256[:12],
            "as_of": as_of,
            "as_of_is_exact": is_exact,
            **dict(zip(("dimension", "value"), _slice(response), strict=True)),
        }
        # Nobody may have used a slice; the whole is always used.
        if not len(texts) and row is RankingsDaily:
            raise response.refuse("the response contains no rows")
        texts, refused = _printable(response, texts)
        rows = _checked(response, texts, _window(response, meta))
        for name in schema.names[3:]:
            constant = pa.scalar(constants[name], schema.field(name).type)
            rows = rows.append_column(name, pa.repeat(constant, len(rows)))
        return Snapshot(as_of, is_exact, rows, refused)

    return read


def _parsed(response: Response) -> tuple[_Meta, pa.Table]:
    """Return a response's meta, and its rows as columns of text.

    A response has thousands of rows. Arrow reads them at once and is as strict as the contract,
    which checks them one by one and so runs only when there is a fault to name.
    """
    try:
        body = from_json(response.json)
        return META.validate_python(body["meta"]), _texts(body["data"])
    except (ValueError, TypeError, KeyError):
        body = check(response, CONTRACT)
        return body["meta"], _texts(body["data"])


def _texts(rows: list[Any]) -> pa.Table:
    """Return rows as columns; TypeError unless each is an object with the three texts."""
    structs = pa.array(rows, TEXTS)
    texts = pa.Table.from_struct_array(structs)
    if any(column.null_count for column in (structs, *texts.columns)):
        raise TypeError("a field is missing")
    return texts


def _printable(response: Response, texts: pa.Table) -> tuple[pa.Table, list[str]]:
    """Return the rows with printable names, and the other names, which are refused.

    The tokens of a refused name stay in their day, under `UNNAMED`, so that no total is too low.
    """
    is_refused = pc.match_substring_regex(texts["model_permaslug"], f"[{UNPRINTABLE}]")
    refused, left = texts.filter(is_refused), texts.filter(pc.invert(is_refused))
    if not len(refused):
        return texts, []
    names = [named(slug) for slug in refused["model_permaslug"].unique().to_pylist()]
    check_some_left(response, len(left), names)
    _check_digits(response, refused)
    tokens: Counter[str] = Counter()
    for row in _folded(response, refused).to_pylist():
        tokens[row["date"]] += int(row["total_tokens"])
    unnamed = [
        {"date": day, "model_permaslug": UNNAMED, "total_tokens": f"{sum_of_day}"}
        for day, sum_of_day in tokens.items()
    ]
    return pa.concat_tables([left, _texts(unnamed)]), names


def _slice(response: Response) -> tuple[str, str]:
    """Return which part of the traffic was requested; two empty strings for all of it."""
    for dimension in ("modality", "context_bucket", "category", "language_type"):
        value = response.request.parameter(dimension)
        if value:
            return dimension, value
    return "", ""


def _window(response: Response, meta: _Meta) -> tuple[str, str]:
    """Return the first and the last day a row may have; the source may clamp the window requested.

    Only the last week of a sampled response may run past that window, though it begins inside it.
    """
    first, last = f"{meta['start_date']}", f"{meta['end_date']}"
    start = response.request.parameter("start_date") or first
    end = response.request.parameter("end_date") or last
    is_weekly = response.request.parameter("period") == "week"
    longest = f"{date.fromisoformat(end) + timedelta(days=6)}" if is_weekly else end
    if not start <= first <= last <= longest:
        raise response.refuse(f"the response is for {first}…{last}, not for the days requested")
    return first, min(last, end)


def _checked(response: Response, texts: pa.Table, window: tuple[str, str]) -> pa.Table:
    """Return dates, slugs and counts, sorted; each is checked, and each key has one value."""
    if not len(texts):
        return COLUMNS.empty_table()
    _check_digits(response, texts)
    rows = texts.sort_by([(name, "ascending") for name in KEY])
    if _has_duplicates(rows):
        return _checked(response, _folded(response, texts), window)
    _check_days(response, texts, window)
    if not all(slug.strip() for slug in rows["model_permaslug"].unique().to_pylist()):
        number = pc.utf8_trim_whitespace(texts["model_permaslug"]).index("").as_py()
        raise _refuse(response, texts, "model_permaslug", number, "does not name a model")
    try:
        return rows.cast(COLUMNS)
    except pa.ArrowInvalid:
        raise response.refuse("field total_tokens does not fit a signed 64-bit integer") from None


def _check_digits(response: Response, texts: pa.Table) -> None:
    """Refuse tokens that are not written as digits."""
    are_digits = pc.ascii_is_decimal(texts["total_tokens"])
    if not pc.all(are_digits).as_py():
        number = are_digits.index(False).as_py()
        raise _refuse(response, texts, "total_tokens", number, "must be a decimal string of digits")


def _has_duplicates(rows: pa.Table) -> bool:
    """Whether two rows, sorted, have one key."""
    following = rows.slice(1)
    same = [pc.equal(rows[name].slice(0, len(following)), following[name]) for name in KEY]
    return bool(pc.any(pc.and_(*same)).as_py())


def _folded(response: Response, rows: pa.Table) -> pa.Table:
    """Return the rows without identical duplicates; a key with two values is refused."""
    folded: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows.to_pylist():
        other = folded.setdefault((row["date"], row["model_permaslug"]), row)
        if row["total_tokens"].lstrip("0") != other["total_tokens"].lstrip("0"):
            raise response.refuse(
                f"{row['model_permaslug'][:QUOTED]} on {row['date'][:QUOTED]} has two values, "
                f"{other['total_tokens'][:QUOTED]} and {row['total_tokens'][:QUOTED]}"
            )
    return _texts(list(folded.values()))


def _check_days(response: Response, texts: pa.Table, window: tuple[str, str]) -> None:
    """Refuse a date that is no day, is outside the window, or has too many rows."""
    first, last = window
    for day in texts["date"].value_counts().to_pylist():
        text, number = day["values"], day["counts"]
        if not _is_day(text):
            row = texts["date"].index(text).as_py()
            raise _refuse(response, texts, "date", row, "is not a day, YYYY-MM-DD")
        if not first <= text <= last:
            raise response.refuse(f"a row is dated {text}, outside the days {first}…{last}")
        if number > ROWS_PER_DAY:
            raise response.refuse(f"{text} has {number} rows, more than {ROWS_PER_DAY}")


def _is_day(text: str) -> bool:
    """Whether a text is a calendar day, written YYYY-MM-DD."""
    try:
        return f"{date.fromisoformat(text)}" == text
    except ValueError:
        return False


def _refuse(
    response: Response, texts: pa.Table, name: str, number: int, reason: str
) -> RefusalError:
    """Return the error that names a row by its number, and repeats its text."""
    return response.refuse(
        f"field data.{number}.{name}: {texts[name][number].as_py()[:QUOTED]!r} {reason}"
    )
