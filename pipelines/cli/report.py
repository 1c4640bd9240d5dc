"""Write the weekly report."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings


@app.command()
def report(
    week: Week = None,
    site: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a page of every week there, to publish."),
    ] = None,
    address: Annotated[
        str, typer.Option(metavar="URL", help="Where that folder will be, for previews of links.")
    ] = "",
    opens: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    json: Json = False,
) -> None:
    """Write the weekly report, one page per language; by default of the newest week."""
    from pipelines.report import archive, page

    if (site and week) or (address and not site):
        raise typer.BadParameter("--site has all weeks, and --address goes with --site")
    home = settings().tokenhouse_home
    if site:
        address = f"{address.rstrip('/')}/" if address else ""
        written = archive.write(home, site.expanduser().absolute(), address)
    else:
        written = page.write(home, week)
    if json:
        console.as_json({"written": [f"{path}" for path in written]})
    else:
        for path in written:
            console.line(f"written: {path}")
    if opens:
        _open(site.expanduser().absolute() / "index.html" if site else written[0])


def _open(path: Path) -> None:
    """Open a page in the machine's browser; say where it is if there is none."""
    import webbrowser

    if not webbrowser.open(path.as_uri()):
        console.remark(f"no browser on this machine: open {path}")
