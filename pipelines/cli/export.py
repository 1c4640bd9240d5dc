"""Put the routing files where gateways read them."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.settings import settings


@app.command()
def export(
    to: Annotated[
        str | None, typer.Option(metavar="DIR", help="Where to; default: the home's exports.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would change.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only check that all is there, unedited and current.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Restore the set before the present one.")
    ] = False,
    json: Json = False,
) -> None:
    """Write the published routes for the gateways, beside files that are not ours."""
    if to is not None and not to.strip():
        raise typer.BadParameter("--to is empty: name a folder")
    if sum([diff, check, rollback]) > 1:
        raise typer.BadParameter("give one of --diff, --check and --rollback")
    from pipelines.exports import delivery
    from pipelines.home import refusals
    from pipelines.home.lock import writing

    folder = Path(to).expanduser().absolute() if to else settings().exports
    is_ours = folder == settings().exports
    answer: dict[str, object] = {"folder": folder}
    if rollback:
        with writing(settings().tokenhouse_home):
            answer["run_id"] = delivery.rollback(folder)
        said = f"restored: {folder}, run {answer['run_id']}"
    else:
        run_id, files = _files(everything=is_ours)
        answer["run_id"] = run_id
        if diff:
            answer["diff"] = delivery.changes(folder, files)
            said = "\n".join(delivery.changes(folder, files)) or f"nothing would change in {folder}"
        elif check:
            _refuse(folder, delivery.findings(folder, files, run_id))
            said = f"{folder} holds run {run_id}, whole and unedited"
        else:
            home = settings().tokenhouse_home
            with refusals.recording(home, refusals.EXPORTS) if is_ours else writing(home):
                # The home's exports are ours alone; elsewhere an edited file is somebody's.
                answer["changed"] = delivery.deliver(folder, files, run_id, over_edits=is_ours)
                if is_ours:
                    refusals.clear(home, refusals.EXPORTS)
            said = f"{'written' if answer['changed'] else 'unchanged'}: {folder}"
    console.as_json(answer) if json else console.line(said)


def _files(everything: bool) -> tuple[str, dict[str, bytes]]:
    """Return the run and the files of the published week; RefusalError if the gate says no."""
    from pipelines.exports import export_files, gate, routing_reader
    from pipelines.models import definition

    routes = gate.passed(routing_reader.read(settings().database))
    files = (
        export_files.merged(
            export_files.by_exporter(routes, definition.load(), settings().database)
        )
        if everything
        else export_files.routing_files(routes)
    )
    return routes.run_id, files


def _refuse(folder: Path, findings: list[str]) -> None:
    if findings:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        raise RefusalError(f"{folder}: {findings[0]}{more}; `tokenhouse export` writes them anew")
