"""Checking an answer against its contract, and the types that several contracts share."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter
from pydantic import ValidationError as ContractError

from pipelines.sources.answer import Answer

Contract = TypeVar("Contract")

LARGEST_BIGINT = 2**63 - 1

Digits = Annotated[str, Field(pattern="^[0-9]{1,25}$")]
"""A token count: a decimal string, so that no float can have touched it."""

IsoDate = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


Slug = Annotated[str, Field(pattern=r"\S")]
"""A name that is not blank."""

LARGEST_PRICE = 10**9
"""USD per token: beyond any price, and within the DECIMAL(24, 15) that the models cast to."""


def _is_price(value: str) -> str:
    try:
        price = Decimal(value)
    except InvalidOperation:
        raise ValueError("must be a decimal string") from None
    if not (price.is_finite() and abs(price) < LARGEST_PRICE):
        raise ValueError("must be a finite price")
    return f"{price:f}"


Price = Annotated[str, AfterValidator(_is_price)]
"""USD per token as printed; absent is unknown, never zero."""

LooseDate = Annotated[date | None, BeforeValidator(lambda value: value and str(value)[:10])]


def check(answer: Answer, contract: TypeAdapter[Contract]) -> Contract:
    """Return the body as its contract says; RefusalError naming the first field that breaks it."""
    try:
        return contract.validate_json(answer.body)
    except ContractError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise answer.refuse(f"field {field}: {reason}") from None


def check_version(answer: Answer, version: str) -> None:
    """Refuse an answer of another version than the one these contracts describe."""
    if version != "v1":
        raise answer.refuse(
            f"the answer is of version {version!r}; only v1 is understood: "
            "look for a newer tokenhouse"
        )


def tokens(answer: Answer, digits: str) -> int:
    """Return a token count as an integer that fits BIGINT."""
    count = int(digits)
    if count > LARGEST_BIGINT:
        raise answer.refuse(f"token count {digits} does not fit a signed 64-bit integer")
    return count
