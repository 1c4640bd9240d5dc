"""How answers look in a terminal, and as JSON. Rich is imported when something is printed.

Whatever is printed is escaped here: a slug or a query's result cannot control the terminal.
"""

import errno
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.cli import formats
from pipelines.errors import RefusalError
from pipelines.text import escaped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pipelines.queries.published import PublishedWeek


BARS = "▁▂▃▄▅▆▇█"

WHOLE = ">=|"
"""First characters of the headings whose cells are never folded."""

NARROWEST = 12
"""Characters of a line of text in a table; where a column had fewer, the table is not one."""

COMFORTABLE = 24
"""Characters of a line of text for which a table gives up what it can do without."""

GAP = 3
"""Spaces between two columns."""


BLANKS = re.compile(r"[ ]+((?:\x1b\[[0-9;]*m)*)$", re.MULTILINE)
"""At the end of a line, before what resets its colour."""

EDGE = 1
"""Spaces before the first column and after the last."""


@cache
def stdout() -> "Console":
    """Return the console for answers: as wide as the terminal, else COLUMNS or 80."""
    from rich.console import Console

    return Console()


@cache
def stderr() -> "Console":
    """Return the console for progress and remarks that no program should read."""
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def _written() -> Iterator[None]:
    """Raise RefusalError where stdout, such as a file on a full disk, takes nothing more."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO):
            raise
        # What could not be written would be tried again, and fail, when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise RefusalError(f"the answer cannot be written to stdout: {error.strerror}") from None


def as_json(
    answer: object, rows: list[dict[str, Any]] | None = None, names: list[str] | None = None
) -> None:
    """Print an answer as JSON, or its rows as `--format` says, as `formats.text_of` does."""
    with _written():
        print(formats.text_of(answer, rows, names))  # noqa: T201


def line(text: str) -> None:
    """Print a line to be copied or read by a program: only the terminal wraps it."""
    with _written():
        stdout().print(escaped(text), markup=False, highlight=False, soft_wrap=True)


def paragraph(text: str, style: str = "") -> None:
    """Print prose, wrapped between words; `style` is one of Rich's."""
    from rich.text import Text

    _print_trimmed(stdout(), Text(escaped(text), style))


def remark(text: str) -> None:
    """Print a line to stderr, where it does not mix with the answer."""
    stderr().print(escaped(text), markup=False, highlight=False, soft_wrap=True)


def table(title: str, headings: list[str], rows: list[list[str]], caption: str = "") -> None:
    """Print a table in which text is folded where the terminal is narrow, and nothing else is.

    A heading's first character says what its column holds: `>` numbers, `=` dates and names that
    are not folded, `|` bars and `|>` numbers that are left out where there is little room; else it
    is text. Where even folded text leaves no room for the rest, each row is a block of lines.
    """
    if not rows:
        paragraph(f"{title}: no rows" if title else "no rows")
        return
    headings = [*map(escaped, headings)]
    rows = [[*map(escaped, row)] for row in rows]
    room = stdout().width
    if _least_width(headings, rows, COMFORTABLE) > room:
        shown = [number for number, one in enumerate(headings) if not one.startswith("|")]
        headings = [headings[number] for number in shown]
        rows = [[row[number] for number in shown] for row in rows]
    fits = _least_width(headings, rows) <= room
    if title:
        paragraph(title, "table.title")
    _print_trimmed(stdout(), _columns(headings, rows) if fits else _blocks(headings, rows, room))
    if caption:
        paragraph(f"{caption}\n", "table.caption")


def _columns(headings: list[str], rows: list[list[str]]) -> "Table":
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    view = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        view.add_column(
            escape(heading.lstrip(WHOLE)),
            justify="right" if ">" in heading[:2] else "left",
            overflow="fold",
            no_wrap=heading.startswith(tuple(WHOLE)),
        )
    for row in rows:
        view.add_row(*(_coloured(escape(cell)) for cell in row))
    return view


