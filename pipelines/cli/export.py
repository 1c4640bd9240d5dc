"""Put the routing files where gateways read them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import console
from pipelines.cli.app import ExportFolder, Json, app, export_folder
from pipelines.errors import RefusalError, warn
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.exports.route_changes import RouteChange
    from pipelines.exports.routing_document import RoutingDocument

TROUBLE = 2
"""Exit code of a comparison that could not be made, as diff has it; 1 is a difference."""


@app.command()
def export(
    to: ExportFolder = None,
    diff: Annotated[
        bool,
        typer.Option("--diff", help="Show what would change and write nothing; exit 1 if it does."),
    ] = False,
    full: Annotated[
        bool, typer.Option("--bytes", help="With --diff: every changed line of every file.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Check that all files are there, unedited and current.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Restore the previous export and hold the folder.")
    ] = False,
    hold: Annotated[
        bool, typer.Option("--hold", help="Keep the present export until it is released.")
    ] = False,
    release: Annotated[
        bool, typer.Option("--release", help="Let exports into a held folder again.")
    ] = False,
    json: Json = False,
) -> None:
    """Write the published routes for the gateways, next to files that are not ours."""
    modes = {
        "diff": diff,
        "check": check,
        "rollback": rollback,
        "hold": hold,
        "release": release,
    }
    chosen = [name for name, is_chosen in modes.items() if is_chosen]
    if len(chosen) > 1:
        raise typer.BadParameter(f"give one of {', '.join(f'--{name}' for name in modes)}")
    if full and not diff:
        raise typer.BadParameter("--bytes goes with --diff")
    folder = export_folder(to)
    if diff:
        _diff(folder, full, json)
        return
    act = {"check": _check, "rollback": _rollback, "hold": _hold, "release": _release}
    answer, said = act.get(chosen[0] if chosen else "", _write)(folder)
    console.as_json({"folder": folder, **answer}) if json else console.line(said)


def _write(folder: Path) -> tuple[dict[str, Any], str]:
    """Deliver the files and say how old they are; warn where the home knows of a newer state."""
    from datetime import UTC, datetime

    from pipelines.exports import admission, gate, to_folder
    from pipelines.orchestration.status import staleness, status

    document = admission.admitted(settings())
    changed = to_folder.deliver(document, folder, settings())
    age = gate.age_days(document, datetime.now(UTC))
    stale = staleness(status(settings())["refusals"])
    if stale:
        warn(f"these are the routes that were published, which are {stale}")
    return (
        {"run_id": document.run_id, "changed": changed, "week": document.week, "age_days": age},
        f"{'written' if changed else 'unchanged'}: {folder}, "
        f"week {document.week}, {console.counted(age, 'day')} old",
    )


def _check(folder: Path) -> tuple[dict[str, Any], str]:
    """Refuse a folder that lacks the published run, or a held one that lacks the run it is held at.

    The message gives the command that repairs it, unless that would be refused: then the obstacle.
    """
    from pipelines.exports import delivery
    from pipelines.exports import hold as holds

    held = holds.read(folder)
    if held:
        if not delivery.is_current(folder, held.run_id):
            raise RefusalError(f"{folder} is {held}, and does not contain it whole and unedited")
        return {"run_id": held.run_id, "held_since": held.since}, f"{folder} is {held}"
    document, files = _files(folder)
    found = delivery.findings(folder, files, document.run_id)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        obstacle = None if folder == settings().exports else delivery.obstacle(folder, files)
        raise RefusalError(f"{folder}: {found[0]}{more}; {obstacle or 'run `tokenhouse export`'}")
    return (
        {"run_id": document.run_id},
        f"{folder} contains run {document.run_id}, complete and unedited",
    )


def _rollback(folder: Path) -> tuple[dict[str, Any], str]:
    from pipelines.exports import delivery
    from pipelines.home.lock import writing

    with writing(settings().tokenhouse_home):
        run_id = delivery.rollback(folder)
    return (
        {"run_id": run_id},
        f"restored: {folder}, run {run_id}, held until `tokenhouse export --release`",
    )


def _hold(folder: Path) -> tuple[dict[str, Any], str]:
    from pipelines.exports import delivery
    from pipelines.exports import hold as holds

    run_id = delivery.present_run(folder)
    if run_id is None:
        raise RefusalError(f"{folder} contains no export to hold: run `tokenhouse export` first")
    placed = holds.place(folder, run_id)
    return {"run_id": run_id, "held_since": placed.since}, f"{folder} is {placed}"


def _release(folder: Path) -> tuple[dict[str, Any], str]:
    from pipelines.exports import hold as holds

    released = holds.release(folder)
    said = "is released: the next export is written" if released else "was not held"
    return {"released": released}, f"{folder} {said}"


def _diff(folder: Path, full: bool, json: bool) -> None:
    """Print which routes and which files would change, and exit as diff does."""
    from pipelines.exports import delivery
    from pipelines.exports.route_changes import route_changes

    try:
        document, files = _files(folder)
        changed = delivery.changes(folder, files, document.run_id)
    except RefusalError as error:
        console.remark(f"tokenhouse: {error}")
        raise typer.Exit(TROUBLE) from None
    routes = route_changes(folder, document)
    lines = [line for one in changed.values() for line in one]
    if json:
        answer = {"folder": folder, "run_id": document.run_id, "routes": routes}
        console.as_json({**answer, "files": [*changed]} | ({"diff": lines} if full else {}))
    elif changed:
        _show_changes(folder, routes, document)
        console.line(f"{console.counted(len(changed), 'file')} would change in {folder}:")
        console.line("\n".join(lines if full else [f"  {name}" for name in changed]))
    else:
        console.line(f"nothing would change in {folder}")
    raise typer.Exit(1 if changed else 0)


def _show_changes(folder: Path, routes: "list[RouteChange]", document: "RoutingDocument") -> None:
    if not routes:
        console.line("no route would change")
        return
    console.table(
        f"Routes that would change in {folder}",
        ["workload", "role", "model", ">$/1,000 tasks", "why"],
        [
            [
                row["workload"],
                row["role"],
                _arrow(row["before"], row["after"]),
                _arrow(_usd(row["usd_before"]), _usd(row["usd_after"])),
                _why(row, document),
            ]
            for row in routes
        ],
    )


def _why(change: "RouteChange", document: "RoutingDocument") -> str:
    """Return why a role has its new model, or why gateways may not use the route any more."""
    from pipelines.words import routing
    from pipelines.words.language import english

    route = next((one for one in document.routes if one.workload == change["workload"]), None)
    if route is None or change["after"] is None:
        return route.closed_because if route else ""
    return routing.reason(english(), f"{change['why']}", route.best_model_id)


def _arrow(before: str | None, after: str | None) -> str:
    return f"{after}" if before == after else f"{before or '–'} → {after or '–'}"


def _usd(cost: float | None) -> str | None:
    return None if cost is None else f"{cost:.2f}"


def _files(folder: Path) -> "tuple[RoutingDocument, dict[str, bytes]]":
    """Return the routes and the files of the published week; RefusalError if the gate refuses."""
    from pipelines.exports import admission, to_folder

    routes = admission.admitted(settings())
    return routes, to_folder.files(routes, folder, settings())
