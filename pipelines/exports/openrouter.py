"""OpenRouter itself: bodies that are posted as they are, so provenance lies in a file beside them.

A preset is a workload's chain with its provider preferences, kept by OpenRouter and used by any
client as model `@preset/<workload>`. A guardrail is a column of the compliance matrix, enforced by
OpenRouter for the API keys assigned to it: one for each data class, since one key serves one class.
"""

import json

from pipelines.exports.contract import Body, Guardrail, Message, Preset
from pipelines.exports.document import Route, RoutingDocument

IGNORED = (Message(role="user", content="preset"),)
"""The endpoint asks for messages and does not keep them."""


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `openrouter/`: presets, guardrails, and where they come from."""
    bodies: dict[str, Body] = {
        f"openrouter/presets/{route.stratum}.json": preset(route) for route in document.open_routes
    }
    for data_class in sorted({route.data_class for route in document.open_routes}):
        bodies[f"openrouter/guardrails/{data_class}.json"] = guardrail(document, data_class)
    provenance = {
        "week": f"{document.week}",
        "run_id": document.run_id,
        "as_of": f"{document.as_of:%Y-%m-%dT%H:%M:%SZ}",
        "citation": document.citation,
        "left_out": document.left_out,
    }
    contents = {name: body.body() for name, body in bodies.items()}
    return {
        name: f"{json.dumps(content, indent=2)}\n".encode()
        for name, content in (contents | {"openrouter/_provenance.json": provenance}).items()
    }


def preset(route: Route) -> Preset:
    """Return the preset of an open route; pydantic's ValidationError if it breaks the contract."""
    return Preset.model_validate(
        {
            "model": route.chain[0],
            "models": route.server_chain,
            "provider": route.provider,
            "messages": IGNORED,
        }
    )


def guardrail(document: RoutingDocument, data_class: str) -> Guardrail:
    """Return the guardrail of a data class: the models its open routes reach, and no other."""
    routes = [route for route in document.open_routes if route.data_class == data_class]
    is_public = data_class == "public"
    preferences = routes[0].provider
    return Guardrail(
        name=f"tokenhouse-{data_class}",
        description=document.heading,
        allowed_models=tuple(sorted({hop.model_id for one in routes for hop in one.reachable})),
        allowed_providers=preferences.only if preferences else None,
        ignored_providers=preferences.ignore if preferences else None,
        enable_free_model_publication=False,
        enable_free_model_training=any(route.is_sandbox for route in routes),
        enable_paid_model_training=is_public,
        enforce_zdr_anthropic=not is_public,
        enforce_zdr_google=not is_public,
        enforce_zdr_openai=not is_public,
        enforce_zdr_xai=not is_public,
        enforce_zdr_other=not is_public,
    )
