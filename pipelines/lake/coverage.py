"""Which weeks are available, which the lake covers, and which days the source never reported."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.lake.vintages import (
    Vintage,
    days_of,
    is_whole,
    list_all_vintages,
    list_retracted,
    list_vintages,
)
from pipelines.settings import Settings
from pipelines.sources import sample
from pipelines.weeks import (
    TRAILING_DAYS,
    check_order,
    last_closed_week,
    monday,
    mondays,
    trailing_window,
)


def covers_sample(settings: Settings, first: date, last: date) -> bool:
    """Whether the lake contains all that the sample has of these weeks, retracted or not."""
    vintages = [
        *list_all_vintages(settings.lake, tables=("models", "rankings_daily")),
        *list_retracted(settings.lake),
    ]
    catalogues = {one.as_of for one in vintages if one.table == "models" and is_whole(one)}
    reported = {
        (monday(day), vintage.as_of)
        for vintage in vintages
        if vintage.table == "rankings_daily" and is_whole(vintage)
        for day in days_of(vintage)[0]
    }
    recorded = {
        (week, sample.recorded_as_of(*window))
        for window in sample.recorded_windows()
        for start, end in sample.recorded_parts(*trailing_window(first, last))
        if window[0] <= start and end <= window[1]
        for week in mondays(monday(start), monday(end))
    }
    return recorded <= reported and set(sample.catalogues_of(first, last)) <= catalogues


def undamaged(lake_folder: Path, table: str, since: date = date.min) -> Iterator[Vintage]:
    """Yield the whole vintages as of a day or later, the newest first; others are not read.

    Damaged ones can be fetched again. The build does not skip them: it stops and names them.
    """
    for vintage in reversed(list_vintages(lake_folder, table)):
        if vintage.as_of.date() >= since and is_whole(vintage):
            yield vintage


def missing_weeks(settings: Settings, live: bool, first: date, last: date) -> list[date]:
    """Return the available weeks of which the lake lacks a day.

    A day that the source does not report is missing for as long as runs request it; after that it
    is a hole. Raises RefusalError if none of the weeks is available.
    """
    if live or not set(mondays(first, last)) & set(sample.recorded_weeks()):
        check_weeks(live, first, last)
    reported, settled = days_known(undamaged(settings.lake, "rankings_daily", first))
    available = mondays(first, last) if live else sample.recorded_weeks()
    return [
        week
        for week in available
        if first <= week <= last
        and not {week + timedelta(days=k) for k in range(7)} <= reported | settled
    ]


def holes(settings: Settings, first: date, last: date) -> list[date]:
    """Return the days of these weeks that were requested and that the source never reported.

    Days that it may still report are left out.
    """
    reported, settled = days_known(undamaged(settings.lake, "rankings_daily", first))
    return sorted(day for day in settled - reported if first <= monday(day) <= last)


def days_known(vintages: Iterable[Vintage]) -> tuple[set[date], set[date]]:
    """Return the days that vintages of daily rankings report, and the days that are settled.

    A day is settled once it was requested 35 days later or more: reported or not, it is past the
    days that every run requests again.
    """
    reported, settled = set[date](), set[date]()
    for vintage in vintages:
        in_rows, requested = days_of(vintage)
        reported |= in_rows
        past = vintage.as_of.date() - timedelta(days=TRAILING_DAYS)
        settled |= {day for day in requested if day <= past}
    return reported, settled


def check_weeks(live: bool, first: date, last: date) -> None:
    """Raise RefusalError, saying what is available, unless the weeks can be requested."""
    check_order(first, last)
    if live:
        newest = last_closed_week()
        if last > newest:
            raise RefusalError(
                f"week {last} is not closed yet: the newest closed week is {newest}, "
                "and a week closes on the Monday after it, 08:00 UTC"
            )
    else:
        recorded = sample.recorded_weeks()
        missing = [week for week in mondays(first, last) if week not in recorded]
        if missing:
            listed = ", ".join(f"{week}" for week in recorded)
            raise RefusalError(
                f"week {missing[0]} is not in the recorded sample, which contains "
                f"{listed}: set OPENROUTER_API_KEY to fetch others"
            )
