"""Checking a response against its contract, and the types that several contracts share."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, TypeAdapter
from pydantic import ValidationError as ContractError

from pipelines.errors import first_fault
from pipelines.sources.response import Response

Contract = TypeVar("Contract")

LARGEST_BIGINT = 2**63 - 1

QUOTED = 40
"""Characters of a response that an error repeats."""

Digits = Annotated[str, Field(pattern="^[0-9]{1,25}$")]
"""A token count: a decimal string, so that no float can have touched it."""


LARGEST_PRICE = 10**9
"""USD per token: beyond any price, and within the DECIMAL(24, 15) that the models cast to."""

SMALLEST_PRICE = Decimal("1e-15")
"""The last digit of that type: anything smaller but zero would become zero, which is free."""

DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{0,40})?([eE][-+]?[0-9]{1,3})?")
"""A number in ASCII digits, without spaces or separators."""

MOST_DECIMALS = 40
"""Digits of a price after the point: 1e-999999999 would fill the memory."""


def _known_price(value: object) -> str | None:
    """Return a decimal string as printed; anything else is an unknown price."""
    if not (isinstance(value, str) and DECIMAL.fullmatch(value)):
        return None
    price = Decimal(value)
    if price and not SMALLEST_PRICE <= abs(price) < LARGEST_PRICE:
        return None
    return f"{price:f}" if -int(price.as_tuple().exponent) <= MOST_DECIMALS else None


def _known_date(value: object) -> date | None:
    """Return a date, alone or at the head of an instant; anything else is unknown."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _day(value: object) -> date:
    """Read a day that exists, written YYYY-MM-DD and in no other ISO form."""
    text = f"{value}"[: QUOTED + 1]
    day = date.fromisoformat(text)
    if f"{day}" != value:
        raise ValueError(f"{text!r} is not of the form YYYY-MM-DD")
    return day


IsoDate = Annotated[date, BeforeValidator(_day)]

Price = Annotated[str | None, BeforeValidator(_known_price)]
"""USD per token; unknown is NULL, never zero."""

LooseDate = Annotated[date | None, BeforeValidator(_known_date)]

HeadDate = Annotated[date, BeforeValidator(_known_date)]
"""A day, alone or at the head of an instant."""


def check(response: Response, contract: TypeAdapter[Contract]) -> Contract:
    """Return the body, checked; RefusalError naming the first field that breaks its contract."""
    try:
        return contract.validate_json(response.json)
    except ContractError as error:
        raise response.refuse(first_fault(error, "body")) from None


def check_version(response: Response, version: str) -> None:
    """Refuse a response of another version than the one these contracts describe."""
    if version != "v1":
        raise response.refuse(
            f"the response is of version {version[:QUOTED]!r}, and only v1 is supported",
            "look for a newer tokenhouse",
        )


def tokens(response: Response, digits: str) -> int:
    """Return a token count as an integer that fits BIGINT."""
    count = int(digits)
    if count > LARGEST_BIGINT:
        raise response.refuse(f"token count {digits} does not fit a signed 64-bit integer")
    return count
