"""Prose and tables as lines of a terminal's width.

Rich would lay them out, too, but importing it takes a third of a query's time, and a table of a
thousand rows several seconds. Only its width of characters is used.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest

from rich.cells import cell_len, chop_cells

WHOLE = ">=|"
"""First characters of the headings whose cells are never folded."""

NARROWEST = 12
"""Cells of a line of text in a table; where a column had fewer, the table is not one."""

COMFORTABLE = 24
"""Cells of a line of text for which a table gives up what it can do without."""

GAP = " " * 3
"""Between two columns."""

EDGE = " "
"""Before the first column and after the last."""

WORD = re.compile(r"\s*\S+\s*")

PART = re.compile(r"[^/:-]*[/:-]\s*|[^/:-]+")
"""A part of a name, with the sign that ends it."""

STYLE = re.compile(r"\x1b\[[0-9;]*m")
PLAIN, RED, GREEN, YELLOW = (f"\x1b[{code}m" for code in (0, 31, 32, 33))
TITLE, HEADING, CAPTION = (f"\x1b[{code}m" for code in ("3", "1", "2;3"))


def styled(text: str, style: str) -> str:
    """Return a text in a style, if there are both."""
    return f"{style}{text}{PLAIN}" if text and style else text


def folded(text: str, room: int) -> list[str]:
    """Return a text in lines of so many cells: broken between words, and within longer ones.

    A longer word is broken between its parts, as a model's name is, and else wherever it must be.
    """
    lines = []
    for whole in text.expandtabs().split("\n"):
        line = ""
        for word in _pieces(whole, room):
            size = cell_len(word.rstrip())
            if cell_len(line) + size > room:
                lines += [line] if line else []
                *full, line = chop_cells(word, room) if size > room else [word]
                lines += full
            else:
                line += word
        lines.append(line)
    return [line.rstrip() for line in lines]


def _pieces(text: str, room: int) -> Iterator[str]:
    for word in WORD.findall(text):
        yield from [word] if cell_len(word.rstrip()) <= room else PART.findall(word)


def table(headings: list[str], rows: list[list[str]], room: int) -> Iterator[str]:
    """Yield the lines of a table of one row at least; text is folded to fit, and nothing else is.

    A heading's first character says what its column holds: `>` numbers, `=` dates and names that
    are not folded, `|` bars and `|>` numbers that are left out where there is little room; else it
    is text. Where even folded text leaves no room for the rest, each row is a block of lines.
    """
    if _least_width(headings, rows, COMFORTABLE) > room:
        shown = [number for number, one in enumerate(headings) if not one.startswith("|")]
        shown = shown or [*range(len(headings))]  # a query can name all columns so
        headings = [headings[number] for number in shown]
        rows = [[row[number] for number in shown] for row in rows]
    is_table = _least_width(headings, rows, NARROWEST) <= room
    yield ""
    yield from (_columns if is_table else _blocks)(headings, rows, room)


def _columns(headings: list[str], rows: list[list[str]], room: int) -> Iterator[str]:
    names = [heading.lstrip(WHOLE) for heading in headings]
    is_text = [not heading.startswith(tuple(WHOLE)) for heading in headings]
    is_number = [">" in heading[:2] for heading in headings]
    natural = [max(map(_width, cells)) for cells in zip(names, *rows, strict=True)]
    widths = _narrowed(natural, is_text, room)
    top = [folded(*one) for one in zip(names, widths, strict=True)]
    height = max(map(len, top))
    top = [[*[""] * (height - len(cell)), *cell] for cell in top]  # names stand on the rule
    yield from _row(top, widths, is_number, [HEADING] * len(top))
    yield EDGE + "─" * (sum(widths) + len(GAP) * (len(widths) - 1))
    for row in rows:
        cells = [folded(*one) for one in zip(row, widths, strict=True)]
        yield from _row(cells, widths, is_number, [*map(_colour, row)])
    yield ""


def _blocks(headings: list[str], rows: list[list[str]], room: int) -> Iterator[str]:
    """Yield a line for each cell that is not empty, and a blank one after each row."""
    names = [heading.lstrip(WHOLE) for heading in headings]
    name = min(max(map(_width, names)), max(room // 2, 1))
    cell = max(_width(cell) for row in rows for cell in row)
    widths = _narrowed([name, cell], [True, True], room)
    for row in rows:
        for pair in zip(names, row, strict=True):
            if pair[1]:
                cells = [folded(*one) for one in zip(pair, widths, strict=True)]
                yield from _row(cells, widths, [False, False], ["", ""])
        yield ""


def _row(
    cells: list[list[str]], widths: list[int], is_number: list[bool], styles: list[str]
) -> Iterator[str]:
    """Yield the lines of a row whose cells have lines; numbers are on the right."""
    for parts in zip_longest(*cells, fillvalue=""):
        placed = []
        for part, width, right, style in zip(parts, widths, is_number, styles, strict=True):
            blank, shown = " " * (width - cell_len(part)), styled(part, style)
            placed.append(blank + shown if right else shown + blank)
        yield (EDGE + GAP.join(placed)).rstrip()


def _colour(cell: str) -> str:
    """Return the colour of a cell of growth, of a blocked route or of a warning."""
    if cell[:1] in "+-−" and cell.endswith("%") and cell[1:2].isdigit():
        return GREEN if cell[0] == "+" else RED
    return YELLOW if "blocked" in cell or cell == "!" else ""


def _width(cell: str) -> int:
    """Return the width of a cell's longest line."""
    return max(map(cell_len, cell.expandtabs().split("\n")))


def _least_width(headings: list[str], rows: list[list[str]], narrowest: int) -> int:
    """Return the least width of a table: numbers whole, text in columns of `narrowest`."""
    least = 2 * len(EDGE) + len(GAP) * (len(headings) - 1)
    for heading, *cells in zip(headings, *rows, strict=True):
        width = max(map(cell_len, (heading.lstrip(WHOLE), *cells)))
        least += width if heading.startswith(tuple(WHOLE)) else min(width, narrowest)
    return least


def _narrowed(natural: list[int], is_text: list[bool], room: int) -> list[int]:
    """Return widths of columns that fit: those of text are as wide as there is room for."""
    room -= 2 * len(EDGE) + len(GAP) * (len(natural) - 1)

    def capped(most: int) -> list[int]:
        return [min(one, most) if can else one for one, can in zip(natural, is_text, strict=True)]

    most = next((most for most in range(room, 1, -1) if sum(capped(most)) <= room), 1)
    widths = capped(most)
    for place, wanted in reversed([*enumerate(natural)]):
        widths[place] += wanted > widths[place] and sum(widths) < room
    return widths
