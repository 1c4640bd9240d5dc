"""The parts of OpenRouter's request bodies that we write, with every enum closed.

OpenRouter's own client accepts any value for an enum and the server may ignore it, so a misspelt
`data_collection` would send prompts to providers that must not see them. These contracts refuse it.
Source: OpenRouter's OpenAPI file (provider routing, presets, guardrails), read in November 2026.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_MODELS = 3
"""OpenRouter rejects a longer `models` with status 400."""

Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


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


class Message(Body):
    """A message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


class Preset(Body):
    """The body of `POST /presets/{slug}/chat/completions`; messages are required and ignored."""

    model: str = Field(min_length=1)
    models: Names = Field(max_length=MOST_MODELS)
    provider: ProviderPreferences | None = None
    messages: tuple[Message, ...] = Field(min_length=1)


class Guardrail(Body):
    """The body of `POST /guardrails`; OpenRouter enforces it for the keys assigned to it.

    Here too a value can only be stricter than what OpenRouter does without it.
    """

    name: str = Field(min_length=1)
    description: str
    allowed_models: Names
    allowed_providers: Names | None = None
    ignored_providers: Names | None = None
    allowed_data_regions: tuple[Literal["global", "europe", "us"], ...] | None = None
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
