"""Write the weekly report, print it as text, or send it."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.errors import RefusalError
from pipelines.settings import settings, site_address

if TYPE_CHECKING:
    from pipelines.report.week_rows import DigestRows


class Form(StrEnum):
    """What a week's report is written as."""

    html = "html"
    md = "md"
    pdf = "pdf"


@app.command()
def report(
    week: Week = None,
    site: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a page of every week there, to publish."),
    ] = None,
    address: Annotated[
        str, typer.Option(metavar="URL", help="Where that folder will be; else TOKENHOUSE_SITE.")
    ] = "",
    form: Annotated[
        Form, typer.Option("--format", help="Pages; text on stdout; or the page printed.")
    ] = Form.html,
    sends: Annotated[
        bool, typer.Option("--send", help="Send the week's headline and lines to NOTIFY_URLS.")
    ] = False,
    opens: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    json: Json = False,
) -> None:
    """Write the weekly report, one page per language; by default of the newest week."""
    from pipelines.report import archive, digest, page, pdf
    from pipelines.words.language import english

    if (site and (week or sends or form is not Form.html)) or (address and not site):
        raise typer.BadParameter("--site has all weeks as pages, and --address goes with --site")
    home = settings().tokenhouse_home
    if sends or form is Form.md:
        found = _digest(week)
        if sends:
            _send(found)
        if form is Form.md:
            said = digest.markdown(found, digest.lines(english(), found))
            console.line(said.decode().rstrip())
            return
    if site:
        address = site_address("--address", address) or settings().tokenhouse_site
        written = archive.write(home, site.expanduser().absolute(), address)
    else:
        written = page.write(home, week)
    if form is Form.pdf:
        written = [pdf.printed(path) for path in written]
    if json:
        console.as_json({"written": [f"{path}" for path in written]})
    else:
        for path in written:
            console.line(f"written: {path}")
    if opens:
        _open(site.expanduser().absolute() / "index.html" if site else written[0])


def _digest(week: date | None) -> "DigestRows":
    """Return what is said of a week, by default of the newest."""
    from pipelines.queries.published import reading
    from pipelines.report import week_rows

    with reading(settings().database) as connection:
        (found,) = week_rows.digests(connection, [week or week_rows.newest_week(connection)])
    return found


def _send(found: "DigestRows") -> None:
    """Send a week's story; refuse where nobody is to be sent to, or an address fails."""
    from pipelines.report import digest
    from pipelines.report.notification import send

    if not settings().notify_urls:
        raise RefusalError("NOTIFY_URLS is empty: nobody is there to send to")
    if not send(settings().notify_urls, *digest.story_text(found, settings().tokenhouse_site)):
        raise RefusalError("not sent: an address of NOTIFY_URLS is not valid or did not accept it")
    console.remark("sent")


def _open(path: Path) -> None:
    """Open a page in the machine's browser; say where it is if there is none."""
    import webbrowser

    if not webbrowser.open(path.as_uri()):
        console.remark(f"no browser on this machine: open {path}")
