"""Show the changes of list prices."""

from datetime import date, timedelta
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.cli.model import show_changes
from pipelines.errors import RefusalError
from pipelines.settings import settings
from pipelines.weeks import parse_day

WINDOW = timedelta(weeks=4)
"""How far back changes are shown by default, from the newest published week's end."""


@app.command()
def prices(
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="First day, YYYY-MM-DD; default: four weeks.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the changes of list prices, the newest first."""
    from pipelines.queries.model import price_changes
    from pipelines.queries.published import published_week, reading
    from pipelines.queries.sample_database import readable

    with reading(readable(settings())) as connection:
        newest = published_week(connection, None)
        first = _day(since) if since else newest["week"] + timedelta(days=7) - WINDOW
        changes = price_changes(connection, first)
    if json:
        console.as_json({"since": first, "price_changes": changes})
        return
    show_changes(changes)
    if not changes:
        console.line(f"no list price changed between two catalogues since {first}")
    console.citation(newest)


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except RefusalError as error:
        raise typer.BadParameter(f"--since: {error}") from None
