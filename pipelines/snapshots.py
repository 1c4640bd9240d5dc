"""Ask a source and keep its answers: the step from outside into the lake.

The recorded sample and the live API differ only in the transport and in what can be asked: the
sample has gaps between its recordings, and past catalogues that the API no longer gives.
"""

from datetime import UTC, date, datetime, time, timedelta

import httpx

from pipelines import lake
from pipelines.errors import RefusalError
from pipelines.settings import Settings
from pipelines.sources import openrouter, sample
from pipelines.weeks import last_closed_week, monday, slices, trailing_window


def rankings(settings: Settings, live: bool, first: date, last: date) -> list[lake.Vintage]:
    """Take the rankings of the weeks `first` … `last` and of the trailing days before them.

    Returns the vintages written or already held. Raises RefusalError when a wanted week is not
    to be had; what was answered before is kept.
    """
    start, end = _window(live, first, last)
    windows = slices(start, end) if live else _recorded(start, end)
    held: list[lake.Vintage] = []
    with _client(settings, live) as client:
        for window in windows:
            answer = openrouter.rankings_daily(client, *window)
            held += lake.write_rankings(settings.lake, answer)
    return held


def catalogues(settings: Settings, live: bool, first: date, last: date) -> list[lake.Vintage]:
    """Take the catalogues of the weeks `first` … `last`: today's if live, all recorded ones if not.

    A week's prices stand in the catalogues from its Monday to the Tuesday after it.
    """
    held = []
    for instant in [None] if live else _instants(first, last):
        with _client(settings, live, instant) as client:
            held.append(lake.write_catalogue(settings.lake, openrouter.models(client)))
    return held


def is_sample_held(settings: Settings, first: date, last: date) -> bool:
    """Whether the lake already holds all that the sample knows of these weeks."""
    rankings_held = {vintage.week for vintage in lake.vintages(settings.lake, "rankings_daily")}
    catalogues_held = {vintage.as_of for vintage in lake.vintages(settings.lake, "models")}
    recorded = {
        monday(start + timedelta(days=7 * number))
        for start, end in _recorded(*_window(False, first, last))
        for number in range((end - start).days // 7 + 1)
    }
    return recorded <= rankings_held and catalogues_held.issuperset(_instants(first, last))


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
        missing = [week for week in (first, last) if week not in known]
        if missing:
            raise RefusalError(
                f"week {missing[0]} is not in the recorded sample, which holds "
                f"{_listed(known)}: set OPENROUTER_API_KEY and use --live"
            )


def _window(live: bool, first: date, last: date) -> tuple[date, date]:
    """Return the days to ask for; live, the days since the newest closed week come along."""
    start, end = trailing_window(first, last)
    if live and last == last_closed_week():
        end = max(end, datetime.now(UTC).date() - timedelta(days=1))
    return start, end


def _recorded(start: date, end: date) -> list[tuple[date, date]]:
    windows = [(max(start, a), min(end, b)) for a, b in sample.recorded_windows()]
    return [(a, b) for a, b in windows if a <= b]


def _instants(first: date, last: date) -> list[datetime]:
    begin = datetime.combine(first, time(), UTC)
    stop = datetime.combine(last + timedelta(days=9), time(), UTC)
    return [instant for instant in sample.recorded_catalogues() if begin <= instant < stop]


def _client(settings: Settings, live: bool, now: datetime | None = None) -> httpx.Client:
    if live:
        return openrouter.open_client(settings)
    return openrouter.open_client(
        settings, sample.RecordedAnswers(now or sample.recorded_catalogues()[-1])
    )


def _listed(weeks: list[date]) -> str:
    return ", ".join(f"{week}" for week in weeks)
