"""Make a home from a backup."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.settings import settings


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")],
    json: Json = False,
) -> None:
    """Make a new home from a backup, then build and publish it without any request."""
    from pipelines.cli import jobs
    from pipelines.home import backup as backups

    home = settings().tokenhouse_home
    count = backups.restore(file, home)
    with console.progress("restore", jobs.step_count(0)) as on_step:
        jobs.rebuild(home, on_step)
    if json:
        console.as_json({"home": home, "files": count})
    else:
        console.line(f"restored and published: {home}, {console.counted(count, 'file')}")
