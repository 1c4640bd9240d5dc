"""The command line: `tokenhouse …`."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.errors import RefusalError
from pipelines.settings import Settings, settings
from pipelines.weeks import contiguous, in_calls, last_closed_week, mondays, parse_week

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _week(text: str) -> date:
    try:
        return parse_week(text)
    except RefusalError as error:
        raise typer.BadParameter(str(error)) from None


Week = Annotated[
    date | None, typer.Option(parser=_week, metavar="MONDAY", help="The week's Monday, YYYY-MM-DD.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command()
def run(
    week: Week = None,
    first: Annotated[
        date | None, typer.Option("--from", parser=_week, metavar="MONDAY", help="First week.")
    ] = None,
    last: Annotated[
        date | None, typer.Option("--to", parser=_week, metavar="MONDAY", help="Last week.")
    ] = None,
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
    from pipelines import answers, show, snapshots

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
        snapshots.check_weeks(live, *group)
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
            "paths": [f"{chosen.database}", f"{chosen.lake}", f"{chosen.exports}"],
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
def top(
    week: Week = None,
    length: Annotated[int, typer.Option("-n", min=1, help="How many models.")] = 10,
    json: Json = False,
) -> None:
    """Show the most used models of a week."""
    from pipelines import answers, show

    with answers.reading(settings().database) as connection:
        chosen = answers.published_week(connection, week)
        models = answers.top(connection, chosen["week"], length)
    if json:
        show.as_json({**chosen, "models": models})
    else:
        show.top(chosen, models)
        show.citation(chosen)


@app.command()
def routes(week: Week = None, json: Json = False) -> None:
    """Show which model carries which workload."""
    from pipelines import answers, show

    with answers.reading(settings().database) as connection:
        chosen = answers.published_week(connection, week)
        table = answers.routes(connection, chosen["week"])
    if json:
        show.as_json({**chosen, "routes": table})
    else:
        show.routes(chosen, table)
        show.citation(chosen)


@app.command()
def query(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="One statement.")],
    json: Json = False,
) -> None:
    """Ask the published database, read-only."""
    from pipelines import answers, show

    with answers.reading(settings().database) as connection:
        rows = answers.query(connection, statement)
    show.as_json(rows) if json else show.rows(rows)


@app.command()
def status(json: Json = False) -> None:
    """Show which weeks are published, as of when, and how stale they are."""
    from pipelines import answers, show

    with answers.reading(settings().database) as connection:
        answer = answers.status(connection, settings())
    show.as_json(answer) if json else show.status(answer)
    if answer["refusal"]:
        raise RefusalError(
            f"stale since {answer['refusal']['since']} because {answer['refusal']['message']}"
        )


@app.command()
def plan(week: Week = None, json: Json = False) -> None:
    """Show what a live run would ask, before it asks; the essential requests come first."""
    from pipelines import show, snapshots
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
    if json:
        show.as_json({"week": chosen, "requests": requests})
    else:
        show.plan(chosen, requests, settings().openrouter_requests_per_minute)


@app.command()
def backfill(
    first: Annotated[
        date, typer.Option("--from", parser=_week, metavar="MONDAY", help="First week.")
    ],
    last: Annotated[
        date | None, typer.Option("--to", parser=_week, metavar="MONDAY", help="Last week.")
    ] = None,
    json: Json = False,
) -> None:
    """Take the weeks that the lake does not hold yet, at most a year a call, and rebuild."""
    from pipelines import show, snapshots

    chosen = settings()
    live = bool(chosen.openrouter_api_key)
    last = last or last_closed_week()
    missing = snapshots.missing_weeks(chosen, live, first, last)
    groups = [part for group in contiguous(missing) for part in in_calls(*group)] if missing else []
    if groups:
        from pipelines import run as runner

        weeks = sum(len(mondays(*group)) for group in groups)
        with _progress("backfill", weeks + runner.step_count(0)) as on_step:
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
    from pipelines import show, snapshots

    count, orphans = snapshots.replay(settings())
    if count:
        from pipelines import run as runner

        runner.rebuild(settings().tokenhouse_home)
    answer = {"answers": count, "without_raw_answer": [f"{one.path}" for one in orphans]}
    if json:
        show.as_json(answer)
    else:
        show.console.print(f"{count} answers replayed", highlight=False)
        for one in orphans:
            show.console.print(f"no raw answer makes {one.path}", highlight=False, soft_wrap=True)


@app.command()
def accept(
    name: Annotated[str, typer.Argument(help="A name from marts.publication_findings.")],
    why: Annotated[str, typer.Option(help="Why it is right to publish in spite of it.")],
    json: Json = False,
) -> None:
    """Accept what stands in the way of publication, by its name; the next run publishes."""
    from pipelines import publication, show
    from pipelines.lock import writing

    if not re.fullmatch(r"[a-z_]+-\d{4}-\d{2}-\d{2}(-\d{8}T\d{6}Z)?", name):
        raise typer.BadParameter(f"{name!r} is not the name of a finding")
    with writing(settings().tokenhouse_home):
        path = publication.accept(settings().lake, name, why)
    show.as_json({"accepted": name, "path": path}) if json else show.console.print(
        f"accepted {name}"
    )


@app.command()
def audit(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A claims file; default: those shipped.")
    ] = None,
    week: Week = None,
    json: Json = False,
) -> None:
    """Check printed claims against the published database."""
    from pipelines import audit as auditing
    from pipelines import show

    answer = auditing.audit(settings().database, file, week)
    show.as_json(answer) if json else show.audit(answer)


@app.command()
def check_reference(json: Json = False) -> None:
    """Check the hand-kept tables, and name the authors in the data that they do not know."""
    from pipelines import answers, reference, show

    kept, unknown = reference.check(), []
    if settings().database.exists():
        with answers.reading(settings().database) as connection:
            unknown = answers.unknown_authors(connection)
    answer = {"tables": kept, "unknown_authors": unknown}
    show.as_json(answer) if json else show.reference(kept, unknown)


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 3000,
) -> None:
    """Open Dagster with its schedule on this machine."""
    from pipelines.run import prepare_instance

    prepare_instance(settings().dagster)
    arguments = ["dagster", "dev", "-m", "pipelines.definitions", "-h", "127.0.0.1"]
    os.execv(sys.executable, [sys.executable, "-m", *arguments, "-p", str(port)])  # noqa: S606


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
    from pipelines import answers, lake, snapshots
    from pipelines.exports import document
    from pipelines.models import inputs
    from pipelines.sources.tables import TABLES

    if not all(snapshots.is_sample_held(chosen, *group) for group in groups):
        return False
    vintages = [one for table in TABLES for one in lake.vintages(chosen.lake, table)]
    run_id = inputs.run_id(chosen.lake, vintages)
    try:
        with answers.reading(chosen.database) as connection:
            published = answers.query(connection, "SELECT run_id FROM meta.build")
    except RefusalError:
        return False
    return published == [{"run_id": run_id}] and document.are_current(chosen.exports, run_id)


def _materialize(
    chosen: Settings, groups: list[tuple[date, date]], live: bool, with_open_week: bool
) -> None:
    """Run the Dagster jobs under a progress bar."""
    from pipelines import run

    weeks = sum(len(mondays(first, last)) for first, last in groups)
    with _progress(f"{weeks} weeks", run.step_count(weeks)) as on_step:
        run.materialize(groups, live, with_open_week, chosen.tokenhouse_home, on_step)


@contextmanager
def _progress(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar on stderr; yield what to call with the name of each finished step."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from pipelines import show

    columns = (TextColumn("{task.description:<44}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, *times, console=show.errors) as progress:
        bar = progress.add_task(title, total=total)

        def on_step(step: str) -> None:
            progress.update(bar, advance=1, description=f"{title}: {step}")

        yield on_step


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


def main() -> None:
    """Run the command; a refusal is one line on stderr and exit code 1."""
    try:
        app()
    except RefusalError as error:
        sys.stderr.write(f"tokenhouse: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("tokenhouse: interrupted; what was published before still is\n")
        sys.exit(130)
    except Exception as error:  # a full disk under Dagster's record, say: one line, not its stack
        if sys.flags.dev_mode:
            raise
        line = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        sys.stderr.write(f"tokenhouse: {line} (python -X dev shows where)\n")
        sys.exit(1)
