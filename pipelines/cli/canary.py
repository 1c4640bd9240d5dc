"""Try the new route of one workload before the others follow."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import console
from pipelines.cli.app import ExportFolder, Json, Workload, app, export_folder
from pipelines.errors import RefusalError
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.exports.hold import Canary, Hold
    from pipelines.queries.canary_verdict import Verdict


@app.command()
def canary(
    workload: Workload,
    days: Annotated[int, typer.Option(min=1, help="Days before it is judged.")] = 7,
    to: ExportFolder = None,
    usage: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="CSV like marts.weekly_usage; default: what is published."
        ),
    ] = None,
    scope: Annotated[
        str | None, typer.Option(help="Own usage of this scope alone; default: of all.")
    ] = None,
    json: Json = False,
) -> None:
    """Export one workload first; judge it by own usage after the days, then export the rest.

    Run it again to see how it stands. When it is judged, all routes are exported if it has passed;
    else the previous export is restored and held, and the exit code is 1.
    """
    from pipelines.exports import admission, hold
    from pipelines.exports import canary as canaries

    folder = export_folder(to)
    held = hold.read(folder)
    if held is None or held.canary is None:
        document = admission.admitted(settings())
        _answer(folder, canaries.start(document, workload, days, folder, settings()), json)
        return
    if held.canary.workload != workload:
        raise RefusalError(f"{folder} is {held}: judge that canary first")
    if datetime.now(UTC) < canaries.ends(held, held.canary):
        _answer(folder, held, json)
        return
    verdict = _judged(folder, held, held.canary, usage, scope)
    _finish(folder, held.canary, verdict, json)


def _answer(folder: Path, held: "Hold", json: bool) -> None:
    """Print that a canary is under way."""
    answer = {"folder": folder, "run_id": held.run_id, "since": held.since, "verdict": None}
    console.as_json(answer) if json else console.line(f"{folder} is {held}")


def _judged(
    folder: Path, held: "Hold", tried: "Canary", usage: Path | None, scope: str | None
) -> "Verdict":
    from pipelines.exports import canary as canaries
    from pipelines.queries import canary_verdict as rule
    from pipelines.queries.published import reading

    before, after = canaries.routes(folder, tried.workload)
    with reading(settings().database) as connection:
        rows = rule.rows(connection, usage)
    return rule.judge(
        rows,
        datetime.fromisoformat(held.since).date(),
        [hop.model_permaslug for hop in before.hops],
        [hop.model_permaslug for hop in after.hops],
        after.hops[0].cost_per_million_usd / before.hops[0].cost_per_million_usd,
        scope,
    )


def _finish(folder: Path, tried: "Canary", verdict: "Verdict", json: bool) -> None:
    """Export the rest, or restore the previous export and hold it."""
    from dataclasses import asdict

    from pipelines.exports import admission, delivery
    from pipelines.exports import canary as canaries
    from pipelines.home.lock import writing
    from pipelines.words import canary as words
    from pipelines.words.language import english

    if verdict.unmet:
        with writing(settings().tokenhouse_home):
            run_id = delivery.rollback(
                folder, f"canary {tried.workload}: {', '.join(verdict.unmet)}"
            )
    else:
        document = admission.admitted(settings())
        canaries.finish(document, tried.workload, folder, settings())
        run_id = document.run_id
    answer: dict[str, Any] = {"folder": folder, "run_id": run_id, "verdict": asdict(verdict)}
    if json:
        console.as_json(answer)
    else:
        console.table(
            f"The canary of {tried.workload}",
            ["rule", ">week before", ">now", "result"],
            words.rows(english(), verdict),
        )
        ended = "restored and held" if verdict.unmet else "passed, all routes are exported"
        console.line(f"{folder}: {ended}, run {run_id}")
    if verdict.unmet:
        raise typer.Exit(1)
