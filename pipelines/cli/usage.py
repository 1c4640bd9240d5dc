"""Own usage: import it, and compare it with the market."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.usage.importing import Imported

own = typer.Typer(
    no_args_is_help=True, help="Own usage: what was spent, on which models, how fast."
)
app.add_typer(own, name="usage")


@own.command()
def add(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH …", help="Files, or folders of logs.")
    ] = None,
    scope: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the account or gateway they are of.")
    ] = "default",
    reader: Annotated[
        str | None,
        typer.Option("--as", metavar="READER", help="How to read a file with another name."),
    ] = None,
    json: Json = False,
) -> None:
    """Import logs and exports of own requests; without a path, list those that can be read.

    Nothing but the fields of the ledger is read, and nothing is sent anywhere. Adding a file again
    adds only what is new in it.
    """
    from pipelines.usage import importing
    from pipelines.usage.readers import READERS

    if not paths:
        exports = {name: one.export for name, one in READERS.items()}
        if json:
            console.as_json(exports)
        else:
            for name, export in exports.items():
                console.line(f"{name}: {export}")
        return
    batches, unrecognised = importing.plan(paths, reader)
    with console.progress("import", len(batches) + 1) as on_step:
        done = importing.add(settings().tokenhouse_home, batches, scope, on_step)
        on_step("written")
    if json:
        console.as_json(
            {**vars(done), "sources": sorted(done.sources), "unrecognised": unrecognised}
        )
    else:
        _show_import(done, unrecognised)


def _show_import(done: "Imported", unrecognised: int) -> None:
    corrected = f", {done.corrected:,} corrected" if done.corrected else ""
    console.line(f"{done.new:,} new of {done.requests:,}{corrected}")
    for path in done.torn:
        console.line(f"{path}: its last line is not complete yet and was left out")
    if unrecognised:
        console.line(
            f"{console.counted(unrecognised, 'file')} in the folders left out: no known log"
        )
    if done.weeks:
        console.line(f"weeks {console.listed(done.weeks)}: `tokenhouse run` publishes them")
