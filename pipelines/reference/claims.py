"""The contract of a claims file: figures that somebody prints, in a form that can be checked.

`docs/claims.md` explains the format to people; `sql/marts/claims_audit.sql` gives the verdicts.
"""

import re
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from pipelines.reference.market import BLOCS
from pipelines.reference.types import OptionalDay, Required, Text, Week

UNITS: dict[str, tuple[str, float]] = {
    "tokens": ("tokens", 1),
    "K": ("tokens", 1e3),
    "M": ("tokens", 1e6),
    "B": ("tokens", 1e9),
    "T": ("tokens", 1e12),
    "USD": ("money", 1),
    "KUSD": ("money", 1e3),
    "MUSD": ("money", 1e6),
    "BUSD": ("money", 1e9),
    "percent": ("fraction", 0.01),
    "x": ("multiple", 1),
    "weeks": ("weeks", 1),
    "models": ("models", 1),
    "bool": ("truth", 1),
}
"""Each unit's quantity, and its size in the warehouse's own unit."""

MODEL = r"[^/:;\s]+/[^/:;\s]+(?::[a-z][a-z0-9-]*)?"
BLOC = f"origin:(?:{'|'.join(BLOCS)})"
ONE = rf"(?:all|{BLOC}|series:[^:;\s]+|{MODEL}|[^/:;\s]+)"

METRICS: dict[str, tuple[str, str]] = {
    "weekly_tokens": ("tokens", ONE),
    "vendor_tokens": ("tokens", ONE),
    "monthly_tokens": ("tokens", ONE),
    "wow": ("fraction", ONE),
    "vendor_wow": ("fraction", ONE),
    "multiple": ("multiple", ONE),
    "token_share": ("fraction", ONE),
    "rising_streak": ("weeks", ONE),
    "revenue_share": ("fraction", ONE),
    "weekly_revenue": ("money", ONE),
    "monthly_revenue": ("money", ONE),
    "rank_tokens": ("tokens", MODEL),
    "rank_range_low": ("tokens", r"ranks:\d+-\d+"),
    "rank_range_high": ("tokens", r"ranks:\d+-\d+"),
    "members": ("models", rf"{MODEL}(?:;{MODEL})*(?:;ranks:\d+-\d+)?"),
    "lead_streak": ("weeks", r"origin:(?:CN>US|US>CN)"),
    "both_rise": ("truth", rf"{ONE}(?:;{ONE})+"),
    "skus_in_top": ("models", r"(?:series:)?[^/:;\s]+:\d+"),
    "entered_top": ("truth", rf"{MODEL}:\d+"),
    "left_top": ("truth", rf"{MODEL}:\d+"),
    "price_ratio": ("multiple", rf"{MODEL};{MODEL}"),
    "catalogue_models": ("models", r"all|[^/:;\s]+"),
    "task_share": ("fraction", r"[^:;\s]+"),
}
"""Each metric's quantity, and what its subject must look like."""

OPERATORS = ("eq", "about", "lt", "le", "gt", "ge")
MOST_SUBJECTS = 100


def _known(value: str, known: Any, what: str) -> str:
    if value not in known:
        raise ValueError(f"{value!r} is no {what}: write one of {', '.join(known)}")
    return value


class Claim(BaseModel, extra="forbid"):
    """A figure as it was printed, and what it is said of."""

    file: Required
    claim_id: Required
    section: Text
    metric: Required
    subject: Required
    week: Week
    operator: Required
    value: Annotated[str, Field(min_length=1)]
    unit: Required
    rank: Annotated[int | None, Field(ge=1), BeforeValidator(lambda value: value or None)]
    printed_as: Required
    title: Text = None
    publisher: Text = None
    published_on: OptionalDay = Field(None, alias="date")
    url: Text = None
    printed: float = 0.0
    last_digit: float = 0.0
    unit_size: float = 0.0

    @field_validator("metric")
    @classmethod
    def _metric_is_known(cls, metric: str) -> str:
        return _known(metric, METRICS, "metric")

    @field_validator("subject")
    @classmethod
    def _subject_fits(cls, subject: str, info: ValidationInfo) -> str:
        metric = info.data.get("metric")
        if metric and not re.fullmatch(METRICS[metric][1], subject):
            raise ValueError(f"{subject!r} is no subject of {metric}")
        if subject.count(";") >= MOST_SUBJECTS:
            raise ValueError(f"names more than {MOST_SUBJECTS}")
        return subject

    @field_validator("operator")
    @classmethod
    def _operator_is_known(cls, operator: str) -> str:
        return _known(operator, OPERATORS, "operator")

    @field_validator("value")
    @classmethod
    def _value_is_a_number(cls, value: str) -> str:
        try:
            finite = isfinite(float(Decimal(value)))
        except InvalidOperation:
            finite = False
        if not finite:
            raise ValueError(f"{value!r} is not a number")
        return value

    @field_validator("unit")
    @classmethod
    def _unit_fits(cls, unit: str, info: ValidationInfo) -> str:
        _known(unit, UNITS, "unit")
        metric = info.data.get("metric")
        if metric and UNITS[unit][0] != METRICS[metric][0]:
            raise ValueError(f"{unit} is no unit of {metric}, which counts {METRICS[metric][0]}")
        return unit

    @field_validator("rank")
    @classmethod
    def _rank_is_claimed(cls, rank: int | None, info: ValidationInfo) -> int | None:
        if info.data.get("metric") == "rank_tokens" and rank is None:
            raise ValueError("rank_tokens claims a rank: write it")
        return rank

    def model_post_init(self, _: object) -> None:
        """Read the number as it was printed: its last digit says how exact it means to be."""
        number = Decimal(self.value)
        self.printed = float(number)
        self.last_digit = float(Decimal(1).scaleb(int(number.as_tuple().exponent)))
        self.unit_size = UNITS[self.unit][1]
