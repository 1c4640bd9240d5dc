"""What a row of each hand-kept table must look like."""

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from pipelines.columns import Day
from pipelines.countries import CODES
from pipelines.weeks import parse_week


def _country(code: str | None) -> str | None:
    if code is not None and code not in CODES:
        raise ValueError(f"{code!r} is not a country code of ISO 3166-1 alpha-2")
    return code


Required = Annotated[str, Field(min_length=1)]
Text = Annotated[str | None, BeforeValidator(lambda value: value or None)]
OptionalDay = Annotated[date | None, BeforeValidator(lambda value: value or None)]
Week = Annotated[date, BeforeValidator(parse_week)]
Country = Annotated[
    str | None, AfterValidator(_country), BeforeValidator(lambda value: value or None)
]
Fraction = Annotated[float, Field(ge=0, le=1)]
OptionalNumber = Annotated[float | None, BeforeValidator(lambda value: value or None)]
DataClass = Literal["public", "internal", "pii", "secrets"]


def _joined(names: object) -> object:
    """Return a list of names as one text, which needs no list type in SQL."""
    return "|".join(map(str, names)) if isinstance(names, list) else names


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


class WeeklyTotal(BaseModel, extra="forbid"):
    """The platform's total of a week for which the lake may hold no rows."""

    week: Week
    total_tokens: PositiveInt
    missing_days: Text


class KnownHole(BaseModel, extra="forbid"):
    """A day that the source once told and tells no longer."""

    date: Day
    effect: Required
    source: Required
    recorded_on: Day


class Stratum(BaseModel, extra="forbid"):
    """A workload: the shape of its tasks, what a model must bring, and how good it must be."""

    stratum: str = Field(pattern="^[a-z][a-z0-9_]*$")
    description: str
    round_trips: Annotated[int, Field(ge=1, le=1000)]
    context_start_tokens: PositiveInt
    context_end_tokens: PositiveInt
    output_tokens: PositiveInt
    tasks_per_day: PositiveInt
    needs_image: bool
    needs_tools: bool
    needs_structured_output: bool
    data_class: DataClass
    benchmarks: Annotated[str, BeforeValidator(_joined)]
    quality_floor: Fraction | None = None
    index_floor: PositiveFloat | None = None
    latency_p99_seconds: PositiveFloat | None = None
    uptime_floor: Fraction | None = None
    is_sandbox: bool = False

    @model_validator(mode="after")
    def _context_grows(self) -> "Stratum":
        if self.context_end_tokens < self.context_start_tokens:
            raise ValueError("context_end_tokens must not be below context_start_tokens")
        if self.round_trips == 1 and self.context_end_tokens != self.context_start_tokens:
            raise ValueError("one round trip has one context: start and end must be equal")
        return self

    @model_validator(mode="after")
    def _floor_can_be_measured(self) -> "Stratum":
        if bool(self.benchmarks) != (self.quality_floor is not None):
            raise ValueError("quality_floor and benchmarks go together")
        if not self.benchmarks and self.index_floor is None and not self.is_sandbox:
            raise ValueError("write a quality_floor with benchmarks, or an index_floor")
        if self.is_sandbox and self.data_class != "public":
            raise ValueError("a sandbox holds free and stealth models: its data must be public")
        return self


class QualityIndex(Judgement):
    """A model's place on the capabilities index, with the ends of its 90 % interval."""

    evaluated_model: Required
    index: PositiveFloat
    index_low: OptionalNumber
    index_high: OptionalNumber
    released_on: date


class Benchmark(Judgement):
    """A benchmark on the scale of the index: where half is solved, and how steeply that rises."""

    benchmark: Required
    difficulty: PositiveFloat
    slope: PositiveFloat
    released_on: OptionalDay


class QualityMap(Judgement):
    """A model on offer and the evaluated model that it is; another variant or effort is not it."""

    model_id: Required
    evaluated_model: Required
    match: Literal["exact", "other effort"]


class OwnEvaluation(Judgement):
    """How a model did at tasks of one's own."""

    stratum: Required
    model_id: Required
    tasks: PositiveInt
    passed: NonNegativeInt

    @model_validator(mode="after")
    def _no_more_passed_than_tried(self) -> "OwnEvaluation":
        if self.passed > self.tasks:
            raise ValueError("passed must not exceed tasks")
        return self


class Compliance(Judgement):
    """Whether data of a class may go to an author's models, or to a provider that serves them.

    `*` is everybody without a row of their own. What nobody has allowed is refused.
    """

    kind: Literal["author", "provider"]
    name: Required
    data_class: DataClass
    is_allowed: bool
    basis: Required
    dpa_status: Literal["none", "signed", "n/a"]
    reviewed_on: date
    reviewer: Required

    @model_validator(mode="after")
    def _agreement_is_signed(self) -> "Compliance":
        if self.is_allowed and self.data_class != "public" and self.dpa_status != "signed":
            raise ValueError(f"{self.data_class} data is allowed only with dpa_status signed")
        if self.is_allowed and self.data_class != "public" and self.name == "*":
            raise ValueError(f"{self.data_class} data cannot be allowed to everybody")
        return self


class DeployPolicy(Judgement):
    """What a workload may be served by, whatever it costs; `*` is every workload.

    A kind with an `allow` row admits only what is allowed;
    what is banned never serves.
    """

    stratum: Required
    kind: Literal["origin", "vendor", "model", "region"]
    name: Required
    rule: Literal["allow", "ban"]


class Series(Period):
    """A family that people count to a series, such as Claude Opus."""

    series: Required
    family: Required


class Lineage(Judgement):
    """A model that took the place of another: the same work under another name."""

    model_permaslug: Required
    successor_permaslug: Required
    kind: Literal["renamed", "successor", "revealed"]
    valid_from: date


class ObservedMix(Judgement):
    """What is publicly known of a large model's traffic in a week."""

    week_end: date
    model_permaslug: Required
    prompt_share: Fraction
    cached_share: Fraction
    prompt_tokens_per_request: PositiveInt


class ModelClass(Judgement):
    """The kind of work that a model is mostly used for."""

    base_permaslug: Required
    workload_class: Required


class ClassPrior(Judgement):
    """What is usual in a class of work: P10, P50 and P90 of prompt share and cached share."""

    workload_class: Required
    prompt_share_low: Fraction
    prompt_share_mid: Fraction
    prompt_share_high: Fraction
    cached_share_low: Fraction
    cached_share_mid: Fraction
    cached_share_high: Fraction
    examples: Required

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
    """What a cache write costs over the prompt price, for slugs that begin so."""

    slug_prefix: Required
    multiplier: Annotated[float, Field(ge=1)]


class Category(Period):
    """A category of a taxonomy's version, by which a source sorts requests."""

    taxonomy: Required
    version: Required
    category: Required
    valid_from: date


class PriceTier(Period):
    """A price tier and where it begins."""

    tier: Literal["premium", "mid", "volume"]
    lowest_price_usd: NonNegativeFloat


class WeekdayFactor(Judgement):
    """How a weekday compares with the mean day of a week; 0 is Monday."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    factor: PositiveFloat
