"""The status of a home: what is published, its age, the health of each source, what is stale."""

from contextlib import closing
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypedDict, cast

import duckdb

from pipelines.citation import citation
from pipelines.drill import card
from pipelines.drill.card import Card
from pipelines.errors import RefusalError
from pipelines.exports import delivery, hold
from pipelines.home import paths, places, refusals, source_health
from pipelines.home.database import attach_private
from pipelines.home.refusals import BUILD, EXPORTS, Refusal
from pipelines.home.source_health import SourceHealth
from pipelines.queries.published import (
    Connection,
    Row,
    WeekSummary,
    published_week,
    published_weeks,
    query,
    reading,
)
from pipelines.reference import files
from pipelines.report import facts
from pipelines.settings import Settings
from pipelines.weeks import last_closed_week, weeks_behind


class Published(TypedDict):
    """What is published; None before anything is."""

    run_id: str | None
    as_of: datetime | None
    as_of_is_exact: bool | None
    licence: str | None
    citation: str | None
    newest_week: date | None
    weeks: list[WeekSummary]
    worse_estimate: dict[str, dict[str, float]] | None
    index_retrieved_on: date | None
    unused_scores: list[Row]


class Status(Published):
    """What is published, how old it is, the health of each source, and what is stale."""

    database: str
    last_closed_week: date
    weeks_behind: int | None
    sources: dict[str, SourceHealth]
    own_files: list[Path]
    unread_files: list[Path]
    waiting_responses: int
    drill: Card | None
    waiting_usage: list[date]
    dated_ahead: list[str]
    refusals: list[Refusal]


UNUSED = """
SELECT source, snapshot_at, refused_because, model_id FROM marts.unused_scores()
WHERE week = (SELECT max(week) FROM marts.routing_certificate)
ORDER BY source, snapshot_at, refused_because, model_id
"""

OF_THE_LAKE = ("lake_differs", "damaged")
"""Reasons that are checked again whenever the status is asked for."""

NOTHING = Published(
    run_id=None,
    as_of=None,
    as_of_is_exact=None,
    licence=None,
    citation=None,
    newest_week=None,
    weeks=[],
    worse_estimate=None,
    index_retrieved_on=None,
    unused_scores=[],
)


def status(settings: Settings, now: datetime | None = None) -> Status:
    """Return which weeks are published, how complete and how old, and the health of each source.

    `refusals` are the causes for which database or exports are stale, each with since when, the
    reason, and all findings. The keys are the same before anything is published.
    RefusalError if the home has a folder where a file belongs, or the reverse, or a damaged log.
    """
    home = settings.tokenhouse_home
    places.check(home)
    published = NOTHING
    waits = 0
    stale = refusals.read_all(home)
    noticed = [_lake_differs(home, stale)]
    if settings.database.exists():
        with reading(settings.database) as connection:
            published, run_id = _published(connection)
            differs, waits = _outdated(settings, connection)
            noticed += [
                None if noticed[0] else _not_published(differs),
                _not_exported(settings, run_id),
            ]
    stale = _with_noticed(settings.lake, stale, noticed)
    closed = last_closed_week(now or datetime.now(UTC))
    newest = published["newest_week"]
    return {
        "database": f"{settings.database}",
        **published,
        "last_closed_week": closed,
        "weeks_behind": weeks_behind(newest, closed) if newest else None,
        "sources": source_health.read(home),
        "own_files": files.in_force(settings.reference),
        "unread_files": files.unread(settings.reference),
        "waiting_responses": waits,
        "drill": card.read(home, published["run_id"]) if published["run_id"] else None,
        "waiting_usage": waiting_usage(settings),
        "dated_ahead": _dated_ahead(settings.lake, now or datetime.now(UTC)),
        "refusals": stale,
    }


def _dated_ahead(lake: Path, now: datetime) -> list[str]:
    """Return the vintages that are dated after tomorrow."""
    from pipelines.lake import clocks
    from pipelines.lake.vintages import list_files

    last = f"{now + clocks.TOLERANCE:%Y%m%dT%H%M%SZ}"
    names = (file.rpartition("/")[2] for file in list_files(lake))
    return [name for name in names if name.partition("-")[0] > last]


