"""The draws of a week are kept in the home until its rows or the code change.

A week's draws depend on that week's rows alone, and where a model has scopes, on those of the
scope. Without the kept files the same rows are drawn.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipelines.errors import RefusalError
from pipelines.home.database import literal
from pipelines.home.files import write_atomically
from pipelines.models.python import registry

PARTS = {
    "rank_correlations": ("week", "scope"),
    "revenue_bands": ("week",),
    "route_draws": ("week",),
    "route_breakevens": ("week",),
}
"""The columns of the parts whose draws depend on no other part, by function."""

DIGEST = "rows_digest"

AT_ONCE = 10_000
"""Rows that are read and drawn together, if they are more than one part's."""

Part = tuple[object, ...]


def drawn(
    connection: duckdb.DuckDBPyConnection, function: str, statement: str, folder: Path
) -> pl.DataFrame:
    """Return what a registered function makes of a statement's rows; kept parts are read.

    Only the rows of parts that are not kept leave the database, and few at once, so that no history
    is too long for the memory. ValueError where they are not in the order of their parts.
    """
    compute, path = registry.FUNCTIONS[function], folder / f"{function}.parquet"
    columns = PARTS[function]
    none = rows_of(connection, f"{statement} LIMIT 0")
    counts, digests = _counted(connection, statement, columns, f"{none.schema}")
    labelled = [compute(none).with_columns(pl.lit("").alias(DIGEST)), *_read(path, digests)]
    seen = {digest for rows in labelled for digest in rows[DIGEST].unique()}
    missing = {part: count for part, count in counts.items() if digests[part] not in seen}
    for parts in _batches(missing):
        rows = rows_of(connection, _of_parts(statement, columns, parts))
        runs = rows.select(pl.struct(columns).rle().struct.field("value")).unnest("value")
        if runs.rows() != parts:
            raise ValueError(f"rows are not in the order of {' and '.join(columns)}")
        # A copy: a text that came with the rows would keep all their columns in memory.
        made = pl.DataFrame(compute(rows).to_arrow())
        names = runs.with_columns(pl.Series(DIGEST, [digests[part] for part in parts]))
        labelled += _labelled(made, names, columns)
    # In one piece: a database reads hundreds of small ones four times as slowly.
    kept = pl.concat(labelled, rechunk=True).sort(columns, maintain_order=True)
    if missing:
        _keep(path, kept)
    return kept.drop_nulls("week").drop(DIGEST)


def _labelled(
    made: pl.DataFrame, digests: pl.DataFrame, columns: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the draws of some parts with the digest of each part's rows.

    A part without draws has one row of nothing, or it would be drawn in every build.
    """
    nothing = digests.join(made, columns, "anti")[DIGEST]
    return (
        made.join(digests, columns, maintain_order="left"),
        made.clear(len(nothing)).with_columns(nothing),
    )


def _batches(counts: Mapping[Part, int]) -> Iterator[list[Part]]:
    """Yield parts, given with their numbers of rows, as many as have AT_ONCE rows together."""
    parts: list[Part] = []
    rows = 0
    for part, count in counts.items():
        if parts and rows + count > AT_ONCE:
            yield parts
            parts, rows = [], 0
        parts.append(part)
        rows += count
    if parts:
        yield parts


def _of_parts(statement: str, columns: Sequence[str], parts: Sequence[Part]) -> str:
    """Return the statement for the rows of some parts."""
    chosen = ", ".join(f"({', '.join(map(literal, part))})" for part in parts)
    return f"FROM ({statement}) WHERE ({', '.join(columns)}) IN ({chosen})"


def rows_of(connection: duckdb.DuckDBPyConnection, statement: str) -> pl.DataFrame:
    """Return the rows of a statement."""
    return pl.DataFrame(connection.sql(statement).to_arrow_table())


def _counted(
    connection: duckdb.DuckDBPyConnection, statement: str, columns: Sequence[str], schema: str
) -> tuple[dict[Part, int], dict[Part, str]]:
    """Return the number of each part's rows, and a digest of them, their types and the code."""
    # A sum does not depend on the order, and to sort took four times as long as all else.
    unordered = statement.rpartition("\nORDER BY ")[0] or statement
    names = ", ".join(columns)
    counts, digests = dict[Part, int](), dict[Part, str]()
    for *part, count, total in connection.execute(
        f"SELECT {names}, count(*), sum(hash(*COLUMNS(*))) FROM ({unordered}) "
        f"GROUP BY {names} ORDER BY {names}"
    ).fetchall():
        counts[*part,] = count
        digests[*part,] = sha256(f"{_code()} {schema} {count} {total}".encode()).hexdigest()
    return counts, digests


def _read(path: Path, digests: Mapping[Part, str]) -> list[pl.DataFrame]:
    """Return the draws of these parts that are kept, with digests; none of a damaged file."""
    try:
        kept = pl.read_parquet(path)
        found = kept.filter(pl.col(DIGEST).is_in([*digests.values()]))
    except (OSError, pl.exceptions.PolarsError):
        return []
    return [found] if len(found) else []


def _keep(path: Path, draws: pl.DataFrame) -> None:
    """Keep the draws of the parts of this build, and no others."""
    content = io.BytesIO()
    draws.write_parquet(content)
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
