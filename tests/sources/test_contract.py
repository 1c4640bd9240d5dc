import json
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from pipelines.sources.answer import Answer, Request
from pipelines.sources.contract import LARGEST_PRICE, Price
from pipelines.sources.tables import TABLES

PRICE: TypeAdapter[str | None] = TypeAdapter(Price)


@given(st.decimals(-LARGEST_PRICE + 1, LARGEST_PRICE - 1, allow_nan=False, allow_infinity=False))
def test_every_accepted_price_can_be_cast_by_the_models(price: Decimal) -> None:
    kept = PRICE.validate_python(f"{price}")
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT cast(? AS DECIMAL(24, 15))", params=[kept])
        ((cast,),) = relation.fetchall()
    assert abs(cast - price) <= Decimal("1e-15")


@pytest.mark.parametrize(
    "price", ["NaN", "Infinity", "-Infinity", "1000000000000", "", "free", "$1", 0.1, None, ["1"]]
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
    answer = Answer(Request("models", "models"), 200, {}, datetime.now(UTC), body)
    rows = TABLES["models"].read(answer).rows.to_pylist()
    assert [row["model_id"] for row in rows] == ["a/b", "a/c"]
    assert rows[0]["prompt_price"] == "0.1"
