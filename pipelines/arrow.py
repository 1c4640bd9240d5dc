"""Arrow column types derived from a row's contract, so that each is declared once."""

import types
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel

Day = date
"""For rows with a column named `date`."""

INSTANT = pa.timestamp("us", tz="UTC")

TYPES: dict[Any, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    datetime: INSTANT,
    date: pa.date32(),
}


@cache
def arrow_schema(row: type[BaseModel]) -> pa.Schema:
    """Return the Arrow schema of a row class: one column per field, in order.

    It is cached: a first build asks for that of each of 55,000 files.
    """
    return pa.schema(
        [(name, _arrow_type(field.annotation)) for name, field in row.model_fields.items()]
    )


def _arrow_type(annotation: Any) -> pa.DataType:
    """Return the type of `T`, `T | None`, `list[T]` or a `Literal` of strings, annotated or not."""
    if get_origin(annotation) is Annotated:
        return _arrow_type(get_args(annotation)[0])
    options = [annotation]
    if get_origin(annotation) in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option is not type(None)]
    (kind,) = options
    if get_origin(kind) is Annotated:
        return _arrow_type(kind)
    if get_origin(kind) is list:
        return pa.list_(_arrow_type(get_args(kind)[0]))
    return TYPES.get(kind, pa.string())
