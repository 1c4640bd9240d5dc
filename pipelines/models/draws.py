"""The draws of a week are kept in the home until its rows or the code change.

A week's draws depend on that week's rows alone. Without the kept files the same rows are drawn.
"""

import io
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


def drawn(function: str, rows: pl.DataFrame, folder: Path | None = None) -> pl.DataFrame:
    """Return what a registered function makes of its rows; weeks kept in `folder` are read."""
    compute = registry.FUNCTIONS[function]
    if folder is None or function not in BY_WEEK or not rows["week"].is_sorted():
        return compute(rows)
    path = folder / f"{function}.parquet"
    known, weeks = _read(path), rows.partition_by("week", maintain_order=True)
    digests = [_digest(week) for week in weeks]
    missing = [week for week, digest in zip(weeks, digests, strict=True) if digest not in known]
    made = compute(pl.concat(missing) if missing else rows.clear())
    for week, digest in zip(weeks, digests, strict=True):
        if digest not in known:
            known[digest] = made.filter(pl.col("week") == week["week"][0])
    if missing:
        _keep(path, {digest: known[digest] for digest in digests})
    return pl.concat([made.clear(), *(known[digest] for digest in digests)])


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
    content = f"{_code()} {rows.schema} {rows.write_csv(null_value=chr(0))}"
    return sha256(content.encode()).hexdigest()


@cache
def _code() -> str:
    """Return a digest of the functions' code and of the libraries that compute."""
    files = sorted(Path(registry.__file__).parent.glob("*.py"))
    code = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"{code} {np.__version__} {pl.__version__}"
