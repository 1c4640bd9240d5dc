"""OpenRouter itself: bodies that are posted as they are, so provenance lies in a file beside them.

A preset is a workload's chain with its provider preferences, kept by OpenRouter and used by any
client as model `@preset/<workload>`. A guardrail is a column of the compliance matrix, enforced by
OpenRouter for the API keys assigned to it: one for each data class, since one key serves one class.
A sandbox, or a workload whose providers differ from those of its class, has one of its own.
"""

import json
import math

from pipelines.exports.openrouter_contracts import Body, Guardrail, Message, Preset
from pipelines.exports.routing_document import Route, RoutingDocument

IGNORED = (Message(role="user", content="preset"),)
"""The endpoint asks for messages and does not keep them."""


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `openrouter/`: presets, guardrails, and where they come from."""
    bodies: dict[str, Body] = {
        f"openrouter/presets/{route.workload}.json": preset(route) for route in document.open_routes
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


def guardrail(document: RoutingDocument, name: str, routes: list[Route]) -> Guardrail:
    """Return the guardrail of routes that share a key: the models they reach, and no other."""
    first = routes[0]
    is_public = first.data_class == "public"
    return Guardrail(
        name=f"tokenhouse-{name}",
        description=document.heading,
        allowed_models=tuple(sorted({hop.model_id for one in routes for hop in one.reachable})),
        allowed_providers=first.provider.only if first.provider else None,
        ignored_providers=first.provider.ignore if first.provider else None,
        enable_free_model_publication=False,
        enable_free_model_training=first.is_sandbox,
        enable_paid_model_training=is_public,
        enforce_zdr_anthropic=not is_public,
        enforce_zdr_google=not is_public,
        enforce_zdr_openai=not is_public,
        enforce_zdr_xai=not is_public,
        enforce_zdr_other=not is_public,
    )


def _sharing_a_key(document: RoutingDocument) -> dict[str, list[Route]]:
    """Return the open routes of one data class, sandbox or not, and one choice of providers.

    The widest choice of a class has the class's name, a narrower one also that of its workload.
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
    """Return how many providers a route may ask; infinity is all but the ignored."""
    return len(route.provider.only) if route.provider and route.provider.only else math.inf
