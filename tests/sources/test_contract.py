from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pipelines.sources.contract import LARGEST_PRICE, Price

PRICE: TypeAdapter[str] = TypeAdapter(Price)


@given(st.decimals(-LARGEST_PRICE + 1, LARGEST_PRICE - 1, allow_nan=False, allow_infinity=False))
def test_every_accepted_price_can_be_cast_by_the_models(price: Decimal) -> None:
    kept = PRICE.validate_python(f"{price}")
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT cast(? AS DECIMAL(24, 15))", params=[kept])
        ((cast,),) = relation.fetchall()
    assert abs(cast - price) <= Decimal("1e-15")


@pytest.mark.parametrize(
    "price", ["NaN", "Infinity", "-Infinity", "1000000000000", "", "free", "$1"]
)
def test_what_is_no_price_is_refused(price: str) -> None:
    with pytest.raises(ValidationError):
        PRICE.validate_python(price)


def test_a_price_keeps_its_digits() -> None:
    assert PRICE.validate_python("0.0000001") == "0.0000001"
    assert PRICE.validate_python("1e-7") == "0.0000001"
