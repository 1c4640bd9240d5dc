"""The command line's application, and the options that several commands share."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli import formats
from pipelines.cli.overview import Overview
from pipelines.cli.parameters import read_plainly
from pipelines.errors import RefusalError
from pipelines.settings import settings
from pipelines.text import PATTERN
from pipelines.weeks import parse_week

read_plainly()
app = typer.Typer(
    cls=Overview,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"tokenhouse {version('tokenhouse')}")
        raise typer.Exit


@app.callback()
def tokenhouse(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Show which models people pay for, and route your work to those that should do it."""


def _monday(text: str) -> date:
    try:
        return parse_week(text)
    except RefusalError as error:
        raise typer.BadParameter(str(error)) from None


def monday_option(*names: str, meaning: str) -> Any:
    """Return an option that names a week by its Monday."""
    return typer.Option(*names, parser=_monday, metavar="MONDAY", help=meaning)


def reason(why: str) -> str:
    """Return a reason without the white space around it; refuse one that no log should contain."""
    if not why.strip():
        raise typer.BadParameter("--why must give a reason: it is stored in the lake's log")
    if PATTERN.search(why):
        raise typer.BadParameter("--why must be text of one line without control characters")
    return why.strip()


Week = Annotated[date | None, monday_option(meaning="The week's Monday, YYYY-MM-DD.")]
FirstWeek = Annotated[date | None, monday_option("--from", meaning="First week.")]
LastWeek = Annotated[date | None, monday_option("--to", meaning="Last week.")]
Workload = Annotated[str, typer.Argument(metavar="WORKLOAD", help="Name of the workload.")]
Json = Annotated[
    bool, typer.Option("--json", help="The same as --format json.", callback=formats.wants_data)
]
ExportFolder = Annotated[
    str | None,
    typer.Option("--to", metavar="DIR", help="Folder of the export; default: the home's exports."),
]


def export_folder(to: str | None) -> Path:
    """Return the folder that `--to` names, or the home's exports."""
    if to is not None and not to.strip():
        raise typer.BadParameter("--to is empty: name a folder")
    return Path(to).expanduser().absolute() if to else settings().exports
