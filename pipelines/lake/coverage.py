"""Which weeks can be had, which of them the lake holds, and which days the source never told."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.lake.vintages import Vintage, days_of, is_whole, list_vintages
from pipelines.settings import Settings
from pipelines.sources import sample
from pipelines.weeks import TRAILING_DAYS, last_closed_week, monday, mondays, trailing_window


def is_sample_held(settings: Settings, first: date, last: date) -> bool:
    """Whether the lake holds all that the sample knows of these weeks."""
    offers = undamaged(settings.lake, "models")
    told = {
        (monday(day), vintage.as_of)
        for vintage in undamaged(settings.lake, "rankings_daily")
        for day in days_of(vintage)[0]
    }
    rankings = {
        (week, sample.recorded_as_of(*window))
        for window in sample.recorded_windows()
        for start, end in sample.recorded_parts(*trailing_window(first, last))
        if window[0] <= start and end <= window[1]
        for week in mondays(monday(start), monday(end))
    }
    instants = sample.catalogues_of(first, last)
    return rankings <= told and set(instants) <= {one.as_of for one in offers}


def undamaged(lake_folder: Path, table: str) -> list[Vintage]:
    """Return the vintages that are whole: what is damaged can be asked for again.

    The build refuses to pass over a damaged one, and names it.
    """
    return [one for one in list_vintages(lake_folder, table) if is_whole(one)]


def missing_weeks(settings: Settings, live: bool, first: date, last: date) -> list[date]:
    """Return the weeks that can be had and of which the lake lacks a day.

    A day that the source does not tell is asked for as long as a run would ask for it; after that
    it is a hole, and no longer missing. Raises RefusalError if none of the weeks can be had at all.
    """
    if live or not set(mondays(first, last)) & set(sample.recorded_weeks()):
        check_weeks(live, first, last)
    told, settled = days_known(undamaged(settings.lake, "rankings_daily"))
    known = mondays(first, last) if live else sample.recorded_weeks()
    return [
        week
        for week in known
        if first <= week <= last
        and not {week + timedelta(days=k) for k in range(7)} <= told | settled
    ]


def holes(settings: Settings, first: date, last: date) -> list[date]:
    """Return the days of the weeks `first` … `last` that the source was asked for and never told.

    A day that it may still tell is none of them.
    """
    told, settled = days_known(undamaged(settings.lake, "rankings_daily"))
    return sorted(day for day in settled - told if first <= monday(day) <= last)


def days_known(vintages: Iterable[Vintage]) -> tuple[set[date], set[date]]:
    """Return the days that vintages of daily rankings tell of, and those that are settled.

    A day is settled once it was asked for 35 days later: whether told or not, it is past the days
    that every run asks for again.
    """
    told, settled = set[date](), set[date]()
    for vintage in vintages:
        of_vintage, asked = days_of(vintage)
        told |= of_vintage
        past = vintage.as_of.date() - timedelta(days=TRAILING_DAYS)
        settled |= {day for day in asked if day <= past}
    return told, settled


def check_weeks(live: bool, first: date, last: date) -> None:
    """Raise RefusalError, saying what can be had, unless the weeks can be asked for."""
    if first > last:
        raise RefusalError(f"the weeks {first} … {last} run backwards: swap --from and --to")
    if live:
        newest = last_closed_week()
        if last > newest:
            raise RefusalError(
                f"week {last} is not closed yet: the newest closed week is {newest}, "
                "and a week closes on the Monday after it, 08:00 UTC"
            )
    else:
        known = sample.recorded_weeks()
        missing = [week for week in mondays(first, last) if week not in known]
        if missing:
            listed = ", ".join(f"{week}" for week in known)
            raise RefusalError(
                f"week {missing[0]} is not in the recorded sample, which holds "
                f"{listed}: set OPENROUTER_API_KEY to ask for others"
            )
