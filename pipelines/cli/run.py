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
    """Snapshot, build, check, publish and export; then show the newest week."""
    if known_at or home:
        if not (known_at and home) or week or first or last or live is not None:
            raise typer.BadParameter("--known-at and --home go together, and with nothing else")
        _run_known_at(known_at, home, json)
        return
    if week and (first or last):
        raise typer.BadParameter("give either --week, or --from and --to")
    if bool(first) != bool(last):
        raise typer.BadParameter("--from and --to go together")
    if first and last and first > last:
        raise typer.BadParameter(f"the weeks {first} … {last} run backwards")
    from pipelines import answers, holdings, show

    chosen = settings()
    if live is None:
        live = bool(chosen.openrouter_api_key)
    elif live and not chosen.openrouter_api_key:
        raise RefusalError("--live needs a key: set OPENROUTER_API_KEY, or use --sample")
    groups = _groups(live, first or week, last or week)
    show.errors.print(
        "asking OpenRouter live"
        if live
        else "no key, no network: reading the recorded sample"
        if not chosen.openrouter_api_key
        else "reading the recorded sample",
        highlight=False,
    )
    for group in groups:
        holdings.check_weeks(live, *group)
    up_to_date = not live and _is_up_to_date(chosen, groups)
    if up_to_date:
        show.errors.print("everything is up to date", highlight=False)
    else:
        _materialize(chosen, groups, live, with_open_week=live and not (week or first))
    with answers.reading(chosen.database) as connection:
        newest = answers.published_week(connection, None)
        answer: dict[str, Any] = {
            **newest,
            "source": "live" if live else "sample",
            "up_to_date": up_to_date,
            "top": answers.top(connection, newest["week"], 10),
            "origin": answers.origin(connection, newest["week"]),
            "routes": answers.routes(connection, newest["week"]),
            "paths": [
                f"{chosen.database}",
                f"{chosen.lake}",
                f"{chosen.exports}",
                f"{chosen.report}",
            ],
        }
    if json:
        show.as_json(answer)
        return
    show.top(newest, answer["top"])
    show.origin(newest, answer["origin"])
    show.routes(newest, answer["routes"])
    show.citation(newest)
    for path in answer["paths"]:
        show.console.print(f"written: {path}", highlight=False, soft_wrap=True)


@app.command()
def backfill(
    first: Annotated[date, monday_option("--from", meaning="First week.")],
    last: LastWeek = None,
    json: Json = False,
) -> None:
    """Take the weeks that the lake does not hold yet, at most a year a call, and rebuild."""
    from pipelines import holdings, show

    chosen = settings()
    live = bool(chosen.openrouter_api_key)
    last = last or last_closed_week()
    missing = holdings.missing_weeks(chosen, live, first, last)
    groups = [part for group in contiguous(missing) for part in in_calls(*group)] if missing else []
    if groups:
        from pipelines import run as runner

        weeks = sum(len(mondays(*group)) for group in groups)
        with progress("backfill", weeks + runner.step_count(0)) as on_step:
            runner.backfill(groups, live, chosen.tokenhouse_home, on_step)
    answer = {"taken": missing, "calls": len(groups)}
    if json:
        show.as_json(answer)
    else:
        show.console.print(
            f"{len(missing)} weeks taken in {len(groups)} calls" if groups else "nothing is missing"
        )


@app.command()
def replay(json: Json = False) -> None:
    """Make the lake's Parquet again from the raw answers, offline, and rebuild."""
    from pipelines import show
    from pipelines.replay import replay as replay_answers

    done = replay_answers(settings())
    if done.answers:
        from pipelines import run as runner

        runner.rebuild(settings().tokenhouse_home)
    orphans = [f"{one.path}" for one in done.orphans]
    if json:
        show.as_json(
            {"answers": done.answers, "refused": done.refused, "without_raw_answer": orphans}
        )
        return
    lines = [
        f"{done.answers} answers replayed",
        *(f"refused, as when it came: {line}" for line in done.refused),
        *(f"no raw answer makes {path}" for path in orphans),
    ]
    for line in lines:
        show.console.print(line, highlight=False, soft_wrap=True, markup=False)


@app.command()
def plan(week: Week = None, json: Json = False) -> None:
    """Show what a live run would ask, before it asks; the essential requests come first."""
    from pipelines import show, snapshots
    from pipelines.sources.plan import MOST_ENDPOINTS
    from pipelines.sources.tables import TABLES

    chosen = week or last_closed_week()
    asked = {
        table: snapshots.planned(settings(), table, chosen, chosen, week is None)
        for table in TABLES
    }
    requests = [
        {"table": table, "request": f"{one}", "essential": TABLES[table].is_essential}
        for table, ones in asked.items()
        for one in ones
    ]
    # Which models can be routed to is known once the rankings are there.
    later = 0 if asked["endpoints"] else MOST_ENDPOINTS
    if json:
        show.as_json({"week": chosen, "requests": requests, "at_most": len(requests) + later})
    else:
        show.plan(chosen, requests, later, settings().openrouter_requests_per_minute)


def _groups(live: bool, first: date | None, last: date | None) -> list[tuple[date, date]]:
    """Return the contiguous ranges of weeks to take: the newest one live, else all recorded."""
    from pipelines.sources import sample

    if first and last:
        return [(first, last)]
    if live:
        return [(last_closed_week(), last_closed_week())]
    return list(contiguous(sample.recorded_weeks()))


def _is_up_to_date(chosen: Settings, groups: list[tuple[date, date]]) -> bool:
    """Whether the sample is in the lake, and database and exports follow from it and this code."""
    from pipelines import answers, holdings, lake
    from pipelines.exports import delivery
    from pipelines.models import inputs
    from pipelines.report import page
    from pipelines.sources.tables import TABLES

    if not all(holdings.is_sample_held(chosen, *group) for group in groups):
        return False
    vintages = [one for table in TABLES for one in lake.vintages(chosen.lake, table)]
    run_id = inputs.run_id(chosen.lake, vintages)
    try:
        with answers.reading(chosen.database) as connection:
            published = answers.query(connection, "SELECT run_id FROM meta.build")
    except RefusalError:
        return False
    return (
        published == [{"run_id": run_id}]
        and delivery.is_current(chosen.exports, run_id)
        and page.are_current(chosen.tokenhouse_home, run_id)
    )


def _materialize(
    chosen: Settings, groups: list[tuple[date, date]], live: bool, with_open_week: bool
) -> None:
    """Run the Dagster jobs under a progress bar."""
    from pipelines import reference, run

    reference.load_all()  # what people wrote is checked before anything is asked
    weeks = sum(len(mondays(first, last)) for first, last in groups)
    with progress(f"{weeks} weeks", run.step_count(weeks)) as on_step:
        run.materialize(groups, live, with_open_week, chosen.tokenhouse_home, on_step)


def _run_known_at(known_at: str, home: Path, json: bool) -> None:
    """Build a database of its own from what the lake knew at an instant."""
    from pipelines import show
    from pipelines.lock import writing
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
        failed = [f"{result}" for result in results if result.failures]
        if failed:
            build.discard(aside)
            raise RefusalError("; ".join(failed))
        build.publish(aside, home / "warehouse.duckdb")
    answer = {"known_at": instant, "database": home / "warehouse.duckdb"}
    show.as_json(answer) if json else show.console.print(
        f"written: {answer['database']}", highlight=False, soft_wrap=True
    )
