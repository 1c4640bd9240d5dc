"""Write what others may read into a folder that any web server can serve."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.settings import settings


@app.command()
def share(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to serve.")],
    json: Json = False,
) -> None:
    """Write marts and database for others into a folder: no own usage, nothing private."""
    from pipelines.exports import delivery, public_copy
    from pipelines.home.lock import writing
    from pipelines.models import definition
    from pipelines.queries.published import published_week, reading

    folder = folder.expanduser().absolute()
    with reading(settings().database) as connection:
        run_id = published_week(connection, None)["run_id"]
    changed = not delivery.is_current(folder, run_id)
    if changed:
        with writing(settings().tokenhouse_home):
            files = public_copy.files(definition.load(), settings().database)
            delivery.deliver(folder, files, run_id)
    if json:
        console.as_json({"folder": folder, "run_id": run_id, "changed": changed})
    else:
        console.line(f"{'written' if changed else 'unchanged'}: {folder}, run {run_id}")