def waiting_usage(settings: Settings) -> list[date]:
    """Return the weeks of own usage that were imported after the database was published.

    The database does not name them, since copies of it are for others.
    """
    from pipelines.usage import ledger

    own = ledger.all_current(settings.lake)
    if not (own and settings.database.exists()):
        return sorted({one.week for one in own})
    made = datetime.fromtimestamp(int(settings.database.stat().st_mtime), UTC)
    return sorted({one.week for one in own if one.as_of >= made})


def _with_noticed(
    lake: Path, recorded: list[Refusal], noticed: list[Refusal | None]
) -> list[Refusal]:
    """Return the recorded refusals, as they are now, and the causes that were only noticed now.

    What is recorded for a cause says more. Of the lake it says only since when: what was wrong with
    its files may be mended by now, and more may be wrong.
    """
    from pipelines.lake import acceptances

    since = {one["reason"]: one["since"] for one in recorded}
    kept = [one for one in recorded if one["reason"] not in OF_THE_LAKE]
    causes = {one["cause"] for one in kept}
    for one in kept:
        one["findings"] = acceptances.marked(lake, one["findings"])
    for more in filter(None, noticed):
        if more["reason"] in OF_THE_LAKE:
            kept.append({**more, "since": since.get(more["reason"])})
        elif more["cause"] not in causes:
            kept.append(more)
    return kept


def staleness(stale: list[Refusal]) -> str:
    """Return in one line what is stale, since when and why; empty if nothing is."""
    return "; ".join(
        ("exports are stale" if one["cause"] == EXPORTS else "stale")
        + (f" since {one['since']}" if one["since"] else "")
        + f" because {one['message']}"
        for one in stale
    )


def is_unpublished(settings: Settings) -> bool:
    """Return whether database, exports or report are older than the lake or the code.

    So is a database whose private part is lost, and one over a lake that differs from its log or
    has none.
    """
    # What is heavy is loaded only now, so that `status` starts in an instant.
    from pipelines.lake import inventory
    from pipelines.lake.vintages import list_all_vintages, list_retracted
    from pipelines.models.run_id import compute_run_id
    from pipelines.report import page_files
    from pipelines.usage import ledger

    vintages = [*list_all_vintages(settings.lake), *ledger.all_current(settings.lake)]
    if not any(one.table == "rankings_daily" for one in vintages):
        return bool(list_retracted(settings.lake))  # else nothing can be published yet
    run_id = compute_run_id(settings.lake, vintages)
    try:
        with reading(settings.database) as connection:
            published = query(connection, "SELECT run_id FROM meta.build")
        with closing(duckdb.connect()) as connection:
            attach_private(connection, settings.database, run_id, "private")
    except RefusalError:
        return True
    return not (
        published == [{"run_id": run_id}]
        and paths.log(settings.lake).exists()
        and not f"{inventory.differences(settings.tokenhouse_home)}"
        and (hold.read(settings.exports) or delivery.is_current(settings.exports, run_id))
        and page_files.are_current(settings.tokenhouse_home, run_id)
        and refusals.read(settings.tokenhouse_home) is None
    )


def _published(connection: Connection) -> tuple[Published, str]:
    """Return what is published, and by which run."""
    (made,) = query(connection, "FROM meta.build")
    published = cast(
        "Published",
        {
            **made,
            "citation": citation(made["as_of"], made["as_of_is_exact"]),
            "newest_week": published_week(connection, None)["week"],
            "weeks": published_weeks(connection),
            "worse_estimate": _worse_estimate(connection),
            **_evidence(connection),
        },
    )
    return published, made["run_id"]


