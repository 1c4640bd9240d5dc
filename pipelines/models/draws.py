"""The draws of a week are kept in the home until its rows or the code change.

A week's draws depend on that week's rows alone. Without the kept files the same rows are drawn.
"""

import io
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.errors import RefusalError
from pipelines.home.files import write_atomically
from pipelines.models.python import registry

BY_WEEK = frozenset({"rank_correlations", "revenue_bands", "route_draws", "route_breakevens"})
"""The functions whose result for a week depends on no other week."""

DIGEST = "rows_digest"


def drawn(
    function: str, batches: Iterable[pl.DataFrame], folder: Path | None = None
) -> pl.DataFrame:
    """Return what a registered function makes of its rows; weeks kept in `folder` are read.

    There is at least one batch. Weeks are read and drawn some at a time, so that no history is too
    long for the memory; ValueError where the rows are not in the order of their weeks.
    """
    compute = registry.FUNCTIONS[function]
    if folder is None or function not in BY_WEEK:
        return compute(pl.concat(batches))
    path = folder / f"{function}.parquet"
    known, found = _read(path), list[pl.DataFrame]()
    kept = dict[str, pl.DataFrame]()
    for rows in _whole_weeks(batches):
        weeks = {_digest(week): week for week in rows.partition_by("week", maintain_order=True)}
        missing = [week for digest, week in weeks.items() if digest not in known]
        if missing or not found:
            found.append(compute(pl.concat(missing) if missing else rows.clear()))
        for digest, week in weeks.items():
            of_week = pl.col("week") == week["week"][0]
            kept[digest] = known[digest] if digest in known else found[-1].filter(of_week)
    if not kept.keys() <= known.keys():
        _keep(path, kept)
    return pl.concat([found[0].clear(), *kept.values()])


def _whole_weeks(batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the rows of a batch's weeks, the last of them with the next batch."""
    held: pl.DataFrame | None = None
    for batch in batches:
        held = batch if held is None else pl.concat([held, batch])
        if not held["week"].is_sorted():
            raise ValueError("rows are not in the order of their weeks")
        is_last = pl.col("week") == pl.col("week").last()
        yield held.filter(~is_last)
        held = held.filter(is_last)
    if held is not None:
        yield held


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


def _digest(rows: pl.DataFrame) -> str:
    """Return a digest of rows, their types, and the code that draws."""
    content = f"{_code()} {rows.schema}".encode() + rows.hash_rows().to_numpy().tobytes()
    return sha256(content).hexdigest()


@cache
def _code() -> str:
    """Return a digest of the functions' code and of the libraries that compute."""
    files = sorted(Path(registry.__file__).parent.glob("*.py"))
    code = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"{code} {np.__version__} {pl.__version__}"
