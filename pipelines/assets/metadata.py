"""What the asset pages show beside the text."""

import dagster as dg
import polars as pl
import pyarrow as pa


def preview(rows: pa.Table, length: int = 5) -> dg.MarkdownMetadataValue:
    """Return the first rows as a Markdown table."""
    frame = pl.DataFrame(rows.slice(0, length))
    with pl.Config(
        tbl_formatting="MARKDOWN",
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_cols=-1,
        tbl_width_chars=10_000,
        fmt_str_lengths=60,
    ):
        return dg.MetadataValue.md(str(frame))
