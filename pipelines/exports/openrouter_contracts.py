"""OpenRouter's request bodies with every enum closed.

OpenRouter's own client takes any value for an enum and the server may ignore it, so a misspelt
`data_collection` would send prompts where they must not go. These contracts refuse it.
Source: OpenRouter's OpenAPI file (provider routing, presets, guardrails), read in November 2026.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_MODELS = 3
"""OpenRouter answers 400 to a longer `models`."""

Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
DecimalText = Annotated[str, Field(pattern=r"^\d+(\.\d+)?$")]
Price = Literal["prompt", "completion", "image", "audio", "request"]
Quantization = Literal["int4", "int8", "fp4", "fp6", "fp8", "fp16", "bf16", "fp32", "unknown"]


class Body(BaseModel):
    """A part of a request body: nothing unknown in it, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def body(self) -> dict[str, Any]:
        """Return what goes over the wire: without what is not set."""
        return self.model_dump(mode="json", exclude_none=True)


class ProviderPreferences(Body):
    """Which providers OpenRouter may ask for a request; what is absent is OpenRouter's default."""

    data_collection: Literal["allow", "deny"] | None = None
    zdr: bool | None = None
    require_parameters: bool | None = None
    allow_fallbacks: bool | None = None
    order: Names | None = None
    only: Names | None = None
    ignore: Names | None = None
    quantizations: tuple[Quantization, ...] | None = None
    sort: Literal["price", "throughput", "latency"] | None = None
    max_price: dict[Price, DecimalText] | None = None


class Message(Body):
    """A message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


class Preset(Body):
    """What is posted to `/presets/{slug}/chat/completions`; messages are asked for and ignored."""

    model: str = Field(min_length=1)
    models: Names = Field(max_length=MOST_MODELS)
    provider: ProviderPreferences
    messages: tuple[Message, ...] = Field(min_length=1)


class Guardrail(Body):
    """What is posted to `/guardrails`; OpenRouter then enforces it for the keys assigned to it."""

    name: str = Field(min_length=1)
    description: str
    allowed_models: Names
    allowed_providers: Names | None = None
    ignored_providers: Names | None = None
    allowed_data_regions: tuple[Literal["global", "europe", "us"], ...] | None = None
    enable_free_model_publication: bool
    enable_free_model_training: bool
    enable_paid_model_training: bool
    enforce_zdr_anthropic: bool
    enforce_zdr_google: bool
    enforce_zdr_openai: bool
    enforce_zdr_xai: bool
    enforce_zdr_other: bool
    limit_usd: Annotated[float, Field(gt=0)] | None = None
    reset_interval: Literal["daily", "weekly", "monthly"] | None = None
