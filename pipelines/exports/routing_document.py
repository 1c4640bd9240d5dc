"""The neutral routing document, `routing.json`: everything that a gateway's file is written from.

Its JSON Schema is published as `docs/routing.schema.json`; run this module to print it.
"""

import json
from datetime import date, datetime
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from pipelines.exports.openrouter_contracts import MOST_MODELS, ProviderPreferences
from pipelines.words import routing
from pipelines.words.language import english

DataClass = Literal["public", "internal", "pii", "secrets"]

Usd = Field(description="USD")
UsdPerMillion = Field(description="USD per million tokens")
Fraction = Field(description="Predicted, from 0 to 1; null is unknown")


class Part(BaseModel):
    """A part of the document."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Hop(Part):
    """A model that a request of the workload may reach, with what is known of it."""

    role: Literal["primary", "fallback", "escalation"]
    model_id: str = Field(description="Identifier to send to OpenRouter")
    model_permaslug: str = Field(description="The model's name in OpenRouter's rankings")
    author: str = Field(description="First part of the slug")
    vendor: str = Field(description="Company that develops the model")
    bloc: str = Field(description="Where that company has its headquarters")
    author_policy: Literal["allowed", "refused", "unknown"] = Field(
        description="What the compliance matrix says of the author and data of this class"
    )
    is_listed: bool = Field(description="Whether the newest catalogue still lists the model")
    retires_on: date | None = Field(description="Announced day of retirement; null is none")
    context_length: int = Field(description="Tokens of prompt and completion together")
    served_context_length: int | None = Field(
        description="What OpenRouter's first choice of provider accepts; null is unknown"
    )
    accepts_image: bool | None = Field(description="Null where the catalogue does not say")
    supports_tools: bool | None = Field(description="Null where the catalogue does not say")
    prompt_price: float | None = UsdPerMillion
    completion_price: float | None = UsdPerMillion
    cost_per_task_usd: float = Usd
    cost_per_million_usd: float = UsdPerMillion
    evidence: str | None = Field(
        None,
        description="Kind of evidence of its quality; what is inferred is from third-party scores "
        "at run time, and has no numbers",
    )
    success: float | None = Fraction
    success_low: float | None = Fraction
    capability_low: float | None = Field(description="Place on the capabilities index, lower bound")
    is_degraded: bool = Field(description="A fallback that misses the floor alone")
    is_promotion: bool = Field(description="Whether its list price has just fallen by half or more")
    compared_cost_usd: float = Field(description="USD a task at which it is compared")
    weeks_adopted: int = Field(description="Weeks of the last four among the 50 most used models")
    weeks_known: int = Field(description="Weeks of the last four that are known")
    latency_p99_seconds: float | None = Field(description="Null is unknown")
    why: str = Field(description="Code of the reason for the model")

    @property
    def longest_input(self) -> int:
        """The longest prompt, in tokens, that the first choice of provider accepts."""
        return min(self.context_length, self.served_context_length or self.context_length)


class Reserve(Part):
    """Column B: the candidate to turn to where quality matters more than volume."""

    model_id: str
    cost_per_task_usd: float = Usd
    cost_per_million_usd: float = UsdPerMillion
    success_low: float | None = Fraction


class LocalHop(Part):
    """A model on one's own machine: the last fallback, which no ranking shows; not evaluated."""

    provider: str = Field(description="The server's name in OpenClaw")
    model: str
    url: str = Field(description="OpenAI-compatible")
    context_tokens: int
    supports_tools: bool
    accepts_image: bool
    data_class: DataClass = Field(description="Strictest class of data that it may see")
    licence: str


