"""Answers for programs and documents: JSON, and the rows of an answer as CSV or Markdown.

`--format` belongs to every command that has `--json`. The rows are those of the first table in the
answer, with the numbers and dates of the database.
"""

import csv
import json
import math
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from io import StringIO
from typing import Annotated, Any

import typer

from pipelines.text import escaped

FORMATS = ("table", "csv", "md", "json")
SCHEMA_VERSION = 1
"""Of every JSON answer that is an object; it rises when a field is renamed or goes."""

_chosen = {"format": "table"}


@cache
def option() -> Any:
    """Return the option `--format`, read before `--json`, which it implies.

    Typer makes options for functions only, so that one is taken from a function of its own.
    """
    own = typer.Typer(add_completion=False)

    @own.command()
    def rows(
        _: Annotated[
            str,
            typer.Option(
                "--format",
                metavar="FORMAT",
                expose_value=False,
                is_eager=True,
                callback=_choose,
                help="Print rows as table, csv, md or json.",
            ),
        ] = "table",
    ) -> None:
        """Print rows."""

    return typer.main.get_command(own).params[0]


def wants_data(value: bool) -> bool:
    """Return whether `--json` or a `--format` other than a table was given."""
    return value or _chosen["format"] != "table"


def text_of(
    answer: Any, rows: list[dict[str, Any]] | None = None, names: list[str] | None = None
) -> str:
    """Return an answer in the format that was chosen, with nothing to end a line.

    Its rows are those given, else the first in it; `names` are its columns, else those of the rows.
    Dates are ISO, and tokens stay whole.
    """
    if _chosen["format"] in ("csv", "md"):
        chosen = _rows(_json_value(answer)) if rows is None else _json_value(rows)
        columns = _columns(chosen) if names is None else names
        return (_csv if _chosen["format"] == "csv" else _markdown)(columns, chosen)
    answer = _json_value(answer)
    if isinstance(answer, dict):
        answer = {"schema_version": SCHEMA_VERSION, **answer}
    return escaped(json.dumps(answer, indent=2, ensure_ascii=False))


def _json_value(value: Any) -> Any:
    """Return a value as JSON has it: what it has no number for is null, what it lacks is a text."""
    if isinstance(value, dict):
        return {f"{key}": _json_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value if value is None or isinstance(value, str | int | float) else f"{value}"


def _choose(_: Any, value: str) -> str:
    if value not in FORMATS:
        raise typer.BadParameter(f"--format {value!r} is none of {', '.join(FORMATS)}")
    _chosen["format"] = value
    return value


def _rows(answer: Any) -> list[dict[str, Any]]:
    """Return the first list of rows in an answer; an answer without one is a row itself."""
    found = list(_lists(answer))
    if found:
        return next((rows for rows in found if rows), [])
    return [answer] if isinstance(answer, dict) else [{"value": answer}]


def _lists(answer: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield the lists of rows in an answer, in their order."""
    if isinstance(answer, list):
        if all(isinstance(one, dict) for one in answer):
            yield answer
    elif isinstance(answer, dict):
        for value in answer.values():
            yield from _lists(value)


def _csv(columns: list[str], rows: list[dict[str, Any]]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue().rstrip("\n")


def _markdown(columns: list[str], rows: list[dict[str, Any]]) -> str:
    lines = [columns, ["---"] * len(columns)]
    lines += [[_cell(row.get(name)) for name in columns] for row in rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    """Return the columns of all rows, in the order in which they appear."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _cell(value: Any) -> str:
    """Return a value in one line: nothing is empty, a list is JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"{value}".lower()
    return escaped(
        json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else f"{value}"
    ).replace("\n", " ")
