"""The contract of a claims file: figures that somebody prints, in a form that can be checked.

`docs/claims.md` explains the format; `sql/marts/claims/claims_audit.sql` gives the verdicts. A row
that cannot be read is kept with its fault, and all others are judged.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pydantic import BaseModel

from pipelines.errors import RefusalError
from pipelines.reference.claim_metrics import Fault
from pipelines.reference.claim_statement import REQUIRED, stated
from pipelines.reference.overlay import Row

OPTIONAL = ("section", "since", "rank")
LONGEST_NAME = 60
"""Characters of an unknown column's name that a message repeats: the file may be another one."""

SOURCE = {"title": "title", "publisher": "publisher", "date": "published_on", "url": "url"}
"""The names in lines `# name: value` above the header, and the column that each fills."""


class Claim(BaseModel, defer_build=True):
    """A figure as it was printed and what it states, or why the row states nothing."""

    file: str
    line: int
    claim_id: str | None
    section: str | None
    metric: str | None
    subject: str | None
    period: str | None
    printed_as: str | None
    title: str | None
    publisher: str | None
    published_on: date | None
    url: str | None
    fault: str | None
    fault_field: str | None
    fault_value: str | None
    fault_expected: str | None
    kind: str | None
    condition: str | None
    needs: str | None
    operands: str | None
    top_n: int | None
    first_rank: int | None
    last_rank: int | None
    level: float | None
    level_is_share: bool | None
    week: date | None
    first_day: date | None
    last_day: date | None
    days: int | None
    base_first_day: date | None
    base_last_day: date | None
    base_days: int | None
    operator: str | None
    printed: float | None
    last_digit: float | None
    unit: str | None
    unit_size: float | None
    rank: int | None


def rows(path: Path, text: str) -> Iterator[Row]:
    """Yield the rows of a claims file as `Claim` describes them, one for each line with text.

    Raises RefusalError if the lines above the claims are wrong: then no row can be read.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    source, skipped = _source(path, lines)
    header = _header(path, lines, skipped)
    known = set[str]()
    for number, line in enumerate(lines[skipped + 1 :], skipped + 2):
        if line.strip():
            yield {"file": path.name, "line": number} | source | _claim(header, line, known)


def _source(path: Path, lines: list[str]) -> tuple[Row, int]:
    """Return what the lines above the header state about the source, and how many there are."""
    source: Row = dict.fromkeys(SOURCE.values())
    number = 0
    for number, line in enumerate(lines):
        if not line.startswith("#"):
            return source, number
        name, _, value = line.lstrip("# ").partition(":")
        column = SOURCE.get(name.strip().lower())
        if not column:
            raise RefusalError(
                f"{path}, line {number + 1}: {name.strip()!r} is none of {', '.join(SOURCE)}"
            )
        source[column] = value.strip() or None
        if column == "published_on" and source[column]:
            try:
                source[column] = date.fromisoformat(source[column])
            except ValueError:
                raise RefusalError(
                    f"{path}, line {number + 1}: {value.strip()!r} is not a date: write YYYY-MM-DD"
                ) from None
    raise RefusalError(f"{path} contains no rows")


def _header(path: Path, lines: list[str], skipped: int) -> list[str]:
    """Return the names of the columns; `week` is the old name of `period`."""
    if not lines[skipped].strip():
        raise RefusalError(f"{path} contains no rows")
    place = f"{path}, line {skipped + 1}"
    header = ["period" if name == "week" else name for name in lines[skipped].split(",")]
    if len(set(header)) < len(header):
        raise RefusalError(f"{place}: a column is named twice")
    for name in header:
        if name not in REQUIRED + OPTIONAL:
            raise RefusalError(
                f"{place}: unknown column {name[:LONGEST_NAME]!r}: docs/claims.md lists them"
            )
    for name in REQUIRED:
        if name not in header:
            raise RefusalError(f"{place}: no column {name!r}: docs/claims.md lists them")
    return header


def _claim(header: list[str], line: str, known: set[str]) -> Row:
    """Return what a line states, or its fault with the cells that could be read.

    The line's name is added to `known`, the names of the lines before it.
    """
    cells: dict[str, str] = {}
    claim: Row = {}
    try:
        cells = _cells(header, line)
        claim = stated(cells)
        if cells["claim_id"] in known:
            raise Fault("second_claim", "claim_id", cells["claim_id"])
        known.add(cells["claim_id"])
    except Fault as fault:
        claim = {
            "fault": fault.code,
            "fault_field": fault.field,
            "fault_value": None if fault.value is None else f"{fault.value}",
            "fault_expected": fault.expected or None,
        }
    copied = ("claim_id", "section", "metric", "subject", "period", "printed_as")
    return {name: cells.get(name) or None for name in copied} | claim


def _cells(header: list[str], line: str) -> dict[str, str]:
    """Return the cells of a line by column."""
    if "\ufffd" in line:
        raise Fault("not_utf8", "line")
    if "\0" in line:
        raise Fault("null_character", "line")
    try:
        values = next(csv.reader([line], strict=True))
    except csv.Error:
        raise Fault("not_csv", "line") from None
    if len(values) != len(header):
        raise Fault("wrong_cells", "line", len(values), f"{len(header)}")
    return dict(zip(header, (value.strip() for value in values), strict=True))
