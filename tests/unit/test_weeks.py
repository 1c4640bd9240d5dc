import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import weeks
from pipelines.errors import RefusalError

MONDAYS = st.dates(date(2025, 1, 6), date(2030, 1, 1)).map(weeks.monday)


@pytest.mark.parametrize(
    ("now", "closed"),
    [
        ("2026-05-25T07:59", "2026-05-11"),
        ("2026-05-25T08:00", "2026-05-18"),
        ("2026-05-31T23:59", "2026-05-18"),
    ],
)
def test_a_week_closes_on_the_monday_after_it_at_eight(now: str, closed: str) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert weeks.last_closed_week(instant) == date.fromisoformat(closed)


@pytest.mark.parametrize("text", ["2026-05-19", "2026-13-01", "soon", "", "2024-12-30"])
def test_what_is_no_known_monday_is_refused(text: str) -> None:
    with pytest.raises(RefusalError, match="week"):
        weeks.parse_week(text)


def test_a_week_is_requested_with_the_35_days_that_end_with_it() -> None:
    start, end = weeks.trailing_window(date(2026, 6, 1), date(2026, 6, 15))
    assert (start, end) == (date(2026, 5, 18), date(2026, 6, 21))
    assert (end - start).days == 34


@given(MONDAYS, st.integers(0, 200))
def test_slices_cover_every_day_once_and_none_is_too_long(first: date, length: int) -> None:
    last = first + timedelta(days=7 * length)
    start, end = weeks.trailing_window(first, last)
    cut = list(weeks.slices(start, end))
    days = [a + timedelta(days=n) for a, b in cut for n in range((b - a).days + 1)]
    assert days == [start + timedelta(days=n) for n in range((end - start).days + 1)]
    assert all((b - a).days + 1 <= weeks.LONGEST_SPAN for a, b in cut)


@given(st.sets(MONDAYS, min_size=1))
def test_contiguous_groups_are_the_weeks_again(chosen: set[date]) -> None:
    groups = list(weeks.contiguous(sorted(chosen)))
    assert [week for group in groups for week in weeks.mondays(*group)] == sorted(chosen)
    assert all(b[0] - a[1] > timedelta(days=7) for a, b in itertools.pairwise(groups))
