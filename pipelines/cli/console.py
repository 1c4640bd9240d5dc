"""How answers look in a terminal, and as JSON. Rich is imported for progress alone.

Whatever is printed is escaped here: a slug or a query's result cannot control the terminal.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.cli import formats, layout
from pipelines.errors import RefusalError
from pipelines.text import escaped

if TYPE_CHECKING:
    from pipelines.queries.published import PublishedWeek


BARS = "▁▂▃▄▅▆▇█"


def width() -> int:
    """Return how many cells a line of an answer has: as COLUMNS or the terminal says, else 80."""
    columns = os.environ.get("COLUMNS", "")
    found = [int(columns)] if columns.isdecimal() else []
    for stream in (0, 1, 2):
        with suppress(OSError):
            found.append(os.get_terminal_size(stream).columns)
    return next(filter(None, found), 80)


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
        print(escaped(text))  # noqa: T201


def paragraph(text: str, style: str = "") -> None:
    """Print prose, wrapped between words; `style` is one of the layout's."""
    _print(layout.styled(one, style) for one in layout.folded(escaped(text), width()))


def remark(text: str) -> None:
    """Print a line to stderr, where it does not mix with the answer."""
    sys.stderr.write(f"{escaped(text)}\n")


def table(title: str, headings: list[str], rows: list[list[str]], caption: str = "") -> None:
    """Print a table as `layout.table` draws it, or that it has no rows."""
    if not rows:
        paragraph(f"{title}: no rows" if title else "no rows")
        return
    if title:
        paragraph(title, layout.TITLE)
    cells = [[*map(escaped, row)] for row in rows]
    _print(layout.table([*map(escaped, headings)], cells, width()))
    if caption:
        paragraph(f"{caption}\n", layout.CAPTION)


def _print(lines: Iterable[str]) -> None:
    """Print the lines of a layout, in its styles only where a terminal shows them."""
    text = "\n".join(lines)
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown")
    if is_plain or not sys.stdout.isatty():
        text = layout.STYLE.sub("", text)
    with _written():
        print(text)  # noqa: T201


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar on stderr; yield the function to call with the name of each finished step."""
    from rich.console import Console
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
    with Progress(*columns, *times, console=Console(stderr=True)) as progress:
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
