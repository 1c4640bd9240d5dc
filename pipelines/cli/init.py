"""Write templates of the tables that people edit into the home."""

from pathlib import Path

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.settings import settings


@app.command()
def init(json: Json = False) -> None:
    """Write commented templates of workloads, permissions and the like into the home.

    A template changes nothing until a row of it is edited. A file that exists is left alone.
    """
    from pipelines.home.files import write_atomically
    from pipelines.home.lock import writing
    from pipelines.reference.files import FILES, is_shipped, own_paths
    from pipelines.reference.templates import EDITED, template

    own = settings().reference
    if is_shipped(own):
        raise RefusalError(
            f"{own} has the tables of this checkout, which an update would change: "
            "set TOKENHOUSE_HOME to a folder of your own first"
        )
    written: list[Path] = []
    kept: list[Path] = []
    with writing(settings().tokenhouse_home):
        for table in EDITED:
            found = own_paths(table, own)
            if not found:
                write_atomically(own / FILES[table], template(table).encode(), private=True)
            (kept if found else written).extend(found or [own / FILES[table]])
    if json:
        console.as_json({"written": written, "kept": kept})
        return
    for path in written:
        console.line(f"written: {path}")
    for path in kept:
        console.line(f"left as it is: {path}")
    console.line("edit a row, then `tokenhouse check-reference` and `tokenhouse run`")
