"""What every hand-kept row has: a source, a date, sometimes a period; and the types they share."""

from datetime import date
from typing import Annotated

from pydantic import (
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


class Judgement(BaseModel, extra="forbid"):
    """A row that a person answers for: where it comes from and when it was written."""

    source: Required
    recorded_on: date


class Period(Judgement):
    """A judgement that holds for a time; an empty day leaves that end open."""

    valid_from: OptionalDay
    valid_to: OptionalDay

    @model_validator(mode="after")
    def _period_is_not_empty(self) -> "Period":
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to must not lie before valid_from")
        return self
