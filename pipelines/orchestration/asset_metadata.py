"""What the asset pages show next to the text."""

from collections.abc import Callable

import dagster as dg
import polars as pl
import pyarrow as pa

LAYERS = {
    "lake": "team:platform",
    "reference": "team:analytics",
    "usage": "team:analytics",
    "staging": "team:analytics",
    "private": "team:analytics",
    "core": "team:analytics",
    "marts": "team:analytics",
    "exports": "team:platform",
    "report": "team:analytics",
}
"""The groups in the order in which data flows, and their owners."""


Assets = dg.AssetsDefinition | dg.AssetSpec


def in_order(*assets: Assets) -> list[Assets]:
    """Return the assets with owners and numbered groups: Dagster sorts groups by their names."""

    def placed(spec: dg.AssetSpec) -> dg.AssetSpec:
        group = f"{spec.group_name}"
        return spec.replace_attributes(
            group_name=f"{list(LAYERS).index(group) + 1}_{group}", owners=[LAYERS[group]]
        )

    return list(dg.map_asset_specs(placed, assets))


def optional(make: Callable[[], str]) -> dg.MetadataValue[str]:
    """Return Markdown for an asset page, or why it could not be made: a page never ends a run."""
    try:
        return dg.MetadataValue.md(make())
    except Exception as error:  # whatever a drawing library raises
        return dg.MetadataValue.text(f"could not be drawn: {type(error).__name__}: {error}"[:300])


def preview(rows: pa.Table, length: int = 5) -> dg.MetadataValue[str]:
    """Return the first rows as a Markdown table."""
    return optional(lambda: _markdown(rows, length))


def _markdown(rows: pa.Table, length: int) -> str:
    frame = pl.DataFrame(rows.slice(0, length))
    with pl.Config(
        tbl_formatting="MARKDOWN",
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_cols=-1,
        tbl_width_chars=10_000,
        fmt_str_lengths=60,
    ):
        return str(frame)
