"""What the asset pages show next to the text."""

import dagster as dg
import polars as pl
import pyarrow as pa

LAYERS = {
    "lake": "team:platform",
    "reference": "team:analytics",
    "staging": "team:analytics",
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
