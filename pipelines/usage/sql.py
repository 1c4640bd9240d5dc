"""Parts of the statements by which readers read: named fields only, and never an error's text.

DuckDB's own errors quote what they could not read. So every field is read as text and cast by
`try_cast`: what cannot be cast is NULL, and the contract refuses a required NULL by the row's id.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.usage import lines
from pipelines.usage.ledger import quoted


def count(field: str) -> str:
    """Return the SQL of a whole number."""
    return f"try_cast({field} AS BIGINT)"


def money(field: str) -> str:
    """Return the SQL of USD, rounded to 1e-12; what is no number or none so large is NULL."""
    return f"try_cast({field} AS DECIMAL(18, 12))"


def zoned(field: str) -> str:
    """Return the SQL of an instant that the source writes with its zone; NULL without one."""
    return (
        f"CASE WHEN regexp_matches({field}, '(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$') "
        f"THEN try_cast({field} AS TIMESTAMPTZ) END"
    )


def utc(field: str) -> str:
    """Return the SQL of an instant that the source writes in UTC, with or without its zone."""
    return f"try_cast({field} AS TIMESTAMPTZ)"


def epoch(field: str, per_second: int = 1) -> str:
    """Return the SQL of an instant counted since 1970 in seconds, or in parts of a second."""
    micros = f"cast(try_cast({field} AS DECIMAL(24, 6)) * {1_000_000 // per_second} AS BIGINT)"
    return f"cast(make_timestamp({micros}) AS TIMESTAMPTZ)"


def between(start: str, end: str) -> str:
    """Return the SQL of the milliseconds from one instant to another."""
    return f"cast(epoch_ms({end}) - epoch_ms({start}) AS BIGINT)"


def json_lines(files: Sequence[Path], fields: Mapping[str, str]) -> str:
    """Return the SQL of some fields of JSON lines, with `filename`; a torn last line is left out.

    Raises RefusalError naming the line that is broken in the middle of a torn file.
    """
    torn = [path for path in files if lines.is_torn(path)]
    for path in torn:
        lines.refuse_broken(path, is_torn=True)
    scans = [
        _json_scan(some, fields, is_torn)
        for some, is_torn in (([one for one in files if one not in torn], False), (torn, True))
        if some
    ]
    return f"({' UNION ALL '.join(scans)})"


def _json_scan(files: Sequence[Path], fields: Mapping[str, str], is_torn: bool) -> str:
    listed = ", ".join(quoted(path) for path in files)
    columns = ", ".join(f"{name}: {quoted(kind)}" for name, kind in fields.items())
    return (
        f"SELECT * FROM read_ndjson([{listed}], columns = {{{columns}}}, filename = true, "
        f"maximum_object_size = {lines.LONGEST}, ignore_errors = {is_torn})"
    )


def csv_header(path: Path) -> list[str]:
    """Return the names in a CSV file's first line; none if it cannot be read as text."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader([file.readline(lines.LONGEST)]), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def csv_file(path: Path, wanted: Sequence[str], optional: Sequence[str] = ()) -> str:
    """Return the SQL of some columns of a CSV file, as text and with `filename`.

    An optional column that the file lacks is NULL. Raises RefusalError naming the wanted columns
    that it lacks.
    """
    header = csv_header(path)
    missing = [name for name in wanted if name not in header]
    if missing:
        raise RefusalError(
            f"{path} lacks the columns {', '.join(missing)}: "
            "`tokenhouse usage add` without a path lists the exports that have them"
        )
    names = [name if header.count(name) == 1 else f"{place}" for place, name in enumerate(header)]
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    picked = [f'"{name}"' for name in wanted]
    picked += [
        f'"{name}"' if name in header else f'cast(NULL AS VARCHAR) AS "{name}"' for name in optional
    ]
    return (
        f"(SELECT {', '.join(picked)}, filename FROM read_csv({quoted(path)}, auto_detect = false, "
        f"columns = {{{columns}}}, header = true, delim = ',', quote = '\"', escape = '\"', "
        f"nullstr = '', filename = true, parallel = false, max_line_size = {lines.LONGEST}))"
    )


def fault(path: Path, error: Exception) -> RefusalError:
    """Return why a file was not read, with the line that DuckDB names, without its content."""
    found = re.search(r"[Ll]ine:? (\d+)", f"{error}")
    place = f"{path}, line {found[1]}" if found else f"{path}"
    return RefusalError(f"{place}: has not the fields of its format: nothing of it was imported")
