"""Write what cannot be made again into one file."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError, warn
from pipelines.settings import settings


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write.")],
    json: Json = False,
) -> None:
    """Write lake, tables, own usage and exports of the home into one archive with hashes."""
    from pipelines.home import backup as backups

    home = settings().tokenhouse_home
    backups.check(home, file)
    with console.progress("backup", len(backups.kept(home))) as on_step:
        count = backups.write(home, file, on_step)
    lacking = _lacking(home)
    if lacking:
        warn(f"the home is not whole, and neither is its backup: {lacking}")
    if json:
        console.as_json({"file": file, "files": count})
    else:
        console.line(f"written: {file}, {console.counted(count, 'file')}")


def _lacking(home: Path) -> str:
    """Return in one line what is wrong with the set of the lake's files; empty if nothing is."""
    from pipelines.lake import inventory

    try:
        return f"{inventory.differences(home)}"
    except RefusalError as error:  # the log is damaged, and what is there is saved nevertheless
        return f"{error}"