def _blocks(headings: list[str], rows: list[list[str]], room: int) -> "Table":
    """Return a line for each cell that is not empty, and a blank one between rows."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    view = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    view.add_column(overflow="fold", max_width=room // 2)
    view.add_column(overflow="fold")
    for row in rows:
        for heading, cell in zip(headings, row, strict=True):
            if cell:
                view.add_row(escape(heading.lstrip(WHOLE)), escape(cell))
        view.add_section()
    return view


def _coloured(cell: str) -> str:
    """Return a cell of growth, of a blocked route or of a warning in its colour."""
    if cell[:1] in "+-−" and cell.endswith("%") and cell[1:2].isdigit():
        return f"[green]{cell}[/]" if cell[0] == "+" else f"[red]{cell}[/]"
    return f"[yellow]{cell}[/]" if "blocked" in cell or cell == "!" else cell


def _print_trimmed(console: "Console", shown: "Table | Text") -> None:
    """Print a table or prose without blanks at the ends of its lines."""
    with _written():
        with console.capture() as captured:
            console.print(shown)
        console.file.write(BLANKS.sub(r"\1", captured.get()))


def _least_width(headings: list[str], rows: list[list[str]], narrowest: int = NARROWEST) -> int:
    """Return the least width of a table: numbers whole, text in columns of `narrowest`."""
    from rich.cells import cell_len

    least = 2 * EDGE + GAP * (len(headings) - 1)
    for heading, *cells in zip(headings, *rows, strict=True):
        width = max(map(cell_len, (heading.lstrip(WHOLE), *cells)))
        least += width if heading.startswith(tuple(WHOLE)) else min(width, narrowest)
    return least


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar on stderr; yield the function to call with the name of each finished step."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description:<44}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, *times, console=stderr()) as progress:
        bar = progress.add_task(title, total=total)

        def on_step(step: str) -> None:
            progress.update(bar, advance=1, description=f"{title}: {step}")

        yield on_step


def plain(value: object) -> str:
    """Print a value; an unknown one is a dash."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value}"


def counted(count: int, one: str) -> str:
    """Print how many of something there are: 1 week, 2 weeks."""
    return f"{count} {one}{'' if count == 1 else 's'}"


def shown(count: int, known: int, one: str) -> str:
    """Print how much of a table is shown, and how to see the rest; nothing where there is none."""
    if count >= known:
        return ""
    return f"{count} of {counted(known, one)} shown, -n {known} shows all; "


def left_out(rows: int) -> str:
    """Print how many rows a table leaves out, and how to see them; nothing where it has all."""
    return f"{rows:,} more: use --format csv" if rows else ""


def listed(days: list[date]) -> str:
    """Print days, or weeks by their Mondays, with commas between."""
    return ", ".join(f"{day}" for day in days)


def tokens(count: int) -> str:
    """Print a token count as people say it: 3.43T, 439.1B."""
    for unit, size in (("T", 10**12), ("B", 10**9), ("M", 10**6)):
        if count >= size:
            return f"{count / size:.2f}{unit}"
    return f"{count}"


def spark(values: Sequence[float | None]) -> str:
    """Return a bar for each value from zero up; one that is not known is a blank."""
    most = max((value for value in values if value), default=None)
    if most is None:
        return " " * len(values)
    highest = len(BARS) - 1
    return "".join(" " if one is None else BARS[round(highest * one / most)] for one in values)


def percent(fraction: float | None) -> str:
    """Print a fraction as a percentage."""
    return "–" if fraction is None else f"{fraction:.1%}"


def change(fraction: float | None) -> str:
    """Print a change as a percentage with its sign."""
    return "–" if fraction is None else f"{fraction:+.1%}"


def growth(row: Mapping[str, Any]) -> str:
    """Print a row's growth as a point if it is known, else as its bounds."""
    if row["wow"] is not None or row["wow_low"] is None:
        return change(row["wow"])
    high = "∞" if row["wow_high"] is None else change(row["wow_high"])
    return f"{change(row['wow_low'])} … {high}"


def usd(amount: float | None) -> str:
    """Print a price or a cost with its significant digits; an unknown one is a dash."""
    return "–" if amount is None else f"{amount:.4g}"


def named_week(week: "PublishedWeek") -> str:
    """Return a published week's key, and how many of its days are seen unless all are."""
    days = "" if week["is_complete"] else f" (only {week['days_seen']} of 7 days)"
    return f"week {week['week']}{days}"


def citation(week: "PublishedWeek") -> None:
    """Print the line that must travel with a week's numbers."""
    paragraph(week["citation"])


def unread_files(files: Iterable[Path]) -> None:
    """Print each file of the home's reference folder that no table reads."""
    for path in files:
        line(f"{path}: no table is read from a file of this name")
