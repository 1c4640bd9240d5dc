"""Ingest: fetch from a source, store the response, and write its rows into the lake.

Every response is stored raw, then checked against its contract, and only then written as Parquet.
The recorded sample and the live API differ only in the transport and in what can be requested.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.errors import RefusalError
from pipelines.home import source_health
from pipelines.home.refusals import clear, record, recording
from pipelines.lake import clocks, coverage, log, raw, scores
from pipelines.lake.vintages import Vintage, days_of, log_responses, write_vintage
from pipelines.settings import Settings
from pipelines.sources import plan, sample
from pipelines.sources.client import Client
from pipelines.sources.datasets import DATASETS
from pipelines.sources.response import Request
from pipelines.weeks import last_closed_week, monday, mondays, slices, trailing_window

SAMPLED_TABLES = ("rankings_daily", "models", "app_rankings")
"""The tables of the recorded sample."""

MOST_REFUSED = 3
"""Failures in a row after which the rest of a table is skipped: each may last 45 seconds."""


def ingest_table(
    settings: Settings,
    client: Client,
    table: str,
    live: bool,
    first: date,
    last: date,
    with_open_week: bool = False,
) -> list[Vintage]:
    """Ingest a table's snapshots of the weeks `first` … `last` and of the trailing days.

    `with_open_week` also requests the days up to yesterday: for a run that names no week.

    Returns the vintages, new or already in the lake. A refused response of an essential table
    raises RefusalError, and publication is stale until the source answers. The other tables go on
    with their next request, unless three in a row fail, and leave the reason for `status`. A full
    disk ends every table.
    """
    with recording(settings.tokenhouse_home, reasons=("no_space",)):
        requests = _requests(settings, client, table, live, first, last, with_open_week)
        return _ingest(settings, table, live, requests, (first, last))


def ingest_last_days(settings: Settings, client: Client) -> list[Vintage]:
    """Ingest the catalogue of now and the rankings of the last seven closed days: two requests.

    The next run publishes them; until then `status` says that they are waiting. Raises RefusalError
    if one of the two was refused, once the other was ingested.
    """
    vintages: list[Vintage] = []
    refused: list[RefusalError] = []
    with recording(settings.tokenhouse_home, reasons=("no_space",)):
        for request in planned_days(datetime.now(UTC)):
            try:
                fetched = _ingest(settings, request.table, True, [(client, request)])
            except RefusalError as error:
                refused.append(error)
                continue
            files = [one.file for one in fetched]
            log.append(settings.lake, {"do": "wait", "vintages": files})
            vintages += fetched
    if refused:
        raise refused[0]
    return vintages


def _ingest(
    settings: Settings,
    table: str,
    live: bool,
    requests: Iterable[tuple[Client, Request]],
    weeks: tuple[date, date] | None = None,
) -> list[Vintage]:
    """Ingest the responses to some requests for a table, which must report these weeks."""
    vintages: list[Vintage] = []
    refused_rows: list[str] = []
    refusals: list[RefusalError | None] = []
    for source, request in requests:
        try:
            vintage, rows = ingest_one(settings, source, request)
            vintages.append(vintage)
            refused_rows += rows
            refusals.append(None)
        except RefusalError as error:
            if error.reason == "no_space":
                raise
            refusals.append(error)
            if DATASETS[table].is_essential or is_given_up(refusals):
                break
    if table == "rankings_daily" and weeks and not any(refusals):
        refusals = _weeks_not_reported(vintages, *weeks) or refusals
    if live:
        _record_health(settings.tokenhouse_home, table, refusals, refused_rows)
    refused = [error for error in refusals if error]
    if refused and DATASETS[table].is_essential:
        raise refused[0]
    return vintages


def is_given_up(refusals: Sequence[RefusalError | None]) -> bool:
    """Whether so many of the last requests failed in a row that the rest is skipped."""
    return len(refusals) >= MOST_REFUSED and all(refusals[-MOST_REFUSED:])


def ingest_one(settings: Settings, client: Client, request: Request) -> tuple[Vintage, list[str]]:
    """Fetch, store, then read: a response that is refused today may be readable tomorrow.

    Returns the vintage, and the names of the rows that are refused one by one.
    """
    key = settings.openrouter_management_key if request.table == "activity" else None
    response = client.fetch(request, key)
    if client.is_live:
        clocks.check(response, clocks.newest_response(settings.lake), datetime.now(UTC))
    stored = raw.store(settings.lake, response)
    try:
        snapshot = DATASETS[request.table].read(response)
    except RefusalError:
        log_responses(settings.lake, {stored: None})
        raise
    vintage = write_vintage(settings.lake, request.table, snapshot, stored)
    scores.store(settings.lake, response)
    return vintage, snapshot.refused


def _record_health(
    home: Path,
    table: str,
    refusals: Sequence[RefusalError | None],
    refused_rows: Sequence[str],
) -> None:
    """Record for `status` how a live source did: per request why it failed, or None."""
    refused = [error for error in refusals if error]
    is_essential = DATASETS[table].is_essential
    if len(refused) < len(refusals) and not (refused and is_essential):
        source_health.record(home, table, None, refused_rows)
        clear(home, table)
    if refused:
        count = len(refusals)
        some = f"{len(refused)} of {count} requests failed, the first: " if count > 1 else ""
        source_health.record(home, table, f"{some}{refused[0]}")
        if is_essential:
            record(home, refused[0], table)


def planned(
    settings: Settings, table: str, first: date, last: date, with_open_week: bool = False
) -> list[Request]:
    """Return the requests that a live run would send for a table."""
    if table == "activity" and not settings.openrouter_management_key:
        return []
    if table == "rankings_daily" and with_open_week:
        return list(_open_week(datetime.now(UTC)))
    routable = _routable(settings.lake) if table == "endpoints" else []
    return plan.requests(table, first, last, routable)


def planned_days(now: datetime) -> list[Request]:
    """Return the requests of a daily fetch: the catalogue, and the last seven closed days."""
    last = _last_closed_day(now)
    rankings = plan.rankings_request(last - timedelta(days=6), last)
    return [*plan.requests("models", last, last, []), rankings]


def _requests(
    settings: Settings,
    client: Client,
    table: str,
    live: bool,
    first: date,
    last: date,
    with_open_week: bool,
) -> Iterator[tuple[Client, Request]]:
    """Yield each request with the client to send it: the plan, or what the sample has of it."""
    if live:
        for request in planned(settings, table, first, last, with_open_week):
            yield client, request
    elif table == "models":
        for instant in sample.catalogues_of(first, last):
            with Client(settings, sample.RecordedResponses(instant)) as then:
                yield then, plan.requests(table, first, last, [])[0]
    elif table == "rankings_daily":
        for start, end in sample.recorded_parts(*trailing_window(first, last)):
            yield client, plan.rankings_request(start, end)
    elif table in SAMPLED_TABLES:
        yield client, plan.requests(table, first, last, [])[0]


def open_client(settings: Settings, live: bool) -> Client:
    """Return the client of a run: of the live API, or of the newest instant of the sample."""
    if live:
        return Client(settings)
    return Client(settings, sample.RecordedResponses(sample.recorded_catalogues()[-1]))


def _open_week(now: datetime) -> Iterator[Request]:
    """Yield the request for the newest closed week's trailing days and the days since."""
    closed = last_closed_week(now)
    for window in slices(trailing_window(closed, closed)[0], _last_closed_day(now)):
        yield plan.rankings_request(*window)


