"""The periods of claims: an ISO week, a month, a year, or any span of days, in UTC."""

import re
from datetime import date, timedelta
from typing import Literal, NamedTuple

from pipelines.reference.claim_metrics import Base, Fault
from pipelines.weeks import FIRST_WEEK, monday

EARLIEST = date(2020, 1, 1)
DAY = timedelta(days=1)


class Period(NamedTuple):
    """Whole days, both ends included."""

    first: date
    last: date
    kind: Literal["week", "month", "year", "days"]

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def parse(text: str, field: str) -> Period:
    """Read `2026-05-18` (the Monday of a week), `2026-W21`, `2026-05`, `2026` or `first/last`.

    Raises Fault naming the field.
    """
    first, slash, last = text.partition("/")
    if slash:
        return _span(_day(first, text, field), _day(last, text, field), text, field)
    if re.fullmatch("[0-9]{4}", text):
        year = _day(f"{text}-01-01", text, field)
        return Period(year, year.replace(month=12, day=31), "year")
    if re.fullmatch("[0-9]{4}-[0-9]{2}", text):
        return _month(_day(f"{text}-01", text, field))
    day = _day(text, text, field)
    if day != monday(day):
        raise Fault("not_a_monday", field, text, f"{monday(day)}")
    if day < FIRST_WEEK:
        raise Fault("too_early", field, text, f"{FIRST_WEEK}")
    return Period(day, day + 6 * DAY, "week")


def compared(period: Period, base: Base) -> Period:
    """Return the period that a claim compares with unless it says since when."""
    first, last, kind = period
    if base == "four_weeks":
        return Period(first - 21 * DAY, last, "days")
    if base == "four_before":
        return Period(first - 28 * DAY, first - DAY, "days")
    if base in ("before", "week_before"):
        if kind == "month":
            return _month((first - DAY).replace(day=1))
        return Period(first - period.days * DAY, first - DAY, kind)
    if kind == "month":
        return _month(first.replace(year=first.year - 1))
    if kind == "year":
        return Period(first.replace(year=first.year - 1), first - DAY, kind)
    return Period(first - 364 * DAY, last - 364 * DAY, kind)


def _span(first: date, last: date, text: str, field: str) -> Period:
    if last < first:
        raise Fault("reversed_period", field, text)
    return Period(first, last, "days")


def _month(first: date) -> Period:
    return Period(first, (first + 31 * DAY).replace(day=1) - DAY, "month")


def _day(text: str, whole: str, field: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Fault("not_a_period", field, whole) from None
    if not text.isascii() or day < EARLIEST or day.year > 2100:
        raise Fault("not_a_period", field, whole)
    return day
