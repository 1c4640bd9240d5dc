"""The command line's application, and the options that several commands share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any

import typer

from pipelines.errors import RefusalError
from pipelines.weeks import parse_week

app = typer.Typer(
    help="The command line: `tokenhouse …`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _monday(text: str) -> date:
    try:
        return parse_week(text)
    except RefusalError as error:
        raise typer.BadParameter(str(error)) from None


def monday_option(*names: str, meaning: str) -> Any:
    """Return an option that takes a week by its Monday."""
    return typer.Option(*names, parser=_monday, metavar="MONDAY", help=meaning)


Week = Annotated[date | None, monday_option(meaning="The week's Monday, YYYY-MM-DD.")]
FirstWeek = Annotated[date | None, monday_option("--from", meaning="First week.")]
LastWeek = Annotated[date | None, monday_option("--to", meaning="Last week.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar on stderr; yield what to call with the name of each finished step."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from pipelines.cli import console

    columns = (TextColumn("{task.description:<44}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, *times, console=console.errors) as progress:
        bar = progress.add_task(title, total=total)

        def on_step(step: str) -> None:
            progress.update(bar, advance=1, description=f"{title}: {step}")

        yield on_step
