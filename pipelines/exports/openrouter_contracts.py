"""The parts of OpenRouter's request bodies that we write, with every enum closed.

OpenRouter's own client accepts any value for an enum and the server may ignore it, so a misspelt
`data_collection` would send prompts to providers that must not see them. These contracts refuse it.
Source: OpenRouter's OpenAPI file (provider routing, presets, guardrails), read in November 2026.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_MODELS = 3
"""OpenRouter rejects a longer `models` with status 400."""

Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]

# fmt: off
Quantization = Literal[
    "int4", "int8", "fp4", "fp6", "fp8", "fp16", "bf16", "fp32",
    "mxfp4", "mxfp8", "nvfp4", "unknown",
]
# fmt: on


class Body(BaseModel):
    """A part of a request body: no unknown fields, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def body(self) -> dict[str, Any]:
        """Return the JSON object to send, without the fields that are not set."""
        return self.model_dump(mode="json", exclude_none=True)


class ProviderPreferences(Body):
    """Which providers OpenRouter may use for a request; an absent field keeps OpenRouter's default.

    A value can only be stricter than that default, because clients merge preferences key by key: a
    permissive value would override a stricter one of the user's own. `require_parameters` is left
    out on purpose. With it, a client that sends one parameter a model does not list gets 404.
    """

    data_collection: Literal["deny"] | None = None
    zdr: Literal[True] | None = None
    only: Names | None = None
    ignore: Names | None = None


class PresetPreferences(ProviderPreferences):
    """All preferences that a preset may have; the ones added here are a person's own choice."""

    quantizations: Annotated[tuple[Quantization, ...], Field(min_length=1)] | None = None
    enforce_distillable_text: Literal[True] | None = None
    preferred_max_latency: Annotated[float, Field(gt=0)] | None = None
    preferred_min_throughput: Annotated[float, Field(gt=0)] | None = None


class Message(Body):
    """A message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


class Preset(Body):
    """The body of `POST /presets/{slug}/chat/completions`; messages are required and ignored."""

    model: str = Field(min_length=1)
    models: Names = Field(max_length=MOST_MODELS)
    provider: PresetPreferences | None = None
    messages: tuple[Message, ...] = Field(min_length=1)


class Guardrail(Body):
    """The body of `POST /guardrails`; OpenRouter enforces it for the keys assigned to it.

    Here too a value can only be stricter than what OpenRouter does without it. The API also knows
    `allowed_data_regions`, which is left out: it names hosts that accept requests, not providers.
    """

    name: str = Field(min_length=1)
    description: str
    allowed_models: Names
    allowed_providers: Names | None = None
    ignored_providers: Names | None = None
    allow_safety_retention_google: Literal[False] | None = None
    allow_safety_retention_other: Literal[False] | None = None
    enable_free_model_publication: Literal[False]
    enable_free_model_training: Literal[False] | None = None
    enable_paid_model_training: Literal[False] | None = None
    enforce_zdr_anthropic: Literal[True] | None = None
    enforce_zdr_google: Literal[True] | None = None
    enforce_zdr_openai: Literal[True] | None = None
    enforce_zdr_xai: Literal[True] | None = None
    enforce_zdr_other: Literal[True] | None = None
    limit_usd: Annotated[float, Field(gt=0)] | None = None
    reset_interval: Literal["daily", "weekly", "monthly"] | None = None

    @model_validator(mode="after")
    def _check_budget(self) -> Self:
        """A budget is an amount and an interval; OpenRouter rejects one without the other."""
        if (self.limit_usd is None) != (self.reset_interval is None):
            raise ValueError("limit_usd and reset_interval go together")
        return self
