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
from pipelines.weeks import last_closed_week, monday, mondays, slices, trailing_window

SAMPLED_TABLES = ("rankings_daily", "models", "app_rankings")
"""What the recorded sample holds."""


def take(
    settings: Settings, client: Client, table: str, live: bool, first: date, last: date
) -> list[lake.Vintage]:
    """Take a table's snapshots of the weeks `first` … `last` and of the trailing days.

    Returns the vintages written or already held. An essential table raises RefusalError; another
    one only leaves its reason in the lake, to be shown by `status`.
    """
    held: list[lake.Vintage] = []
    try:
        for answer in _answers(settings, client, table, live, first, last):
            snapshot = TABLES[table].read(answer)
            with writing(settings.tokenhouse_home):
                raw.keep(settings.lake, answer)
                held += lake.write(settings.lake, table, snapshot)
    except RefusalError as error:
        attempts.record(settings.tokenhouse_home, table, f"{error}")
        if TABLES[table].is_essential:
            raise
    else:
        if held:
            attempts.record(settings.tokenhouse_home, table, None)
    return held


def planned(settings: Settings, table: str, first: date, last: date) -> list[Request]:
    """Return what a live run would ask of a table."""
    if table == "activity" and not settings.openrouter_management_key:
        return []
    if table == "rankings_daily" and last == last_closed_week():
        return list(_up_to_yesterday(first, last))
    routable = _routable(settings.lake) if table == "endpoints" else []
    return plan.requests(table, first, last, routable)


def replay(settings: Settings) -> tuple[int, list[lake.Vintage]]:
    """Make the lake's Parquet again from the raw answers alone.

    Returns how many answers were read, and the vintages that none of them makes.
    """
    made: set[Path] = set()
    count = 0
    with writing(settings.tokenhouse_home):
        for path in raw.paths(settings.lake):
            answer = raw.read(path)
            table = answer.request.table
            snapshot = TABLES[table].read(answer)
            made |= {one.path for one in lake.write(settings.lake, table, snapshot, False)}
            count += 1
    held = [one for table in TABLES for one in lake.vintages(settings.lake, table)]
    return count, [one for one in held if one.path not in made]


def is_sample_held(settings: Settings, first: date, last: date) -> bool:
    """Whether the lake already holds all that the sample knows of these weeks."""
    rankings_held = {vintage.week for vintage in lake.vintages(settings.lake, "rankings_daily")}
    catalogues_held = {vintage.as_of for vintage in lake.vintages(settings.lake, "models")}
    recorded = {
        week
        for start, end in _recorded(*trailing_window(first, last))
        for week in mondays(monday(start), monday(end))
    }
    return recorded <= rankings_held and catalogues_held.issuperset(_instants(first, last))


def missing_weeks(settings: Settings, live: bool, first: date, last: date) -> list[date]:
    """Return the weeks that can be had and of which the lake holds nothing."""
    if live:
        check_weeks(live, first, last)
    held = {vintage.week for vintage in lake.vintages(settings.lake, "rankings_daily")}
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
    settings: Settings, client: Client, table: str, live: bool, first: date, last: date
) -> Iterator[Answer]:
    """Ask what is planned; of the sample, only what was recorded."""
    if live:
        key = settings.openrouter_management_key if table == "activity" else None
        for request in planned(settings, table, first, last):
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


def _up_to_yesterday(first: date, last: date) -> Iterator[Request]:
    """The newest closed week is asked with the closed days of the open week."""
    start, end = trailing_window(first, last)
    end = max(end, datetime.now(UTC).date() - timedelta(days=1))
    for window in slices(start, end):
        yield _window(*window)


def _window(start: date, end: date) -> Request:
    query = (("start_date", f"{start}"), ("end_date", f"{end}"), ("period", "day"))
    return Request("rankings_daily", plan.RANKINGS, query)


def _recorded(start: date, end: date) -> list[tuple[date, date]]:
    windows = [(max(start, a), min(end, b)) for a, b in sample.recorded_windows()]
    return [(a, b) for a, b in windows if a <= b]


def _instants(first: date, last: date) -> list[datetime]:
    """Return when the catalogues of these weeks were recorded: Monday to the Tuesday after."""
    begin = datetime.combine(first, time(), UTC)
    stop = datetime.combine(last + timedelta(days=9), time(), UTC)
    return [instant for instant in sample.recorded_catalogues() if begin <= instant < stop]


def _routable(lake_folder: Path) -> list[str]:
    """Return the ids of the listed models that have a price, the most used first."""
    offers = lake.vintages(lake_folder, "models")
    if not offers:
        return []
    catalogue = pq.read_table(max(offers, key=lambda one: one.as_of).path).to_pylist()
    usage: dict[str, int] = {}
    for vintage in lake.vintages(lake_folder, "rankings_daily")[-5:]:
        rows = (
            pq.read_table(vintage.path)
            .group_by("model_permaslug")
            .aggregate([("total_tokens", "sum")])
        )
        for row in rows.to_pylist():
            slug = row["model_permaslug"]
            usage[slug] = usage.get(slug, 0) + row["total_tokens_sum"]
    ids = {
        row["canonical_slug"]: row["model_id"]
        for row in catalogue
        if ":" not in row["model_id"]
        and not row["model_id"].startswith("~")
        and float(row["prompt_price"] or 0) > 0
    }
    return [ids[slug] for slug in sorted(usage, key=usage.__getitem__, reverse=True) if slug in ids]
