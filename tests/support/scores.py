"""A home whose catalogue carries third-party scores with a known truth."""

import math
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.lake import scores
from pipelines.lake.vintages import Vintage, list_vintages, parquet_bytes

LAST = "DATE '2026-07-13'"
INTERCEPT, SLOPE, NOISE = 131.2, 0.46, 1.0
FLASH = "deepseek/deepseek-v4-flash"
INFERRED = {FLASH: 41.123457, "stepfun/step-3.7-flash": 34.567891, "xiaomi/mimo-v2.5": 38.987653}
"""Models without an index row, and the scores planted for them: no other number is like these."""

BAD: dict[str, float | None] = {
    "qwen/qwen3.7-plus": None,
    "xiaomi/mimo-v2.5-pro": 0.0,
    "tencent/hy3-preview": 41.0,
}
"""Models whose score cannot be used: a text, a zero, and another product's."""


def plant(database: Path, lake: Path, folder: Path) -> None:
    """Make a home of a lake, with scores in the newest catalogue.

    A model on the index of a published `database` has the score that the true line gives it, with a
    little noise.
    """
    shutil.copytree(lake, folder / "lake")
    newest = list_vintages(folder / "lake", "models")[-1]
    with closing(reading_private(database)) as connection:
        known = connection.sql(
            "SELECT model_id, max(capability) FROM core.index_capability "
            f"WHERE week = {LAST} GROUP BY model_id ORDER BY model_id"
        ).fetchall()
        slugs = dict(
            connection.sql("SELECT model_id, canonical_slug FROM marts.catalogue()").fetchall()
        )
    given = {
        model: (capability - INTERCEPT + NOISE * math.sin(place)) / SLOPE
        for place, (model, capability) in enumerate(known)
        if capability > INTERCEPT + 2 * NOISE
    }
    write(folder / "lake", newest, {**given, **INFERRED, **BAD}, slugs)


def write(
    lake: Path, catalogue: Vintage, given: Mapping[str, float | None], slugs: Mapping[str, str]
) -> None:
    """Write the scores of a catalogue as an ingest does."""
    rows = [
        {
            "fetched_at": catalogue.as_of,
            "model_id": model,
            "canonical_slug": slugs.get(model),
            "score": score,
        }
        for model, score in given.items()
    ]
    table = pa.Table.from_pylist(rows, schema=scores.SCHEMA)
    path = lake / scores.TABLE / f"{catalogue.as_of:%Y%m%dT%H%M%SZ}.parquet"
    write_atomically(path, parquet_bytes(table, catalogue.as_of), private=True)


def reading_private(database: Path) -> duckdb.DuckDBPyConnection:
    """Open a published database with its private tables, as only the home's user can."""
    connection = duckdb.connect(database, read_only=True)
    connection.sql(f"ATTACH '{paths.private(database)}' AS private (READ_ONLY)")
    return connection
