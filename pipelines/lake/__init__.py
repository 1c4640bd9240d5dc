"""The lake: raw responses, Parquet vintages made from them, and what the lake covers."""
