"""The draws of a week are kept in the home until its rows or the code change.

A week's draws depend on that week's rows alone. Without the kept files the same rows are drawn.
"""

import io
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipelines.errors import RefusalError
from pipelines.home.files import write_atomically
from pipelines.models.python import registry

BY_WEEK = frozenset({"rank_correlations", "revenue_bands", "route_draws", "route_breakevens"})
"""The functions whose result for a week depends on no other week."""

DIGEST = "rows_digest"

AT_ONCE = 8
"""Weeks whose rows are read and drawn together."""


def drawn(
    connection: duckdb.DuckDBPyConnection, function: str, statement: str, folder: Path
) -> pl.DataFrame:
    """Return what a registered function makes of a statement's rows; kept weeks are read.

    Only the rows of weeks that are not kept leave the database, and few weeks at once, so that no
    history is too long for the memory. ValueError where they are not in the order of their weeks.
    """
    compute, path = registry.FUNCTIONS[function], folder / f"{function}.parquet"
    none = rows_of(connection, f"{statement} LIMIT 0")
    digests, known = _digests(connection, statement, f"{none.schema}"), _read(path)
    missing = [week for week, digest in digests.items() if digest not in known]
    for start in range(0, len(missing), AT_ONCE):
        weeks = missing[start : start + AT_ONCE]
        chosen = ", ".join(f"DATE '{week}'" for week in weeks)
        rows = rows_of(connection, f"FROM ({statement}) WHERE week IN ({chosen})")
        if not rows["week"].is_sorted():
            raise ValueError("rows are not in the order of their weeks")
        # A copy: a text that came with the rows would keep all their columns in memory.
        made = pl.DataFrame(compute(rows).to_arrow())
        known |= {digests[week]: made.filter(pl.col("week") == week) for week in weeks}
    kept = {digest: known[digest] for digest in digests.values()}
    if missing:
        _keep(path, kept)
    return pl.concat([compute(none), *kept.values()])


def rows_of(connection: duckdb.DuckDBPyConnection, statement: str) -> pl.DataFrame:
    """Return the rows of a statement."""
    return pl.DataFrame(connection.sql(statement).to_arrow_table())


def _digests(connection: duckdb.DuckDBPyConnection, statement: str, schema: str) -> dict[date, str]:
    """Return a digest of each week's rows, their types, and the code that draws."""
    # A sum does not depend on the order, and to sort took four times as long as all else.
    unordered = statement.rpartition("\nORDER BY ")[0] or statement
    found = connection.sql(
        f"SELECT week, count(*), sum(hash(*COLUMNS(*))) FROM ({unordered}) "
        "GROUP BY week ORDER BY week"
    ).fetchall()
    return {
        week: sha256(f"{_code()} {schema} {count} {total}".encode()).hexdigest()
        for week, count, total in found
    }


def _read(path: Path) -> dict[str, pl.DataFrame]:
    """Return what is kept, by the digest of the rows it was made from; a damaged file is empty."""
    try:
        kept = pl.read_parquet(path).partition_by(DIGEST, as_dict=True, include_key=False)
    except (OSError, pl.exceptions.PolarsError):
        return {}
    return {f"{digest}": rows for (digest,), rows in kept.items()}


def _keep(path: Path, draws: dict[str, pl.DataFrame]) -> None:
    """Keep the draws of the weeks of this build, and no others."""
    labelled = [rows.with_columns(pl.lit(digest).alias(DIGEST)) for digest, rows in draws.items()]
    content = io.BytesIO()
    pl.concat(labelled).write_parquet(content)
    try:
        write_atomically(path, content.getvalue(), durable=False, private=True)
    except RefusalError:  # a full disk: the next build draws again
        return


@cache
def _code() -> str:
    """Return a digest of the functions' code and of the libraries that compute."""
    files = sorted(Path(registry.__file__).parent.glob("*.py"))
    code = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"{code} {duckdb.__version__} {np.__version__} {pl.__version__}"
