"""Parts of the statements by which readers read: named fields only, and never an error's text.

DuckDB's own errors quote what they could not read. So every field is read as text and cast by
`try_cast`: what cannot be cast is NULL, and the contract refuses a required NULL by the row's id.
"""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Union

import duckdb

from pipelines import limits
from pipelines.errors import RefusalError
from pipelines.home.database import literal
from pipelines.usage import lines

Fields = Mapping[str, Union[str, "Fields"]]
"""The wanted fields of a record, each with its type in SQL or with fields of its own."""


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


def json_lines(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], fields: Fields) -> str:
    """Return the SQL of some fields of JSON lines, with `filename`; a torn last line is left out.

    Raises RefusalError naming the line that is broken in a file that needs care.
    """
    careful = [path for path in files if lines.needs_care(path)]
    read = [(f"{path}", line.decode()) for path in careful for line in lines.read_carefully(path)]
    scans = []
    if careful:
        import pyarrow as pa  # takes as long as reading thousands of lines

        names, texts = zip(*read, strict=True) if read else ((), ())
        columns = {"filename": pa.array(names, pa.string()), "line": pa.array(texts, pa.string())}
        connection.register("careful_line", pa.table(columns))
        structure = literal(json.dumps(fields))
        scans.append(
            f"SELECT unnest(json_transform(line, {structure})), filename FROM careful_line"
        )
    quick = [path for path in files if path not in careful]
    if quick:
        listed = ", ".join(literal(path) for path in quick)
        columns_read = ", ".join(f"{name}: {literal(_type(one))}" for name, one in fields.items())
        scans.append(
            f"SELECT * FROM read_ndjson([{listed}], columns = {{{columns_read}}}, "
            f"filename = true, maximum_object_size = {limits.LONGEST_RECORD})"
        )
    return f"({' UNION ALL BY NAME '.join(scans)})"


def _type(field: "str | Fields") -> str:
    """Return the type of a field in SQL."""
    if isinstance(field, str):
        return field
    parts = [f'"{name}" {_type(one)}' for name, one in field.items()]
    return f"STRUCT({', '.join(parts)})"


def csv_header(path: Path) -> list[str]:
    """Return the names in a CSV file's first line; none if it cannot be read as text."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader([file.readline(limits.LONGEST_RECORD)]), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def csv_file(path: Path, wanted: Sequence[str], optional: Sequence[str] = ()) -> str:
    """Return the SQL of some columns of a CSV file, as text and with `filename`.

    An optional column that the file lacks is NULL. Raises RefusalError naming the wanted columns
    that it lacks, or a record that is too long.
    """
    lines.check_csv(path)
    header = csv_header(path)
    missing = [name for name in wanted if name not in header]
    if missing:
        raise RefusalError(
            f"{path} lacks the columns {', '.join(missing)}: "
            "`tokenhouse usage add` without a path lists the exports that have them"
        )
    names = [name if header.count(name) == 1 else f"{place}" for place, name in enumerate(header)]
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    picked = [f'"{name}"' for name in wanted]
    picked += [
        f'"{name}"' if name in header else f'cast(NULL AS VARCHAR) AS "{name}"' for name in optional
    ]
    return (
        f"(SELECT {', '.join(picked)}, filename FROM read_csv({literal(path)}, "
        f"auto_detect = false, columns = {{{columns}}}, header = true, "
        "delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        f"filename = true, parallel = false, max_line_size = {limits.LONGEST_RECORD}))"
    )


def fault(path: Path, error: Exception) -> RefusalError:
    """Return why a file was not read, with the line that DuckDB names, without its content."""
    found = re.search(r"[Ll]ine:? (\d+)", f"{error}")
    place = f"{path}, line {found[1]}" if found else f"{path}"
    return RefusalError(f"{place}: has not the fields of its format: nothing of it was imported")
