"""Ask a source and keep its answers: the step from outside into the lake.

Every answer is checked against its contract, kept raw, and only then written as Parquet. The
recorded sample and the live API differ only in the transport and in what can be asked.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from pipelines import attempts, lake, raw
from pipelines.errors import RefusalError
from pipelines.lock import writing
from pipelines.settings import Settings
from pipelines.sources import plan, sample
from pipelines.sources.answer import Answer, Request
from pipelines.sources.client import Client
from pipelines.sources.tables import TABLES
from pipelines.weeks import (
    TRAILING_DAYS,
    last_closed_week,
    monday,
    mondays,
    slices,
    trailing_window,
)

SAMPLED_TABLES = ("rankings_daily", "models", "app_rankings")
"""What the recorded sample holds."""


def take(
    settings: Settings,
    client: Client,
    table: str,
    live: bool,
    first: date,
    last: date,
    with_open_week: bool = False,
) -> list[lake.Vintage]:
    """Take a table's snapshots of the weeks `first` … `last` and of the trailing days.

    `with_open_week` asks for the days up to yesterday instead: for a run that names no week.

    Returns the vintages written or already held. An essential table raises RefusalError; another
    one only leaves its reason in the lake, to be shown by `status`.
    """
    held: list[lake.Vintage] = []
    try:
        for answer in _answers(settings, client, table, live, first, last, with_open_week):
            snapshot = TABLES[table].read(answer)
            with writing(settings.tokenhouse_home):
                raw.keep(settings.lake, answer)
                held.append(lake.write(settings.lake, table, snapshot))
        if table == "rankings_daily":
            _check_taken(held, first, last)
    except RefusalError as error:
        attempts.record(settings.tokenhouse_home, table, f"{error}")
        if TABLES[table].is_essential:
            raise
    else:
        if held:
            attempts.record(settings.tokenhouse_home, table, None)
    return held


def planned(
    settings: Settings, table: str, first: date, last: date, with_open_week: bool = False
) -> list[Request]:
    """Return what a live run would ask of a table."""
    if table == "activity" and not settings.openrouter_management_key:
        return []
    if table == "rankings_daily" and with_open_week:
        return list(_open_week(datetime.now(UTC).date()))
    routable = _routable(settings.lake) if table == "endpoints" else []
    return plan.requests(table, first, last, routable)


def is_sample_held(settings: Settings, first: date, last: date) -> bool:
    """Whether the lake holds, undamaged, all that the sample knows of these weeks."""
    offers = lake.vintages(settings.lake, "models")
    for vintage in offers:
        lake.verify(vintage)
    told = {
        (week, vintage.as_of)
        for vintage in lake.vintages(settings.lake, "rankings_daily")
        for week in lake.weeks_told(vintage)
    }
    rankings = {
        (week, sample.recorded_as_of(*window))
        for window in sample.recorded_windows()
        for start, end in _recorded(*trailing_window(first, last))
        if window[0] <= start and end <= window[1]
        for week in mondays(monday(start), monday(end))
    }
    return rankings <= told and set(_instants(first, last)) <= {one.as_of for one in offers}


def missing_weeks(settings: Settings, live: bool, first: date, last: date) -> list[date]:
    """Return the weeks that can be had and of which the lake holds nothing.

    Raises RefusalError if none of the weeks can be had at all.
    """
    if live or not set(mondays(first, last)) & set(sample.recorded_weeks()):
        check_weeks(live, first, last)
    held = _weeks_told(lake.vintages(settings.lake, "rankings_daily"))
    known = mondays(first, last) if live else sample.recorded_weeks()
    return [week for week in known if first <= week <= last and week not in held]


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
                f"{listed}: set OPENROUTER_API_KEY and use --live"
            )


def _answers(
    settings: Settings,
    client: Client,
    table: str,
    live: bool,
    first: date,
    last: date,
    with_open_week: bool,
) -> Iterator[Answer]:
    """Ask what is planned; of the sample, only what was recorded."""
    if live:
        key = settings.openrouter_management_key if table == "activity" else None
        for request in planned(settings, table, first, last, with_open_week):
            yield client.ask(request, key)
    elif table == "models":
        for instant in _instants(first, last):
            with Client(settings, sample.RecordedAnswers(instant)) as then:
                yield then.ask(plan.requests(table, first, last, [])[0])
    elif table == "rankings_daily":
        for start, end in _recorded(*trailing_window(first, last)):
            yield client.ask(_window(start, end))
    elif table in SAMPLED_TABLES:
        yield client.ask(plan.requests(table, first, last, [])[0])


def open_client(settings: Settings, live: bool) -> Client:
    """Return the client of a run: of the live API, or of the newest instant of the sample."""
    if live:
        return Client(settings)
    return Client(settings, sample.RecordedAnswers(sample.recorded_catalogues()[-1]))


def _open_week(today: date) -> Iterator[Request]:
    """Yield the request for the days since the newest closed week, and those before them.

    The Sunday of a week that may not be closed yet is left out, so that nothing takes the week
    for a whole one.
    """
    end = today - timedelta(days=1)
    if end.weekday() == 6 and monday(end) > last_closed_week():
        end -= timedelta(days=1)
    for window in slices(end - timedelta(days=TRAILING_DAYS - 1), end):
        yield _window(*window)


def _window(start: date, end: date) -> Request:
    query = (("start_date", f"{start}"), ("end_date", f"{end}"), ("period", "day"))
    return Request("rankings_daily", plan.RANKINGS, query)


def _check_taken(held: list[lake.Vintage], first: date, last: date) -> None:
    """Refuse to call a week taken of which the source told nothing; what it told is kept."""
    told = _weeks_told(held)
    missing = [f"{week}" for week in mondays(first, last) if week not in told]
    if missing:
        raise RefusalError(
            f"rankings-daily: the source tells nothing of the weeks {', '.join(missing)}"
        )


def _weeks_told(vintages: list[lake.Vintage]) -> set[date]:
    return {week for vintage in vintages for week in lake.weeks_told(vintage)}


def _recorded(start: date, end: date) -> list[tuple[date, date]]:
    windows = [(max(start, a), min(end, b)) for a, b in sample.recorded_windows()]
    return [(a, b) for a, b in windows if a <= b]


def _instants(first: date, last: date) -> list[datetime]:
    """Return when the catalogues of these weeks were recorded: Monday to the Tuesday after."""
    begin = datetime.combine(first, time(), UTC)
    stop = datetime.combine(last + timedelta(days=9), time(), UTC)
    return [instant for instant in sample.recorded_catalogues() if begin <= instant < stop]


def _routable(lake_folder: Path) -> list[str]:
    """Return the ids of the listed models that have a price, the most used first.

    Usage is what the newest answer that tells of the newest week says.
    """
    offers, rankings = (lake.vintages(lake_folder, one) for one in ("models", "rankings_daily"))
    if not (offers and rankings):
        return []
    catalogue = pq.ParquetFile(offers[-1].path).read().to_pylist()
    newest = max(rankings, key=lambda one: (max(lake.weeks_told(one)), one.as_of))
    rows = pq.ParquetFile(newest.path).read(["model_permaslug", "total_tokens"])
    usage = rows.group_by("model_permaslug").aggregate([("total_tokens", "sum")])
    order = [("total_tokens_sum", "descending"), ("model_permaslug", "ascending")]
    slugs = usage.sort_by(order)["model_permaslug"].to_pylist()
    ids = {
        row["canonical_slug"]: row["model_id"]
        for row in catalogue
        if ":" not in row["model_id"]
        and not row["model_id"].startswith("~")
        and float(row["prompt_price"] or 0) > 0
    }
    return [ids[slug] for slug in slugs if slug in ids]
