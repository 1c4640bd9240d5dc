"""List the models worth evaluating for a workload, and import logs of evaluations."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.evaluation import Change, Worthwhile
    from pipelines.reference.evaluations.imports import Import

EPOCHS = 3
"""Trials of each task in the command that is printed: a task counts by the share passed."""

COMMAND = (
    "inspect eval {workload}.py --model openrouter/{model} --epochs {epochs} --log-format json"
)

OFFERED = "SELECT DISTINCT model_id FROM marts.catalogue()"


@app.command()
def evaluate(
    names: Annotated[
        list[str],
        typer.Argument(metavar="WORKLOAD | FILE …", help="A workload; with --import, logs."),
    ],
    importing: Annotated[
        bool,
        typer.Option(
            "--import", help="Read logs of Inspect or promptfoo in JSON, or trials in CSV."
        ),
    ] = False,
    pass_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the tasks that a model would pass.")
    ] = 0.9,
    tasks: Annotated[
        int | None, typer.Option(min=1, help="Tasks a day; default: those of workloads.yaml.")
    ] = None,
    length: Annotated[int, typer.Option("-n", min=1, help="How many models.")] = 10,
    json: Json = False,
) -> None:
    """List the models worth evaluating for a workload, or import the logs of evaluations."""
    if importing:
        _import([Path(name) for name in names], json)
    elif len(names) == 1:
        _list(names[0], pass_rate, tasks, length, json)
    else:
        raise typer.BadParameter("name one workload, or logs after --import")


def _newest_week() -> date:
    from pipelines.queries.published import published_week, reading

    with reading(settings().database) as connection:
        return published_week(connection, None)["week"]


def _list(workload: str, pass_rate: float, tasks: int | None, length: int, json: bool) -> None:
    from pipelines.queries.evaluation import worth_evaluating
    from pipelines.queries.published import published_week, reading, routes
    from pipelines.words import routing
    from pipelines.words.language import english

    with reading(settings().database) as connection:
        week = published_week(connection, None)["week"]
        of_week = routes(connection, week)
    found = worth_evaluating(settings().database, week, workload, pass_rate, tasks)
    blocked = next(row["blocked_because"] for row in of_week if row["workload"] == workload)
    if json:
        rows = [{**asdict(one), "command": _command(workload, one)} for one in found]
        answer = {"workload": workload, "blocked_because": blocked, "pass_rate": pass_rate}
        console.as_json({"week": week, **answer, "models": rows})
        return
    share = f"{pass_rate:.0%}"
    say = english().say
    if not found:
        console.paragraph(say("evaluation.none_worth", workload=workload, pass_rate=share))
        return
    shown = [one for place, one in enumerate(found) if place < length or one.is_likeliest]
    console.table(
        say("evaluation.worth", workload=workload, week=week, pass_rate=share),
        [
            "model",
            "evidence",
            ">$/task",
            ">to pass",
            ">$ once",
            f">$ {EPOCHS}×",
            ">$/month",
        ],
        [
            [
                one.model_id,
                one.evidence or say("evaluation.no_evidence"),
                f"{one.cost_per_task_usd:.5f}",
                f"{one.passed} of {one.tasks}",
                f"{one.evaluation_usd:,.2f}",
                f"{EPOCHS * one.evaluation_usd:,.2f}",
                console.plain(one.saving_usd_per_month and f"{one.saving_usd_per_month:,.2f}"),
            ]
            for one in shown
        ],
        console.shown(len(shown), len(found), "model") + say("evaluation.saving"),
    )
    if blocked:
        console.paragraph(routing.blocked(english(), blocked))
    likeliest = next((one for one in shown if one.is_likeliest), shown[0])
    console.line(_command(workload, likeliest))


def _command(workload: str, one: "Worthwhile") -> str:
    return COMMAND.format(workload=workload, model=one.model_id, epochs=EPOCHS)


def _import(files: list[Path], json: bool) -> None:
    """Add logs to the home's own evaluations; RefusalError after that if any was refused."""
    from pipelines.home.files import write_atomically
    from pipelines.home.lock import writing
    from pipelines.queries.evaluation import changes
    from pipelines.queries.published import query, reading
    from pipelines.reference.evaluations.imports import imports
    from pipelines.reference.evaluations.logs import evaluations
    from pipelines.reference.loader import as_csv, load

    own = settings().reference
    with reading(settings().database) as connection:
        offered = {row["model_id"] for row in query(connection, OFFERED)}
    workloads = {row["workload"]: row for row in load("workloads", own).to_pylist()}
    week = _newest_week()
    found = [one for file in files for one in evaluations(file)]
    with writing(settings().tokenhouse_home):
        before = load("own_evaluation", own).to_pylist()
        rows, done = imports(before, found, workloads, offered)
        added = [one for one in done if one.outcome in ("imported", "replaced")]
        subjects = [(one.row["workload"], one.row["model_id"]) for one in added]
        changed = changes(settings().database, week, rows, subjects) if added else []
        if added:
            write_atomically(
                own / "own_evaluation.csv", as_csv("own_evaluation", rows), private=True
            )
    if json:
        answer = {"evaluations": done, "week": week, "changes": changed}
        console.as_json({key: _plain(value) for key, value in answer.items()})
    else:
        _show_import(done, week, changed)
    refused = [one.because for one in done if one.because]
    if refused:
        raise RefusalError("; ".join(refused))


def _plain(value: object) -> object:
    return [asdict(one) for one in value] if isinstance(value, list) else value


def _show_import(done: "list[Import]", week: date, changed: "list[Change]") -> None:
    from pipelines.words import evaluation as words
    from pipelines.words.language import english

    console.table(
        "Evaluations",
        ["outcome", "workload", "model", "test", ">tasks", ">passed", ">errors", "=date"],
        [
            [
                one.outcome,
                *(f"{one.row[key]}" for key in ("workload", "model_id", "test", "tasks")),
                f"{one.row['passed']:.6g}",
                f"{one.errors}",
                f"{one.row['recorded_on']}",
            ]
            for one in done
        ],
    )
    for line in words.changes(english(), changed, week):
        console.line(line)
