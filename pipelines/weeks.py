"""ISO weeks in UTC, keyed by their Monday, and the days a run asks for."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from pipelines.errors import RefusalError

FIRST_WEEK = date(2025, 1, 6)
"""The first whole week above the source's floor of 2025-01-01."""

CLOSING_HOUR = timedelta(hours=8)
"""A week may be closed from Monday 08:00 UTC on: by then five of six were final (measured)."""

TRAILING_DAYS = 35
"""Days that every run asks for again, so that restatements are noticed."""

LONGEST_SPAN = 366
"""Days the source answers in one call."""


def monday(day: date) -> date:
    """Return the Monday of the ISO week that holds `day`."""
    return day - timedelta(days=day.weekday())


def parse_week(text: str) -> date:
    """Read a week's key, `YYYY-MM-DD`; RefusalError if it is no date or no Monday."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise RefusalError(f"week {text!r} is not a date: write YYYY-MM-DD, a Monday") from None
    if monday(day) != day:
        raise RefusalError(f"week {text} is not a Monday: that week's key is {monday(day)}")
    if day < FIRST_WEEK:
        raise RefusalError(f"week {text} lies before {FIRST_WEEK}, where the source begins")
    return day


def last_closed_week(now: datetime | None = None) -> date:
    """Return the Monday of the newest week that may be closed at `now` (default: the clock)."""
    now = now or datetime.now(UTC)
    return monday((now - CLOSING_HOUR).date()) - timedelta(days=7)


def weeks_behind(newest: date, closed: date) -> int:
    """Return how many closed weeks are newer than the newest one held."""
    return max(0, (closed - newest).days // 7)


def mondays(first: date, last: date) -> list[date]:
    """Return the weeks from `first` to `last`, both included."""
    return [first + timedelta(days=7 * k) for k in range((last - first).days // 7 + 1)]


def trailing_window(first: date, last: date) -> tuple[date, date]:
    """Return the days (both included) to ask for when the weeks `first` … `last` are wanted."""
    end = last + timedelta(days=6)
    return max(min(first, end - timedelta(days=TRAILING_DAYS - 1)), FIRST_WEEK), end


def slices(start: date, end: date) -> Iterator[tuple[date, date]]:
    """Cut a window into the fewest whole-week windows that the source answers in one call."""
    step = LONGEST_SPAN // 7 * 7
    while start <= end:
        stop = min(start + timedelta(days=step - 1), end)
        yield start, stop
        start = stop + timedelta(days=1)


def in_calls(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Cut a range of weeks into the fewest that the source answers in one call each."""
    for start, end in slices(first, last + timedelta(days=6)):
        yield start, monday(end)


def contiguous(weeks: list[date]) -> Iterator[tuple[date, date]]:
    """Group sorted weeks into runs without a gap; yield each run's first and last week."""
    first = previous = weeks[0]
    for week in weeks[1:]:
        if week - previous != timedelta(days=7):
            yield first, previous
            first = week
        previous = week
    yield first, previous
