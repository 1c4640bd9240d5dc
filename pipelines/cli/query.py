"""Run one SQL statement on the published database."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.settings import settings

if TYPE_CHECKING:  # what a command needs is imported when it runs
    from pipelines.queries.published import Rows

LONGEST_TABLE = 1_000
"""Rows that are printed as a table: its columns are as wide as the widest cell of all of them."""


@app.command()
def query(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="One statement.")],
    json: Json = False,
) -> None:
    """Run a query on the published database, read-only."""
    from pipelines.queries.sample_database import readable
    from pipelines.queries.written import query_once

    names, rows = query_once(readable(settings()), statement)
    if json:
        console.as_json(rows, names=names)
    else:
        _show(names, rows[:LONGEST_TABLE], len(rows))


def _show(names: list[str], answer: "Rows", known: int) -> None:
    """Print the first rows of a query that has `known`."""
    console.table(
        "",
        [_heading(name, [row[name] for row in answer]) for name in names],
        [[console.plain(value) for value in row.values()] for row in answer],
        console.left_out(known - len(answer)),
    )


def _heading(name: str, values: list[object]) -> str:
    """Return a column's heading; numbers and dates are not to be folded."""
    known = [value for value in values if value is not None]
    if known and all(_is_number(value) for value in known):
        return f">{name}"
    return f"={name}" if known and all(isinstance(value, date) for value in known) else name


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
