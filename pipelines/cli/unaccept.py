"""Withdraw the acceptance of a finding."""

from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app, reason
from pipelines.settings import settings


@app.command()
def unaccept(
    names: Annotated[list[str], typer.Argument(metavar="NAME …", help="Accepted findings.")],
    why: Annotated[str, typer.Option(help="Why they must block publication again.")],
    json: Json = False,
) -> None:
    """Withdraw acceptances: the findings block the next publication again."""
    from pipelines.home.lock import writing
    from pipelines.lake import retraction

    given = reason(why)
    with writing(settings().tokenhouse_home):
        retraction.unaccept(settings().lake, names, given)
    if json:
        console.as_json({"unaccepted": list(names)})
    else:
        console.line(f"accepted no longer: {', '.join(names)}")
