"""Fetch the weeks that the lake does not cover yet."""

from datetime import date
from typing import Annotated, TypedDict

from pipelines.cli import console
from pipelines.cli.app import Json, LastWeek, app, monday_option
from pipelines.errors import RefusalError
from pipelines.settings import Settings, settings
from pipelines.weeks import contiguous, in_calls, last_closed_week


class Backfill(TypedDict):
    """What a backfill fetched; `incomplete` are weeks without all their days, holes set apart."""

    ingested: list[date]
    requests: int
    published: bool
    incomplete: list[date]
    never_reported: list[date]


@app.command()
def backfill(
    first: Annotated[date, monday_option("--from", meaning="First week.")],
    last: LastWeek = None,
    json: Json = False,
) -> None:
    """Fetch the weeks that the lake does not cover yet, at most a year per request, and rebuild."""
    from pipelines.home import refusals
    from pipelines.lake import coverage
    from pipelines.orchestration.status import is_unpublished, staleness

    chosen = settings()
    live = chosen.is_live()
    weeks = first, last or max(first, last_closed_week())
    missing = coverage.missing_weeks(chosen, live, *weeks)
    groups = [part for group in contiguous(missing) for part in in_calls(*group)] if missing else []
    refused: list[RefusalError] = []
    is_published = False
    if groups or is_unpublished(chosen):  # an interrupted call ingested something
        refused, is_published = _backfill(chosen, groups, live, len(missing))
    incomplete = coverage.missing_weeks(chosen, live, *weeks)
    answer: Backfill = {
        "ingested": [week for week in missing if week not in incomplete],
        "requests": len(groups),
        "published": is_published,
        "incomplete": incomplete,
        "never_reported": coverage.holes(chosen, *weeks),
    }
    console.as_json(answer) if json else _show_backfill(answer)
    stale = staleness(refusals.read_all(chosen.tokenhouse_home))
    if stale or refused:
        raise RefusalError(stale or f"{refused[0]}")


def _backfill(
    chosen: Settings, groups: list[tuple[date, date]], live: bool, weeks: int
) -> tuple[list[RefusalError], bool]:
    """Ingest and publish; return what was refused, and whether anything was published."""
    from pipelines.cli import jobs
    from pipelines.home.lock import writing
    from pipelines.orchestration.status import is_unpublished

    home = chosen.tokenhouse_home
    with writing(home), console.progress("backfill", weeks + jobs.step_count(0)) as on_step:
        refused = jobs.backfill(groups, live, home, on_step)
        if not is_unpublished(chosen):
            return refused, False
        try:
            jobs.rebuild(home, on_step)
        except RefusalError as error:
            return [*refused, error], False
    return refused, True


def _show_backfill(answer: Backfill) -> None:
    """Print what was ingested, and what is still missing."""
    weeks = console.counted(len(answer["ingested"]), "week")
    requests = console.counted(answer["requests"], "request")
    lines = [
        f"{weeks} ingested in {requests}" if answer["requests"] else "nothing is missing",
        "published what was not published yet" if answer["published"] else "",
        f"days are still missing from the weeks: {console.listed(answer['incomplete'])}"
        if answer["incomplete"]
        else "",
        f"never reported by the source: {console.listed(answer['never_reported'])}"
        if answer["never_reported"]
        else "",
    ]
    for line in filter(None, lines):
        console.line(line)