class Route(Part):
    """What carries a workload. A fallback replaces the primary when it is down.

    The escalation repeats what the primary failed at; it is no fallback unless it is listed as one.
    A route without hops says why it is empty, a blocked one why it must not be used.
    """

    workload: str
    stratum: str = Field(description="The workload, for readers of version 1")
    description: str
    data_class: DataClass
    is_sandbox: bool = Field(description="The only place for free and stealth models")
    is_unattended: bool = Field(default=False, description="Whether it runs while nobody watches")
    needs_image: bool
    needs_tools: bool
    needs_structured_output: bool
    longest_prompt_tokens: int
    hops: tuple[Hop, ...] = Field(description="The primary, then its fallbacks in their order")
    local: LocalHop | None = Field(
        default=None, description="Last fallback, outside OpenRouter; not evaluated"
    )
    local_left_out: str | None = Field(
        default=None, description="Code of why the workload's local model does not suffice"
    )
    escalation: Hop | None
    reserve: Reserve | None
    provider: ProviderPreferences | None = Field(description="Preferences for OpenRouter's routing")
    decision: Literal["cheapest", "kept", "blocked", "empty"]
    blocked_because: str | None = Field(description="Code of why it must not be used")
    empty_because: str | None = Field(description="Code of what keeps the workload empty")
    last_rule: str | None = Field(description="Last rule, in their order, that kept a model out")
    best_achievable: float | None = Field(description="Best quality of any choice, lower bound")
    best_model_id: str | None = Field(description="Primary that would be chosen without hysteresis")
    quality_floor: float | None = Field(description="What the route must reach; null is none")
    route_cost_usd: float | None = Field(description="USD a task, the escalation included")
    route_success_low: float | None = Fraction
    prices_as_of: datetime | None = Field(description="UTC")
    prices_of_week: bool | None = Field(description="Else they are those of the next known week")

    @property
    def is_open(self) -> bool:
        """Whether gateways may use it."""
        return self.decision in ("cheapest", "kept")

    @property
    def reachable(self) -> tuple[Hop, ...]:
        """Every model that a request may reach, on whatever way."""
        return (*self.hops, self.escalation) if self.escalation else self.hops

    @property
    def chain(self) -> list[str]:
        """The ids of primary and fallbacks, in their order."""
        return [hop.model_id for hop in self.hops]

    @property
    def closed_because(self) -> str:
        """Why gateways must not use it, in words; empty if they may."""
        if self.empty_because:
            return routing.empty(english(), {**self.model_dump(), "why": self.empty_because})
        return routing.blocked_because(english(), self.blocked_because)


class Target(NamedTuple):
    """What a client can choose by name: a workload, or the escalation of one."""

    name: str
    route: Route
    chain: list[str]

    @property
    def server_chain(self) -> list[str]:
        """As much of the chain as OpenRouter accepts in one request."""
        return self.chain[:MOST_MODELS]


class RoutingDocument(Part):
    """The routes of the newest complete week, with what they were made from.

    The words of its codes (`why`, `blocked_because`, `empty_because`) are in the catalogues.
    """

    schema_version: Literal[2] = 2
    week: date = Field(description="Monday")
    week_is_complete: bool
    as_of: datetime = Field(description="UTC; of the rankings")
    as_of_is_exact: bool = Field(description="Else the rankings are at most as new as that")
    catalogue_as_of: datetime | None = Field(
        description="UTC; the newest catalogue, which hops must be in; null is none"
    )
    retirement_days: int = Field(description="A model that retires sooner is handed to nobody")
    run_id: str = Field(description="Hash of the inputs, the hand-kept tables and the code")
    citation: str = Field(description="The line that must travel with the numbers")
    routes: tuple[Route, ...]

    @property
    def heading(self) -> str:
        """One line for a comment on top of a file."""
        return f"Tokenhouse routing table, week {self.week}, run {self.run_id}. {self.citation}"

    @property
    def open_routes(self) -> list[Route]:
        """The routes that gateways may use."""
        return [route for route in self.routes if route.is_open]

    @property
    def latencies(self) -> dict[str, float | None]:
        """The p99 latency (seconds) of each primary, where the catalogue has it."""
        primaries = [route.hops[0] for route in self.open_routes]
        return {hop.model_id: hop.latency_p99_seconds for hop in primaries}

    @property
    def targets(self) -> list[Target]:
        """Every open workload with its chain, and each escalation alone.

        An escalation has no fallback: it is better than all of them.
        """
        return [
            target
            for route in self.open_routes
            for target in [
                Target(route.workload, route, route.chain),
                *(
                    [Target(escalation_name(route), route, [route.escalation.model_id])]
                    if route.escalation
                    else []
                ),
            ]
        ]

    @property
    def left_out(self) -> list[str]:
        """A line for each route, and each local model, that gateways must not use."""
        return [
            routing.left_out(english(), route.workload, route.closed_because)
            for route in self.routes
            if not route.is_open
        ] + [
            routing.local_left_out(english(), route.workload, route.local_left_out)
            for route in self.open_routes
            if route.local_left_out
        ]


def escalation_name(route: Route) -> str:
    """Return the name under which clients reach a route's escalation."""
    return f"{route.workload}-escalation"


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return the document itself as a file."""
    return {"routing.json": f"{document.model_dump_json(indent=2)}\n".encode()}


def schema() -> str:
    """Return the JSON Schema (2020-12) of `routing.json`."""
    return json.dumps(RoutingDocument.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema(), end="")  # noqa: T201
