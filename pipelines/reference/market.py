"""Rows of the hand-kept tables about the market: vendors, series, prices, token mixes."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from pipelines.arrow import Day
from pipelines.reference.origins import CODES
from pipelines.reference.types import Fraction, Judgement, Period, Required, Text, Week


def _country(code: str | None) -> str | None:
    if code is not None and code not in CODES:
        raise ValueError(f"{code!r} is not a country code of ISO 3166-1 alpha-2")
    return code


Country = Annotated[
    str | None, AfterValidator(_country), BeforeValidator(lambda value: value or None)
]


class Vendor(Period):
    """An author slug and the country of its developer's headquarters, never of a host."""

    author: Required
    vendor: Required
    organisation: Required
    country_iso2: Country
    headquarters: Text
    author_type: Required
    confidence: Literal["high", "medium", "low", "none"]
    notes: Text


class WeeklyTotal(BaseModel, extra="forbid", defer_build=True):
    """The platform's total of a week for which the lake may have no rows."""

    week: Week
    total_tokens: PositiveInt
    missing_days: Text


class KnownHole(BaseModel, extra="forbid", defer_build=True):
    """A day that the source once reported and no longer reports."""

    date: Day
    effect: Required
    source: Required
    recorded_on: Day


FAMILY_NAME = r"[\w.:*-]+"
"""The name of a family after its author; in a pattern * stands for anything."""

Pattern = Annotated[str, Field(pattern=rf"^{FAMILY_NAME}( {FAMILY_NAME})*$")]
"""One or several names with *, of which one must fit, separated by a space."""


class Series(Period):
    """A rule by which families of an author belong to a series, such as Claude Opus.

    Families that fit a rule of the series `none` belong to no series.
    """

    series: Required
    author: Required
    pattern: Pattern
    but_not: Annotated[Pattern | None, BeforeValidator(lambda value: value or None)] = None

    @model_validator(mode="before")
    @classmethod
    def _of_one_family(cls, entry: Any) -> Any:
        """Read a row of version 0.1.0, which names one family, as the rule that only it fits."""
        if not isinstance(entry, dict) or "family" not in entry or "pattern" in entry:
            return entry
        author, _, name = f"{entry['family']}".partition("/")
        others = {key: value for key, value in entry.items() if key != "family"}
        return {**others, "author": author, "pattern": name}


class Lineage(Judgement):
    """A model that succeeds another, under another name."""

    model_permaslug: Required
    successor_permaslug: Required
    kind: Literal["renamed", "successor", "revealed"]
    valid_from: date


class ObservedMix(Judgement):
    """A large model's traffic in a week, from public figures."""

    week_end: date
    model_permaslug: Required
    prompt_share: Fraction
    cached_share: Fraction
    prompt_tokens_per_request: PositiveInt


class ModelClass(Judgement):
    """The kind of work that a model mostly does."""

    base_permaslug: Required
    workload_class: Required


class ClassPrior(Judgement):
    """A class of work: P10, P50 and P90 of its prompt share and cached share on `fitted_on`.

    Without that day the row's own `recorded_on` counts, as in files of version 0.1.0.
    """

    workload_class: Required
    prompt_share_low: Fraction
    prompt_share_mid: Fraction
    prompt_share_high: Fraction
    cached_share_low: Fraction
    cached_share_mid: Fraction
    cached_share_high: Fraction
    examples: Required
    fitted_on: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "ClassPrior":
        prompt = [self.prompt_share_low, self.prompt_share_mid, self.prompt_share_high]
        cached = [self.cached_share_low, self.cached_share_mid, self.cached_share_high]
        if prompt != sorted(prompt) or cached != sorted(cached):
            raise ValueError("low, mid and high must not fall")
        return self


class Parameter(Judgement):
    """A parameter of an estimate."""

    parameter: Required
    value: float
    meaning: Required


class CacheWrite(Judgement):
    """The price of a cache write over the prompt price, for slugs with this prefix."""

    slug_prefix: Required
    multiplier: Annotated[float, Field(ge=1)]


class Billed(Judgement):
    """What was really paid for a model's tokens in a week, one's own or published."""

    week: Week
    model_permaslug: Required
    tokens: PositiveInt
    billed_usd: NonNegativeFloat


class Calibration(Judgement):
    """A factor that a person accepted for a vendor's estimated revenue: billed over estimated."""

    vendor: Required
    k: PositiveFloat


class Category(Period):
    """A category in a version of a taxonomy by which a source classifies requests."""

    taxonomy: Required
    version: Required
    category: Required
    valid_from: date


class PriceTier(Period):
    """A price tier and its lowest price."""

    tier: Literal["premium", "mid", "volume"]
    lowest_price_usd: NonNegativeFloat


class WeekdayFactor(Judgement):
    """How a weekday compares with the mean day of a week; 0 is Monday."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    factor: PositiveFloat
