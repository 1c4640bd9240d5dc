"""The parts that hand-kept rows share: a source, a date, a period, and types of fields."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    model_validator,
)

from pipelines.weeks import parse_week

Required = Annotated[str, Field(min_length=1)]
Text = Annotated[str | None, BeforeValidator(lambda value: value or None)]
OptionalDay = Annotated[date | None, BeforeValidator(lambda value: value or None)]
Week = Annotated[date, BeforeValidator(parse_week)]
Fraction = Annotated[float, Field(ge=0, le=1)]
OptionalNumber = Annotated[float | None, BeforeValidator(lambda value: value or None)]


class Judgement(BaseModel, extra="forbid", defer_build=True):
    """A row that a person is responsible for: its source and the day it was written."""

    source: Required
    recorded_on: date


FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2100, 1, 1)
"""The ends of a period that is open: before and after every day in the data."""


class Period(Judgement):
    """A judgement that is valid for a time.

    The file names the first and the last day, and an empty one leaves that end open. What is read
    from it is half-open and has no gap: `valid_from <= day < valid_before`.
    """

    valid_from: Annotated[date, BeforeValidator(lambda day: day or FIRST_DAY)]
    valid_before: Annotated[
        date,
        Field(alias="valid_to"),
        AfterValidator(lambda last: last if last == LAST_DAY else last + timedelta(days=1)),
        BeforeValidator(lambda day: day or LAST_DAY),
    ]

    @model_validator(mode="after")
    def _period_is_not_empty(self) -> "Period":
        if self.valid_before <= self.valid_from:
            raise ValueError("valid_to must not be before valid_from")
        return self
