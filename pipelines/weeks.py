"""ISO weeks in UTC, keyed by their Monday, and the days that a run requests."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from pipelines.errors import RefusalError

FIRST_WEEK = date(2025, 1, 6)
"""The first whole week above the source's floor of 2025-01-01."""

CLOSING_HOUR = timedelta(hours=8)
"""A week may be closed from Monday 08:00 UTC on: by then five of six were final (measured)."""

TRAILING_DAYS = 35
"""Days that every run requests again, so that restatements are noticed."""

SNAPSHOT_DAYS = timedelta(days=8)
"""A snapshot counts for a week if it was made from the week's Monday to the Tuesday after it."""

LONGEST_SPAN = 366
"""Days that the source returns in one response."""


def monday(day: date) -> date:
    """Return the Monday of the ISO week that contains `day`."""
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
        raise RefusalError(f"week {text} is before {FIRST_WEEK}, where the source begins")
    return day


def parse_day(text: str) -> date:
    """Read a day, `YYYY-MM-DD`; RefusalError if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RefusalError(f"{text!r} is not a day such as 2026-07-13") from None


def last_closed_week(now: datetime | None = None) -> date:
    """Return the Monday of the newest week that may be closed at `now` (default: the clock)."""
    now = now or datetime.now(UTC)
    return monday((now - CLOSING_HOUR).date()) - timedelta(days=7)


def check_order(first: date, last: date) -> None:
    """Raise RefusalError if a range of weeks ends before it begins."""
    if first > last:
        raise RefusalError(f"the weeks {first} … {last} run backwards: swap --from and --to")


def weeks_behind(newest: date, closed: date) -> int:
    """Return how many closed weeks are newer than `newest`."""
    return max(0, (closed - newest).days // 7)


def mondays(first: date, last: date) -> list[date]:
    """Return the weeks from `first` to `last`, both included."""
    return [first + timedelta(days=7 * k) for k in range((last - first).days // 7 + 1)]


def snapshot_window(first: date, last: date) -> tuple[date, date]:
    """Return the days (both included) whose snapshots count for the weeks `first` … `last`."""
    return first, last + SNAPSHOT_DAYS


def trailing_window(first: date, last: date) -> tuple[date, date]:
    """Return the days (both included) to request for the weeks `first` … `last`."""
    end = last + timedelta(days=6)
    return max(min(first, end - timedelta(days=TRAILING_DAYS - 1)), FIRST_WEEK), end


def slices(start: date, end: date) -> Iterator[tuple[date, date]]:
    """Split a window into the fewest whole-week windows that fit into one response each."""
    step = LONGEST_SPAN // 7 * 7
    while start <= end:
        stop = min(start + timedelta(days=step - 1), end)
        yield start, stop
        start = stop + timedelta(days=1)


def in_calls(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Split a range of weeks into the fewest ranges that fit into one response each."""
    for start, end in slices(first, last + timedelta(days=6)):
        yield start, monday(end)


def contiguous(weeks: list[date]) -> Iterator[tuple[date, date]]:
    """Group sorted weeks into ranges without a gap; yield the first and last week of each."""
    first = previous = weeks[0]
    for week in weeks[1:]:
        if week - previous != timedelta(days=7):
            yield first, previous
            first = week
        previous = week
    yield first, previous
