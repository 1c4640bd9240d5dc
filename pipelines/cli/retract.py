"""Retract a vintage or a response, or undo that."""

from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app, reason
from pipelines.settings import settings


@app.command()
def retract(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE …",
            help="Vintages of the lake, or responses that are lost, by the names of their files.",
        ),
    ],
    why: Annotated[str, typer.Option(help="Why they are retracted, or are right after all.")],
    undo: Annotated[bool, typer.Option("--undo", help="Undo an earlier retraction.")] = False,
    json: Json = False,
) -> None:
    """Retract vintages: the next build publishes without them, and no file is deleted."""
    from pipelines.home.lock import writing
    from pipelines.lake import log, retraction

    given = reason(why)
    home = settings().tokenhouse_home
    with writing(home):
        before = set() if undo else {*log.read(settings().lake).retracted}
        changed = (retraction.restore if undo else retraction.retract)(home, names, given)
    if json:
        console.as_json({"restored" if undo else "retracted": changed})
    else:
        done, how = ("restored", "with") if undo else ("retracted", "without")
        for file in changed:
            console.line(f"{'already ' if file in before else ''}{done} {file}")
        if new := {*changed} - before:
            console.line(
                f"what is published stays until `tokenhouse run` builds {how} "
                f"{'it' if len(new) == 1 else 'them'}, or `tokenhouse replay` without any request"
            )