def _last_closed_day(now: datetime) -> date:
    """Return yesterday, or the day before.

    The Sunday of a week that may not be closed yet is left out: with it the week would look whole.
    """
    day = now.date() - timedelta(days=1)
    is_early = day.weekday() == 6 and monday(day) > last_closed_week(now)
    return day - timedelta(days=1) if is_early else day


def _weeks_not_reported(
    vintages: list[Vintage], first: date, last: date
) -> list[RefusalError | None]:
    """Return an error naming the weeks of which the source reported nothing; the rest is stored.

    Weeks long past are holes, and no reason to request them again.
    """
    reported, settled = coverage.days_known(vintages)
    known = {monday(day) for day in reported | settled}
    missing = [f"{week}" for week in mondays(first, last) if week not in known]
    if not missing:
        return []
    message = f"rankings-daily: the source reports nothing for the weeks {', '.join(missing)}"
    return [RefusalError(message, "source_failed")]


def _routable(lake_folder: Path) -> list[str]:
    """Return the ids of the listed models that have a price, the most used first.

    Usage is from the newest response that reports the newest week.
    """
    listed = next(coverage.undamaged(lake_folder, "models"), None)
    used = _newest_week(coverage.undamaged(lake_folder, "rankings_daily"))
    if not (listed and used):
        return []
    catalogue = pq.ParquetFile(listed.path).read().to_pylist()
    rows = pq.ParquetFile(used.path).read(["model_permaslug", "total_tokens"])
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


def _newest_week(rankings: Iterable[Vintage]) -> Vintage | None:
    """Return the first of the vintages, the newest first, with the newest week."""
    found, newest = None, date.min
    for vintage in rankings:
        if vintage.as_of.date() < newest:
            break  # no response reports a day after its instant
        week = monday(max(days_of(vintage)[0]))
        if week > newest:
            found, newest = vintage, week
    return found
