"""Import own usage: logs and exports of requests, or OpenRouter's own totals."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json
from pipelines.cli.usage import own
from pipelines.settings import settings

OPENROUTER = Path("openrouter")
"""What `usage add` fetches from the API, unless there is such a file."""


@own.command()
def add(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH …", help="Files, or folders of logs; openrouter for its own totals."
        ),
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
    adds only what is new in it. `openrouter` instead of a path fetches the account's own totals of
    each day, which the ledger is then checked against.
    """
    from pipelines.usage import importing
    from pipelines.usage.readers import READERS
    from pipelines.words import usage as words
    from pipelines.words.language import english

    if paths == [OPENROUTER] and not OPENROUTER.exists():
        _add_reported(scope, json)
        return
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
        for line in words.imported(english(), done, unrecognised):
            console.line(line)


def _add_reported(scope: str, json: bool) -> None:
    """Fetch OpenRouter's totals of the own account, and show what changed."""
    from pipelines.lake.ingest import open_client
    from pipelines.usage import reported
    from pipelines.words import usage as words
    from pipelines.words.language import english

    with open_client(settings(), live=True) as client:
        done = reported.fetch(settings(), client, scope)
    if json:
        console.as_json(done._asdict())
    else:
        console.line(words.fetched(english(), done.first, done.last, done.rows, len(done.weeks)))
