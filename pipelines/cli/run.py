"""Commands that take snapshots, build and publish."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.app import FirstWeek, Json, LastWeek, Week, app, monday_option, progress
from pipelines.errors import RefusalError
from pipelines.settings import Settings, settings
from pipelines.weeks import contiguous, in_calls, last_closed_week, mondays


@app.command()
def run(
    week: Week = None,
    first: FirstWeek = None,
    last: LastWeek = None,
    live: Annotated[
        bool | None,
        typer.Option("--live/--sample", help="Ask the API, or read the recorded sample."),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Build what was known then; needs --home."),
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="Where a database of --known-at is built.")
    ] = None,
    json: Json = False,
) -> None:
    """Snapshot, build, check, publish and export; then show the week named, or the newest."""
    if known_at or home:
        if not (known_at and home) or week or first or last or live is not None:
            raise typer.BadParameter("--known-at and --home go together, and with nothing else")
        _run_known_at(known_at, home, json)
        return
    _check_weeks(week, first, last)
    from pipelines.cli import console
    from pipelines.home import refusals
    from pipelines.lake import coverage
    from pipelines.orchestration.status import is_unpublished, staleness

    chosen = settings()
    live = _is_live(chosen, live)
    groups = _groups(live, first or week, last or week)
    for group in groups:
        coverage.check_weeks(live, *group)
    is_held = not live and all(coverage.is_sample_held(chosen, *group) for group in groups)
    up_to_date = is_held and not is_unpublished(chosen)
    if up_to_date:
        _say("nothing to do: the recorded sample is taken and published")
    else:
        _materialize(chosen, groups, live, with_open_week=live and not (week or first))
    untold = [day for group in groups for day in coverage.holes(chosen, *group)]
    if untold:
        _say(f"never told by the source: {_listed(untold)}")
    source = {"source": "live" if live else "sample", "up_to_date": up_to_date}
    answer = {**source, **_answer(chosen, last or week, groups)}
    for row in answer["incomplete_weeks"]:
        _say(f"week {row['week']} is told on {row['days_seen']} of 7 days yet: run it again later")
    console.as_json(answer) if json else _show(answer)
    stale = staleness(refusals.list_refusals(chosen.tokenhouse_home))
    if stale:  # the sample was read, and the source still does not answer
        raise RefusalError(stale)


@app.command()
def backfill(
    first: Annotated[date, monday_option("--from", meaning="First week.")],
    last: LastWeek = None,
    json: Json = False,
) -> None:
    """Take the weeks that the lake does not hold yet, at most a year a call, and rebuild."""
    from pipelines.cli import console
    from pipelines.home import refusals
    from pipelines.lake import coverage
    from pipelines.orchestration.status import is_unpublished, staleness

    chosen = settings()
    live = bool(chosen.openrouter_api_key)
    weeks = first, last or max(first, last_closed_week())
    missing = coverage.missing_weeks(chosen, live, *weeks)
    groups = [part for group in contiguous(missing) for part in in_calls(*group)] if missing else []
    refused: list[RefusalError] = []
    is_published = False
    if groups or is_unpublished(chosen):  # what a call took that was interrupted
        refused, is_published = _backfill(chosen, groups, live, len(missing))
    lacking = coverage.missing_weeks(chosen, live, *weeks)
    answer = {
        "taken": [week for week in missing if week not in lacking],
        "calls": len(groups),
        "published": is_published,
        "lacking": lacking,
        "never_told": coverage.holes(chosen, *weeks),
    }
    console.as_json(answer) if json else _show_backfill(answer)
    stale = staleness(refusals.list_refusals(chosen.tokenhouse_home))
    if stale or refused:
        raise RefusalError(stale or f"{refused[0]}")


def _backfill(
    chosen: Settings, groups: list[tuple[date, date]], live: bool, weeks: int
) -> tuple[list[RefusalError], bool]:
    """Take the groups and publish; return what was refused, and whether anything was published."""
    from pipelines import run as runner
    from pipelines.home.lock import writing
    from pipelines.orchestration.status import is_unpublished

    home = chosen.tokenhouse_home
    with writing(home), progress("backfill", weeks + runner.step_count(0)) as on_step:
        refused = runner.backfill(groups, live, home, on_step)
        if not is_unpublished(chosen):
            return refused, False
        try:
            runner.rebuild(home, on_step)
        except RefusalError as error:
            return [*refused, error], False
    return refused, True


def _check_weeks(week: date | None, first: date | None, last: date | None) -> None:
    """Refuse options that do not name weeks together."""
    if week and (first or last):
        raise typer.BadParameter("give either --week, or --from and --to")
    if bool(first) != bool(last):
        raise typer.BadParameter("--from and --to go together")
    if first and last and first > last:
        raise typer.BadParameter(f"the weeks {first} … {last} run backwards")


def _is_live(chosen: Settings, live: bool | None) -> bool:
    """Return whether to ask the API, which is the default with a key, and say so."""
    has_key = bool(chosen.openrouter_api_key)
    if live and not has_key:
        raise RefusalError("--live needs a key: set OPENROUTER_API_KEY, or use --sample")
    if has_key if live is None else live:
        _say("asking OpenRouter live")
        return True
    _say(f"{'' if has_key else 'no key, no network: '}reading the recorded sample")
    return False


def _groups(live: bool, first: date | None, last: date | None) -> list[tuple[date, date]]:
    """Return the contiguous ranges of weeks to take: the newest one live, else all recorded."""
    from pipelines.sources import sample

    if first and last:
        return [(first, last)]
    if live:
        return [(last_closed_week(), last_closed_week())]
    return list(contiguous(sample.recorded_weeks()))


def _materialize(
    chosen: Settings, groups: list[tuple[date, date]], live: bool, with_open_week: bool
) -> None:
    """Run the Dagster jobs under a progress bar."""
    from pipelines import run
    from pipelines.cli import console
    from pipelines.reference.loader import load_all

    load_all()  # what people wrote is checked before anything is asked
    weeks = sum(len(mondays(first, last)) for first, last in groups)
    with progress(console.counted(weeks, "week"), run.step_count(weeks)) as on_step:
        run.materialize(groups, live, with_open_week, chosen.tokenhouse_home, on_step)


def _answer(chosen: Settings, week: date | None, groups: list[tuple[date, date]]) -> dict[str, Any]:
    """Return what a run shows: the week named or the newest whole one, and where all was written.

    `incomplete_weeks` are those taken of which the source does not tell every day yet.
    """
    from pipelines.queries.published import (
        origin,
        published_week,
        published_weeks,
        reading,
        routes,
        top,
    )

    taken = {one for group in groups for one in mondays(*group)}
    with reading(chosen.database) as connection:
        known = published_weeks(connection)
        is_known = any(row["week"] == week for row in known)
        shown = published_week(connection, week if is_known else None)
        return {
            **shown,
            "incomplete_weeks": [
                {key: row[key] for key in ("week", "days_seen", "is_complete")}
                for row in known
                if row["week"] in taken and not row["is_complete"]
            ],
            "top": top(connection, shown["week"], 10),
            "origin": origin(connection, shown["week"]),
            "routes": routes(connection, shown["week"]),
            "paths": [
                f"{path}" for path in (chosen.database, chosen.lake, chosen.exports, chosen.report)
            ],
        }


def _show(answer: dict[str, Any]) -> None:
    from pipelines.cli import console

    console.top(answer, answer["top"])
    console.origin(answer, answer["origin"])
    console.routes(answer, answer["routes"])
    console.citation(answer)
    for path in answer["paths"]:
        console.console.print(f"written: {path}", highlight=False, soft_wrap=True)


def _show_backfill(answer: dict[str, Any]) -> None:
    """Print what a backfill took, and what the lake still lacks."""
    from pipelines.cli import console

    weeks, calls = (
        console.counted(len(answer["taken"]), "week"),
        console.counted(answer["calls"], "call"),
    )
    lines = [
        f"{weeks} taken in {calls}" if answer["calls"] else "nothing is missing",
        "published what was not yet" if answer["published"] else "",
        f"still lacking days of the weeks: {_listed(answer['lacking'])}"
        if answer["lacking"]
        else "",
        f"never told by the source: {_listed(answer['never_told'])}"
        if answer["never_told"]
        else "",
    ]
    for line in filter(None, lines):
        console.console.print(line, highlight=False, soft_wrap=True)


def _say(line: str) -> None:
    from pipelines.cli import console

    console.errors.print(line, highlight=False, soft_wrap=True)


def _listed(days: list[date]) -> str:
    return ", ".join(f"{day}" for day in days)


def _run_known_at(known_at: str, home: Path, json: bool) -> None:
    """Build a database of its own from what the lake knew at an instant."""
    from pipelines.cli import console
    from pipelines.home import refusals
    from pipelines.home.lock import writing
    from pipelines.models import build, definition

    try:
        instant = datetime.fromisoformat(known_at)
    except ValueError:
        raise typer.BadParameter(f"--known-at {known_at!r} is not an instant") from None
    instant = instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    home = home.expanduser().resolve()
    if home == settings().tokenhouse_home:
        raise typer.BadParameter("--home must be another one than TOKENHOUSE_HOME")
    with writing(home):
        aside, results = build.build(home, definition.load(), settings().lake, instant)
        # What was published then passed the gate of its day: a view of it passes none again.
        failed = [f"{one}" for one in results if one.failures and one.check != refusals.GATE]
        if failed:
            build.discard(aside)
            raise RefusalError("; ".join(failed))
        build.publish(aside, home / "warehouse.duckdb")
    answer = {"known_at": instant, "database": home / "warehouse.duckdb"}
    console.as_json(answer) if json else console.console.print(
        f"written: {answer['database']}", highlight=False, soft_wrap=True
    )
