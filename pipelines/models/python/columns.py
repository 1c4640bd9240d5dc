"""Columns of a table as arrays to compute with."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl


def numbers(
    rows: pl.DataFrame, name: str, kind: type[pl.DataType] = pl.Float64
) -> npt.NDArray[Any]:
    """Return a column of numbers, one per row; unknown is 0."""
    values = rows[name].cast(kind).to_numpy()
    filled: npt.NDArray[Any] = np.where(np.isnan(values), values.dtype.type(0), values)
    return filled
