"""Write what cannot be made again into one file."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.settings import settings


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write.")],
    json: Json = False,
) -> None:
    """Write lake, tables, own usage and exports of the home into one archive with hashes."""
    from pipelines.home import backup as backups

    home = settings().tokenhouse_home
    total = len(backups.kept(home)) if home.exists() else 0
    with console.progress("backup", total) as on_step:
        count = backups.write(home, file, on_step)
    if json:
        console.as_json({"file": file, "files": count})
    else:
        console.line(f"written: {file}, {console.counted(count, 'file')}")
