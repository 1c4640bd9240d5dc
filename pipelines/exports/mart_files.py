"""Every mart as a Parquet file, with source, licence and as-of in its footer, and as CSV.

Own usage stays at home: a mart of it has no file, and the rows of it in others are left out.
"""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipelines.home.database import connected
from pipelines.lake.vintages import parquet_bytes
from pipelines.models.definition import Model

if TYPE_CHECKING:
    import pyarrow as pa

INSTANT = "%Y-%m-%dT%H:%M:%SZ"
"""How an instant is written in CSV: all of them are UTC."""

CSV_ROWS = 20_000
"""Rows that are turned into CSV at once."""


def is_exported(model: Model) -> bool:
    """Return whether a model is a mart that may leave the home."""
    return model.schema == "marts" and model.front.private is not True


def public(model: Model) -> str:
    """Return the condition of the rows of an exported mart that may leave the home."""
    return f"NOT ({model.front.private or 'FALSE'})"


def render(models: tuple[Model, ...], database: Path) -> dict[str, bytes]:
    """Return each mart as `marts/<table>.parquet` and `.csv` in the order of its key.

    In CSV an unknown value is nothing, and an empty text is `""`.
    """
    written = {}
    with connected(database) as connection:
        ((as_of, is_exact),) = connection.execute(
            "SELECT as_of, as_of_is_exact FROM meta.build"
        ).fetchall()
        for model in models:
            if is_exported(model):
                rows = connection.sql(f"FROM {model.name} WHERE {public(model)}").to_arrow_table()
                # DuckDB would keep the memory of an ORDER BY until the connection is closed.
                rows = rows.sort_by([(column, "ascending") for column in model.front.unique])
                name = f"marts/{model.path.stem}"
                written[f"{name}.parquet"] = parquet_bytes(rows, as_of, is_exact)
                written[f"{name}.csv"] = _csv(rows)
                del rows  # before the next mart is read
    return written


def _csv(rows: "pa.Table") -> bytes:
    """Return a table as CSV, made as bytes: tens of MB are not decoded and encoded again.

    Not all rows at once: polars holds all the text of what it writes.
    """
    content = BytesIO()
    for batch in rows.to_batches(max_chunksize=CSV_ROWS) or [rows]:
        is_first = content.tell() == 0
        pl.DataFrame(batch).write_csv(content, include_header=is_first, datetime_format=INSTANT)
    return content.getvalue()
