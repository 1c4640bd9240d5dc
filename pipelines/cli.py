"""The command line: `tokenhouse …`."""

import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.errors import RefusalError
from pipelines.settings import Settings, settings
from pipelines.weeks import contiguous, last_closed_week, mondays, parse_week

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
    json: Json = False,
) -> None:
    """Snapshot, build, check, publish and export; then show the newest week."""
    if week and (first or last):
        raise typer.BadParameter("give either --week, or --from and --to")
    if bool(first) != bool(last):
        raise typer.BadParameter("--from and --to go together")
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
        _materialize(chosen, groups, live)
    newest = answers.resolve_week(chosen.database, None)
    answer: dict[str, Any] = {
        "week": newest,
        "source": "live" if live else "sample",
        "up_to_date": up_to_date,
        **answers.published_as(chosen.database, newest),
        "top": answers.top(chosen.database, newest, 10),
        "origin": answers.origin(chosen.database, newest),
        "routes": answers.routes(chosen.database, newest),
        "paths": [f"{chosen.database}", f"{chosen.lake}", f"{chosen.exports}"],
    }
    if json:
        show.as_json(answer)
        return
    show.top(newest, answer["top"])
    show.origin(newest, answer["origin"])
    show.routes(newest, answer["routes"])
    show.console.print(answer["citation"], highlight=False)
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

    database = settings().database
    chosen = answers.resolve_week(database, week)
    models = answers.top(database, chosen, length)
    show.as_json({"week": chosen, "models": models}) if json else show.top(chosen, models)


@app.command()
def routes(week: Week = None, json: Json = False) -> None:
    """Show which model carries which workload."""
    from pipelines import answers, show

    database = settings().database
    chosen = answers.resolve_week(database, week)
    table = answers.routes(database, chosen)
    show.as_json({"week": chosen, "routes": table}) if json else show.routes(chosen, table)


@app.command()
def query(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="One statement.")],
    json: Json = False,
) -> None:
    """Ask the published database, read-only."""
    from pipelines import answers, show

    rows = answers.query(settings().database, statement)
    show.as_json(rows) if json else show.rows(rows)


@app.command()
def status(json: Json = False) -> None:
    """Show which weeks are published, as of when, and how stale they are."""
    from pipelines import answers, show

    answer = answers.status(settings().database)
    show.as_json(answer) if json else show.status(answer)


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

    kept, database = reference.check(), settings().database
    unknown = answers.unknown_authors(database) if database.exists() else []
    answer = {"tables": kept, "unknown_authors": unknown}
    show.as_json(answer) if json else show.reference(kept, unknown)


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on this machine.")] = 3000) -> None:
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

    if not all(snapshots.is_sample_held(chosen, *group) for group in groups):
        return False
    vintages = [vintage for table in lake.SCHEMAS for vintage in lake.vintages(chosen.lake, table)]
    run_id = inputs.run_id(vintages)
    try:
        published = answers.query(chosen.database, "SELECT run_id FROM meta.build")
    except RefusalError:
        return False
    return published == [{"run_id": run_id}] and document.are_current(chosen.exports, run_id)


def _materialize(chosen: Settings, groups: list[tuple[date, date]], live: bool) -> None:
    """Run the Dagster jobs under a progress bar."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from pipelines import show

    columns = (TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=show.errors) as progress:
        weeks = sum(len(mondays(first, last)) for first, last in groups)
        starting = progress.add_task("starting Dagster", total=None)
        from pipelines import run

        bars = {"lake": progress.add_task("snapshots, weeks × sources", total=weeks * 2)}
        bars |= {
            "": progress.add_task("models and exports", total=run.step_count(groups) - weeks * 2)
        }
        progress.remove_task(starting)

        def on_step(asset: str, partition: str) -> None:
            bar = bars["lake" if partition else ""]
            progress.update(bar, advance=1, description=f"{asset} {partition}".strip())

        run.materialize(groups, live, chosen.dagster, on_step)


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
