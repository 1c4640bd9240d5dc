import copy
import functools
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from pipelines.errors import RefusalError
from pipelines.lake.vintages import parquet_bytes
from pipelines.sources import plan
from pipelines.sources.contracts.wire import LARGEST_PRICE, MOST_DECIMALS, SMALLEST_PRICE, Price
from pipelines.sources.datasets import DATASETS
from pipelines.sources.response import Request, Response
from tests.support import wire

PRICE: TypeAdapter[str | None] = TypeAdapter(Price)


@given(st.decimals(-LARGEST_PRICE + 1, LARGEST_PRICE - 1, places=MOST_DECIMALS))
def test_every_accepted_price_can_be_cast_by_the_models(price: Decimal) -> None:
    kept = PRICE.validate_python(f"{price}")
    if kept is None:
        assert 0 < abs(price) < SMALLEST_PRICE
        return
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT cast(? AS DECIMAL(24, 15))", params=[kept])
        ((cast,),) = relation.fetchall()
    assert abs(cast - price) <= Decimal("1e-15")


@pytest.mark.parametrize(
    "price",
    [
        *("NaN", "Infinity", "-Infinity", "1000000000000", "1e-999999999", "0e-999999999"),
        *("", "free", "$1", 0.1, None, ["1"]),
        *(" 0.1", "0.1 ", "1_000", "1,5", "٠.١", "+1", "1e-40", "-1e-16", ".5", "0x1"),
    ],
)
def test_what_is_no_price_is_unknown(price: object) -> None:
    assert PRICE.validate_python(price) is None


def test_a_price_keeps_its_digits() -> None:
    assert PRICE.validate_python("0.0000001") == "0.0000001"
    assert PRICE.validate_python("1e-7") == "0.0000001"


@pytest.mark.parametrize(
    "sloppy",
    [
        {"name": None},
        {"pricing": None},
        {"pricing": {"prompt": "NaN", "completion": 1e-6}},
        {"pricing": {"prompt": "-1", "overrides": None}},
        {"architecture": None},
        {"top_provider": None},
        {"expiration_date": "soon"},
        {"created": None, "context_length": None, "supported_parameters": None},
    ],
)
def test_one_sloppy_entry_does_not_stop_the_catalogue(sloppy: dict[str, object]) -> None:
    good = {"id": "a/b", "name": "B", "pricing": {"prompt": "0.1", "completion": "0.1"}}
    body = json.dumps({"data": [good, {**good, "id": "a/c", **sloppy}]}).encode()
    response = Response(Request("models", "models"), 200, {}, datetime.now(UTC), body)
    rows = DATASETS["models"].read(response).rows.to_pylist()
    assert [row["model_id"] for row in rows] == ["a/b", "a/c"]
    assert rows[0]["prompt_price"] == "0.1"


MODEL = {
    "id": "a/b",
    "canonical_slug": "a/b-1",
    "name": "B",
    "created": 1750000000,
    "context_length": 8,
    "architecture": {"modality": "text->text", "input_modalities": ["text"]},
    "pricing": {"prompt": "0.1", "completion": "0.2", "overrides": [{"min_prompt_tokens": 9}]},
    "top_provider": {"max_completion_tokens": 8},
    "supported_parameters": ["tools"],
    "expiration_date": "2026-12-31",
    "hugging_face_id": "",
}
ANSWERS: dict[str, dict[str, Any]] = {
    "models": {"data": [MODEL]},
    "endpoints": {"data": {"id": "a/b", "endpoints": [wire.SYNTHETIC_ENDPOINT]}},
    **{
        table: wire.SYNTHETIC[one.path]
        for table in DATASETS
        for one in plan.requests(table, date(2026, 6, 15), date(2026, 6, 15), [])[:1]
        if one.path in wire.SYNTHETIC
    },
}
"""One filled response of every source but the rankings (synthetic)."""


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value inside a JSON value."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield (*path, key)
        yield from _places(value[key], (*path, key))


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["2026-13-45", "0001-01-01", "1e400", "1e-999999999", "9" * 40, "9" * 5000]),
    st.sampled_from([10**4000, [], {}, [None], [{}]]),
)


@pytest.mark.parametrize("table", ANSWERS)
@given(data=st.data())
def test_any_value_anywhere_is_read_or_refused(table: str, data: st.DataObject) -> None:
    body: Any = copy.deepcopy(ANSWERS[table])
    *way, last = data.draw(st.sampled_from(list(_places(body))))
    inside: Any = functools.reduce(lambda value, key: value[key], way, body)
    inside[last] = data.draw(ODD)
    request = plan.requests(table, date(2026, 6, 15), date(2026, 6, 15), ["openai/gpt-4o"])[0]
    response = Response(request, 200, {}, datetime.now(UTC), json.dumps(body).encode())
    try:
        parquet_bytes(DATASETS[table].read(response).rows, response.fetched_at)
    except RefusalError as refusal:
        assert len(f"{refusal}") < 500
