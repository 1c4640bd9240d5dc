"""OpenRouter: request bodies to post unchanged, with their provenance in a separate file.

A preset is a workload's chain, or its escalation, with its provider preferences. OpenRouter stores
it, and any client uses it as model `@preset/<workload>`. A guardrail is a column of the compliance
matrix, enforced by OpenRouter for the API keys assigned to it. There is one per data class, since a
key serves one class. A sandbox, or a workload whose providers differ from those of its class, has
its own.
"""

import json
import math

from pipelines.exports.openrouter_contracts import (
    Body,
    Guardrail,
    Message,
    Preset,
    ProviderPreferences,
)
from pipelines.exports.provider_preferences import request_field
from pipelines.exports.routing_document import Route, RoutingDocument, Target

IGNORED = (Message(role="user", content="preset"),)
"""The endpoint requires messages and does not store them."""


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `openrouter/`: presets, guardrails and their provenance."""
    bodies: dict[str, Body] = {
        f"openrouter/presets/{target.name}.json": preset(target) for target in document.targets
    }
    for name, routes in _sharing_a_key(document).items():
        bodies[f"openrouter/guardrails/{name}.json"] = guardrail(document, name, routes)
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


def preset(target: Target) -> Preset:
    """Return the preset of a target; raises ValidationError if it breaks the contract."""
    return Preset.model_validate(
        {
            "model": target.chain[0],
            "models": target.server_chain,
            "messages": IGNORED,
            **request_field(target.route.provider),
        }
    )


def guardrail(document: RoutingDocument, name: str, routes: list[Route]) -> Guardrail:
    """Return the guardrail of routes that share a key: only the models they reach are allowed."""
    first = routes[0]
    provider = first.provider or ProviderPreferences()
    zero_retention = None if first.data_class == "public" else True
    safety_retention = None if first.data_class == "public" else False
    return Guardrail(
        name=f"tokenhouse-{name}",
        description=document.heading,
        allowed_models=tuple(sorted({hop.model_id for one in routes for hop in one.reachable})),
        allowed_providers=provider.only,
        ignored_providers=provider.ignore,
        allow_safety_retention_google=safety_retention,
        allow_safety_retention_other=safety_retention,
        enable_free_model_publication=False,
        enable_free_model_training=None if first.is_sandbox else False,
        enable_paid_model_training=None if first.data_class == "public" else False,
        enforce_zdr_anthropic=zero_retention,
        enforce_zdr_google=zero_retention,
        enforce_zdr_openai=zero_retention,
        enforce_zdr_xai=zero_retention,
        enforce_zdr_other=zero_retention,
    )


def _sharing_a_key(document: RoutingDocument) -> dict[str, list[Route]]:
    """Group the open routes by data class, sandbox or not, and allowed providers.

    The group with the widest choice of providers in a class is named after the class. A narrower
    one is named after the class and the workload.
    """
    shared: dict[str, list[Route]] = {}
    for route in document.open_routes:
        peers = [
            one
            for one in document.open_routes
            if (one.data_class, one.is_sandbox) == (route.data_class, route.is_sandbox)
        ]
        name = f"{route.data_class}-sandbox" if route.is_sandbox else f"{route.data_class}"
        if route.provider != max(peers, key=_width).provider:
            name += f"-{route.workload}"
        shared.setdefault(name, []).append(route)
    return shared


def _width(route: Route) -> float:
    """Return how many providers a route may use; infinity means all but the ignored."""
    return len(route.provider.only) if route.provider and route.provider.only else math.inf
