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
        str | None,
        typer.Option(metavar="DIR", help="Folder to write to; default: the home's exports."),
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what would change and write nothing.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Check that all files are there, unedited and current.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Restore the previous export.")
    ] = False,
    json: Json = False,
) -> None:
    """Write the published routes for the gateways, next to files that are not ours."""
    if to is not None and not to.strip():
        raise typer.BadParameter("--to is empty: name a folder")
    if sum([diff, check, rollback]) > 1:
        raise typer.BadParameter("give one of --diff, --check and --rollback")
    from pipelines.exports import delivery
    from pipelines.home.lock import writing

    folder = Path(to).expanduser().absolute() if to else settings().exports
    answer: dict[str, object] = {"folder": folder}
    if rollback:
        with writing(settings().tokenhouse_home):
            answer["run_id"] = delivery.rollback(folder)
        said = f"restored: {folder}, run {answer['run_id']}"
    else:
        run_id, files = _files(everything=folder == settings().exports)
        answer["run_id"] = run_id
        if diff:
            lines = answer["diff"] = delivery.changes(folder, files)
            said = "\n".join(lines) or f"nothing would change in {folder}"
        elif check:
            _refuse(folder, delivery.findings(folder, files, run_id))
            said = f"{folder} contains run {run_id}, complete and unedited"
        else:
            answer["changed"] = _write(folder, files, run_id)
            said = f"{'written' if answer['changed'] else 'unchanged'}: {folder}"
    console.as_json(answer) if json else console.line(said)


def _write(folder: Path, files: dict[str, bytes], run_id: str) -> bool:
    """Deliver the files and return whether anything changed.

    The home's exports contain only our files, so edits are replaced there. Elsewhere an edited file
    is somebody's work and is refused.
    """
    from pipelines.exports import delivery
    from pipelines.home import refusals
    from pipelines.home.lock import writing

    home = settings().tokenhouse_home
    if folder != settings().exports:
        with writing(home):
            return delivery.deliver(folder, files, run_id)
    with refusals.recording(home, refusals.EXPORTS):
        changed = delivery.deliver(folder, files, run_id, over_edits=True)
        refusals.clear(home, refusals.EXPORTS)
    return changed


def _files(everything: bool) -> tuple[str, dict[str, bytes]]:
    """Return the run and the files of the published week; RefusalError if the gate refuses."""
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
        raise RefusalError(f"{folder}: {findings[0]}{more}; run `tokenhouse export`")
