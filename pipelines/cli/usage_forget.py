"""Delete own usage that was imported."""

from datetime import datetime
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json
from pipelines.cli.usage import own
from pipelines.settings import settings


@own.command()
def forget(
    scope: Annotated[str, typer.Option(metavar="NAME", help="Account or gateway, as imported.")],
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="First day that is kept.")
    ],
    json: Json = False,
) -> None:
    """Delete the requests of a scope before a day, after two questions; nothing else deletes."""
    from pipelines.usage import forgetting
    from pipelines.words.language import english

    home = settings().tokenhouse_home
    found = forgetting.count(home, scope, before.date())
    requests = f"{found:,} requests of scope {scope} before {before.date()}"
    typer.confirm(f"Delete {requests}? There is no raw copy", abort=True, err=True)
    if typer.prompt("Write the name of the scope to delete them", err=True) != scope:
        raise typer.Abort
    weeks = forgetting.forget(home, scope, before.date())
    if json:
        console.as_json(
            {"scope": scope, "before": before.date(), "requests": found, "weeks": weeks}
        )
    else:
        console.line(
            english().say(
                "own_usage.deleted", requests=f"{found:,}", scope=scope, day=before.date()
            )
        )
