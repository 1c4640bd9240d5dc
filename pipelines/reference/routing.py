"""Rows of the hand-kept tables for routing: workloads, evidence of quality, permissions."""

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from pipelines.reference.types import Fraction, Judgement, OptionalDay, OptionalNumber, Required

DataClass = Literal["public", "internal", "pii", "secrets"]


def _joined(names: object) -> object:
    """Return a list of names as one string, which needs no list type in SQL."""
    return "|".join(map(str, names)) if isinstance(names, list) else names


class Local(BaseModel, extra="forbid", defer_build=True):
    """A model on one's own machine: where it answers, what it can do, and what it may see.

    `provider` is the name by which OpenClaw knows the server, `data_class` the strictest class of
    data that it may see.
    """

    provider: str = Field(pattern="^[a-z][a-z0-9-]*$")
    model: str = Field(pattern=r"^[\w.:/-]+$")
    url: str = Field(pattern=r"^https?://[\w.:\[\]-]+(/[\w./-]*)?$")
    context_tokens: PositiveInt
    supports_tools: bool
    accepts_image: bool
    data_class: DataClass
    licence: Required


def _as_text(local: object) -> object:
    """Return a local model as JSON, which needs no nested type in SQL."""
    return Local.model_validate(local).model_dump_json() if isinstance(local, dict) else local


class Workload(BaseModel, extra="forbid", defer_build=True):
    """A workload: the shape of its tasks, the features it needs, and its floor of quality.

    With `tokens_per_task: own_usage` the shape is that of own tasks, where there are some.
    """

    workload: str = Field(pattern="^[a-z][a-z0-9_]*$")
    description: str
    round_trips: Annotated[int, Field(ge=1, le=1000)]
    context_start_tokens: PositiveInt
    context_end_tokens: PositiveInt
    output_tokens: PositiveInt
    tasks_per_day: PositiveInt
    tokens_per_task: Literal["written", "own_usage"] = "written"
    needs_image: bool
    needs_tools: bool
    needs_structured_output: bool
    data_class: DataClass
    benchmarks: Annotated[str, BeforeValidator(_joined)]
    escalation: Literal["none", "caller"] = "none"
    quality_floor: Fraction | None = None
    quality_floor_of_reserve: Fraction | None = None
    index_floor: PositiveFloat | None = None
    latency_p99_seconds: PositiveFloat | None = None
    uptime_floor: Fraction | None = None
    is_sandbox: bool = False
    unattended: bool = False
    local: Annotated[str | None, BeforeValidator(_as_text)] = None

    @model_validator(mode="after")
    def _context_grows(self) -> "Workload":
        if self.context_end_tokens < self.context_start_tokens:
            raise ValueError("context_end_tokens must not be below context_start_tokens")
        if self.round_trips == 1 and self.context_end_tokens != self.context_start_tokens:
            raise ValueError("one round trip has one context: start and end must be equal")
        return self

    @model_validator(mode="after")
    def _floor_can_be_measured(self) -> "Workload":
        floors = (self.quality_floor, self.quality_floor_of_reserve)
        if floors.count(None) != (1 if self.benchmarks else 2):
            raise ValueError(
                "write one of quality_floor and quality_floor_of_reserve with benchmarks, "
                "and neither without"
            )
        if self.escalation == "caller" and not self.benchmarks:
            raise ValueError("an escalation needs benchmarks, which predict how often it is used")
        if not self.benchmarks and self.index_floor is None and not self.is_sandbox:
            raise ValueError("write a quality_floor with benchmarks, or an index_floor")
        if self.is_sandbox and self.data_class != "public":
            raise ValueError("a sandbox admits free and stealth models: its data must be public")
        return self


class QualityIndex(Judgement):
    """A model's value on the capabilities index, with the ends of its 90% interval."""

    evaluated_model: Required
    index: PositiveFloat
    index_low: OptionalNumber
    index_high: OptionalNumber
    released_on: date


class Benchmark(Judgement):
    """A benchmark on the scale of the index: where half is solved, and the slope there."""

    benchmark: Required
    difficulty: PositiveFloat
    slope: PositiveFloat
    released_on: OptionalDay


def _with_underscores(text: object) -> object:
    """Return a code as it is written today; version 0.1.0 wrote `other effort`."""
    return text.replace(" ", "_") if isinstance(text, str) else text


class QualityMap(Judgement):
    """A model on offer and the evaluated model with the same product name.

    `match` is other_effort where it was evaluated at more reasoning effort than its default.
    """

    model_id: Required
    evaluated_model: Required
    match: Annotated[Literal["exact", "other_effort"], BeforeValidator(_with_underscores)]


class BenchmarkRun(Judgement):
    """A score that Epoch itself measured, corrected for chance; `version` says on what.

    Only an exact one is a run of the product that its default settings offer.
    """

    evaluated_model: Required
    benchmark: Required
    score: Fraction
    version: Required
    match: Literal["exact", "other_effort", "other_version"]


class BenchmarkMismatch(Judgement):
    """A model that carries the third-party score of another product, which is not used."""

    permaslug: Required
    display_name: str
    why: Required


class OwnEvaluation(Judgement):
    """A model's result on one's own tasks: written by hand, or imported from an evaluation's log.

    `passed` is the sum over tasks of the share of passed trials. An evaluation counts from
    `recorded_on`. A log is named by its test, its tool and the SHA-256 of its file; rows by hand
    have none of these.
    """

    workload: Required
    model_id: Required
    tasks: PositiveInt
    passed: Annotated[float, Field(ge=0)]
    test: str = ""
    tool: str = ""
    tool_version: str = ""
    file_sha256: str = ""

    @model_validator(mode="after")
    def _no_more_passed_than_tried(self) -> "OwnEvaluation":
        if self.passed > self.tasks:
            raise ValueError("passed must not exceed tasks")
        return self


class Compliance(Judgement):
    """Whether data of a class may go to an author's models, or to a provider that serves them.

    `*` covers everyone without a row of their own. Whatever no row allows is refused.
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
            raise ValueError(f"{self.data_class} data cannot be allowed for everyone")
        return self


class DeployPolicy(Judgement):
    """A rule on what may serve a workload, whatever it costs; `*` is every workload.

    A kind with an `allow` row admits only what is allowed. What is banned never serves.
    """

    workload: Required
    kind: Literal["origin", "vendor", "model", "region"]
    name: Required
    rule: Literal["allow", "ban"]
