"""The contract of a claims file: figures that somebody prints, in a form that can be checked.

`docs/claims.md` explains the format; `sql/marts/claims/claims_audit.sql` gives the verdicts. A row
that cannot be read is kept with its fault, and all others are judged.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipelines.errors import RefusalError
from pipelines.reference.claim_metrics import METRICS, OPERATORS, PLACE, UNITS, Fault, Metric
from pipelines.reference.claim_periods import Period, compared, parse
from pipelines.reference.market import BLOCS
from pipelines.weeks import monday

REQUIRED = ("claim_id", "metric", "subject", "period", "operator", "value", "unit", "printed_as")
OPTIONAL = ("section", "since", "rank")
SOURCE = {"title": "title", "publisher": "publisher", "date": "published_on", "url": "url"}
"""The names in lines `# name: value` above the header, and the column that each fills."""

MOST_SUBJECTS = 100
GRAINS = {"origin": "bloc", "series": "series", "weights": "weights", "price": "price"}
"""The kind of group that each prefix of a subject names; others are models and vendors."""

PLACES = ("top_n", "first_rank", "last_rank")

Row = dict[str, Any]


class Claim(BaseModel):
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
            raise RefusalError(f"{place}: unknown column {name!r}: docs/claims.md lists them")
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
        claim = _parsed(cells)
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


def _parsed(cells: dict[str, str]) -> Row:
    """Return the columns of a claim that follow from its cells.

    Raises Fault for the first field that is wrong.
    """
    metric = METRICS[_one_of(METRICS, "unknown_metric", "metric", cells)]
    _one_of(OPERATORS, "unknown_operator", "operator", cells)
    for name in REQUIRED:
        if not cells[name] and not (name in ("value", "unit") and metric.kind == "rank_tokens"):
            raise Fault("missing", name)
    return {
        "operator": cells["operator"],
        **_subject(metric, cells),
        **_days(metric, cells),
        **_number(metric, cells),
    }


def _one_of(known: Any, code: str, field: str, cells: dict[str, str]) -> str:
    if cells[field] not in known:
        raise Fault(code, field, cells[field], ", ".join(known))
    return cells[field]


def _subject(metric: Metric, cells: dict[str, str]) -> Row:
    """Return the operands, and the places or the level that the subject names with them."""
    subject = cells["subject"]
    match = re.fullmatch(metric.subject, subject)
    if not match:
        raise Fault("wrong_subject", "subject", subject, cells["metric"])
    if len(re.findall("[;+]", subject)) >= MOST_SUBJECTS:
        raise Fault("too_many_subjects", "subject", None, f"{MOST_SUBJECTS}")
    named = match.groupdict()
    if metric.kind == "task_share":
        operands = [f"category={subject}"]
    else:
        listed = _without_suffix(subject, match).replace(">", ";").split(";")
        own_kind = "origin:" if listed[0].startswith("origin:") else ""
        operands = [
            "+".join(_part(own_kind + part if part in BLOCS else part) for part in one.split("+"))
            for one in listed
            if one and not one.startswith("ranks:")
        ]
    places = {name: int(named[name]) if named.get(name) else None for name in PLACES}
    is_reversed = (places["first_rank"] or 0) > (places["last_rank"] or 0)
    is_repeated = metric.kind == "members" and len(set(operands)) < len(operands)
    if is_reversed or is_repeated:
        raise Fault("wrong_subject", "subject", subject, cells["metric"])
    return {
        "kind": metric.kind,
        "operands": ";".join(operands),
        **places,
        **_level(named),
    }


def _level(named: dict[str, str | None]) -> Row:
    """Return the level that a subject names, in tokens or as a fraction."""
    level, unit = named.get("level"), named.get("level_unit")
    if not level or not unit:
        return {"level": None, "level_is_share": None}
    size = 0.01 if unit == "%" else UNITS[unit][1]
    return {"level": float(level) * size, "level_is_share": unit == "%"}


def _without_suffix(subject: str, match: re.Match[str]) -> str:
    """Cut off `:10` or `:30T` from the end of a subject."""
    for name in ("top_n", "level"):
        if match.groupdict().get(name):
            return subject[: match.start(name) - 1]
    return subject


def _part(text: str) -> str:
    """Return one group as grain=name."""
    prefix, _, name = text.partition(":")
    if text == "all":
        return "market=named"
    if prefix in GRAINS and name:
        return f"{GRAINS[prefix]}={name}"
    return f"model={text}" if "/" in text else f"vendor={text}"


def _days(metric: Metric, cells: dict[str, str]) -> Row:
    """Return the days of the claim, those it is compared with, and the week in which it ends."""
    period = parse(cells["period"], "period")
    if metric.weeks_only and period.kind != "week":
        raise Fault("weeks_only", "period", cells["period"], cells["metric"])
    base: Period | None = None
    if since := cells.get("since"):
        if metric.base is None or metric.base == "four_weeks":
            raise Fault("useless_since", "since", since, cells["metric"])
        base = parse(since, "since")
        if base.first >= period.first:
            raise Fault("late_since", "since", since, cells["period"])
    elif metric.base:
        base = compared(period, metric.base)
    return {
        "week": monday(period.last),
        "first_day": period.first,
        "last_day": period.last,
        "days": period.days,
        "base_first_day": base and base.first,
        "base_last_day": base and base.last,
        "base_days": base and base.days,
    }


def _number(metric: Metric, cells: dict[str, str]) -> Row:
    """Return the printed number with its unit and the size of its last digit."""
    rank = _rank(cells.get("rank", ""))
    if metric.kind != "rank_tokens" and rank:
        raise Fault("useless_rank", "rank", rank, cells["metric"])
    if metric.kind == "rank_tokens":
        if rank is None:
            raise Fault("no_rank", "rank")
        if not cells["value"]:  # a rank alone
            one = {"unit": "rank", "unit_size": 1.0, "last_digit": 1.0}
            return {"kind": "rank", "printed": float(rank)} | one
    unit = _one_of(UNITS, "unknown_unit", "unit", cells)
    quantity, size = UNITS[unit]
    if quantity != metric.quantity:
        fitting = [name for name, (counted, _) in UNITS.items() if counted == metric.quantity]
        raise Fault("wrong_unit", "unit", unit, ", ".join(fitting))
    number = _decimal(cells["value"])
    if quantity == "truth" and number not in (0, 1):
        raise Fault("not_a_truth", "value", cells["value"])
    exponent = int(number.as_tuple().exponent)
    return {
        "printed": float(number),
        "last_digit": float(Decimal(1).scaleb(exponent)),
        "unit": unit,
        "unit_size": size,
        "rank": rank,
    }


def _decimal(text: str) -> Decimal:
    """Return a number of plain digits: an exponent would leave open which digit is the last one."""
    if not re.fullmatch(r"[+-]?[0-9]*\.?[0-9]+", text) or not isfinite(float(text) * 1e12):
        raise Fault("not_a_number", "value", text)
    return Decimal(text)


def _rank(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(PLACE, text):
        raise Fault("not_a_rank", "rank", text)
    return int(text)
