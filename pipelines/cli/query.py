"""Run one SQL statement on the published database."""

from typing import Annotated, Any

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.settings import settings


@app.command()
def query(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="One statement.")],
    json: Json = False,
) -> None:
    """Ask the published database, read-only."""
    from pipelines.queries import published

    with published.reading(settings().database) as connection:
        rows = published.query(connection, statement)
    console.as_json(rows) if json else _show(rows)


def _show(answer: list[dict[str, Any]]) -> None:
    """Print whatever a query returned."""
    if not answer:
        console.line("no rows")
        return
    numeric = {name for name, value in answer[0].items() if isinstance(value, int | float)}
    headings = [f">{name}" if name in numeric else name for name in answer[0]]
    console.table(
        "", headings, [[console.plain(value) for value in row.values()] for row in answer]
    )