def _worse_estimate(connection: Connection) -> dict[str, dict[str, float]] | None:
    """Return what the newest week's revenue rests on, and the week before's, if that is better.

    None too where a database of version 0.1.0 does not say.
    """
    known = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'estimate_quality'"
    if not query(connection, known):
        return None
    newest = query(connection, "SELECT marts.latest_week() AS week")[0]["week"]
    if newest is None:
        return None
    now, before = (
        facts.estimate(query(connection, "FROM marts.estimate_quality WHERE week = ?", week))
        for week in (newest, newest - timedelta(days=7))
    )
    if now is None or before is None or not facts.is_worse(now, before):
        return None
    return {"now": asdict(now), "before": asdict(before)}


def _evidence(connection: Connection) -> dict[str, object]:
    """Return when the newest index was retrieved, and which scores the newest routes do not use.

    Nothing of either where a database of an earlier version does not say.
    """
    known = "SELECT 1 FROM duckdb_functions() WHERE function_name = 'unused_scores'"
    if not query(connection, known):
        return {"index_retrieved_on": None, "unused_scores": []}
    newest = query(connection, "SELECT max(index_on) AS day FROM marts.routing_certificate")
    return {
        "index_retrieved_on": newest[0]["day"],
        "unused_scores": query(connection, UNUSED),
    }


def _outdated(settings: Settings, connection: Connection) -> tuple[list[str], int]:
    """Return how the database differs from the lake, and how many daily fetches wait for a run."""
    from pipelines.lake import log
    from pipelines.lake.vintages import list_files

    known = log.read(settings.lake)
    published = {row["file"] for row in query(connection, "FROM meta.snapshots")}
    present = {file.rpartition("/")[2] for file in list_files(settings.lake)}
    waiting = {Path(one).name for one in known.waiting} & (present - published)
    newer = len(present - published - waiting)
    retracted = len(published & {Path(one).name for one in known.retracted})
    accepted = query(connection, "SELECT name FROM marts.publication_findings WHERE is_accepted")
    unaccepted = [row["name"] for row in accepted if row["name"] not in known.accepted]
    differs = []
    if newer:
        some = "1 response in the lake is" if newer == 1 else f"{newer} responses in the lake are"
        differs.append(f"{some} not in the database, as when a run is killed")
    if retracted:
        some = "1 vintage" if retracted == 1 else f"{retracted} vintages"
        differs.append(f"the database was built from {some} retracted since")
    if unaccepted:
        differs.append(f"it was published in spite of {', '.join(unaccepted)}, accepted no longer")
    return differs, len(waiting)


def _lake_differs(home: Path, recorded: list[Refusal]) -> Refusal | None:
    """Return how the files of the lake differ from its log, or which response is still damaged."""
    from pipelines.lake import inventory, scrub

    found = inventory.differences(home)
    if f"{found}":
        return _noticed(BUILD, "lake_differs", f"{found}")
    if any(one["reason"] == "damaged" for one in recorded):
        try:
            scrub.check(paths.lake(home))
        except RefusalError as error:
            return _noticed(BUILD, error.reason, f"{error}")
    return None


def _not_published(differs: list[str]) -> Refusal | None:
    """Return that the published database is not what the lake contains now."""
    if not differs:
        return None
    return _noticed(BUILD, "not_published", f"{', and '.join(differs)}: run `tokenhouse run`")


def _not_exported(settings: Settings, run_id: str) -> Refusal | None:
    """Return that the exports are held, or are not those of the published run."""
    held = hold.read(settings.exports)
    if held:
        message = f"{settings.exports} is {held}: `tokenhouse export --release` lets exports in"
        return _noticed(EXPORTS, "held", message)
    if delivery.is_current(settings.exports, run_id):
        return None
    return _noticed(
        EXPORTS,
        "not_exported",
        f"{settings.exports} does not contain the files of run {run_id}, whole and unedited: "
        "run `tokenhouse export`",
    )


def _noticed(cause: str, reason: str, message: str) -> Refusal:
    """Return a staleness that is only noticed now; since when is unknown."""
    return {"cause": cause, "since": None, "reason": reason, "message": message, "findings": []}
