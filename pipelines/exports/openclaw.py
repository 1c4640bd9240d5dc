"""OpenClaw (2026.8 and later): files that a person's own `openclaw.json` includes.

The person owns `openclaw.json`; we own what lies under `routing/` and never touch anything else.
A model reference splits at its first slash, so every id gets the prefix `openrouter/`: without it
OpenClaw would ask another provider and bill another account. Every agent has its own `fallbacks`,
since one without gets none. The key is a reference to a secret, never the key.

OpenClaw's own fallback takes minutes when a model keeps answering 429, so the chain also travels in
each request (`extraBody.models`) and OpenRouter fails over by itself. An agent's `params` win over
those of a model, key by key: so each workload sends its own chain and its own provider preferences,
even where several begin with the same model.
"""

import json
from typing import Any

from pipelines.exports import provider_preferences
from pipelines.exports.routing_document import Route, RoutingDocument

KEY = "OPENROUTER_API_KEY"

HOST = """\
// What to write into your own openclaw.json; copy the folder routing/ beside it.
// Whatever you set next to an $include wins over what is included.
{
  agents: { $include: "./routing/agents.json5" },
  models: { $include: "./routing/models.json5" },
  secrets: { $include: "./routing/secrets.json5" },
}
"""


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `openclaw/`: the included files, and an example of the file that includes them."""
    agents = {
        "ownership": "explicit",
        "defaults": {"models": models(document)},
        "entries": {route.workload: agent(route) for route in document.open_routes},
    }
    return files("openclaw", document, agents)


def files(folder: str, document: RoutingDocument, agents: dict[str, Any]) -> dict[str, bytes]:
    """Return the included files and the example; `agents` differs between OpenClaw's dialects."""
    key = {"source": "env", "provider": "default", "id": KEY}
    included = {
        "agents": agents,
        "models": {"providers": {"openrouter": {"apiKey": key}}},
        "secrets": {"providers": {"default": {"source": "env", "allowlist": [KEY]}}},
    }
    remarks = [*document.left_out, *_escalations(document)]
    comments = {name: [document.heading] for name in included} | {
        "agents": [document.heading, *remarks]
    }
    written = {
        f"{folder}/routing/{name}.json5": "".join(f"// {line}\n" for line in comments[name])
        + f"{json.dumps(content, indent=2)}\n"
        for name, content in included.items()
    }
    written[f"{folder}/openclaw.example.json5"] = f"// {document.heading}\n{HOST}"
    return {name: text.encode() for name, text in written.items()}


def agent(route: Route) -> dict[str, Any]:
    """Return an agent's chain, and what its requests carry whichever of its models is asked."""
    primary, *fallbacks = map(reference, route.chain)
    return {
        "model": {"primary": primary, "fallbacks": fallbacks},
        "params": _provider(route) | {"extraBody": {"models": route.server_chain}},
    }


def models(document: RoutingDocument) -> dict[str, Any]:
    """Return what holds for a model whichever agent asks it, for every model that is reached.

    The preferences are the strictest of all workloads that reach it. A chain is given only where
    all of them have that chain and the same data class.
    """
    settings: dict[str, Any] = {}
    for model_id in sorted({hop.model_id for one in document.open_routes for hop in one.reachable}):
        routes = [
            route
            for route in document.open_routes
            if any(hop.model_id == model_id for hop in route.reachable)
        ]
        chains = {(route.data_class, *route.server_chain) for route in routes}
        asked = [route.provider for route in routes if route.provider]
        params: dict[str, Any] = {"provider": provider_preferences.strictest(asked).body()}
        if len(chains) == 1 and routes[0].chain[0] == model_id:
            params["extraBody"] = {"models": routes[0].server_chain}
        settings[reference(model_id)] = {"params": params}
    return settings


def reference(model_id: str) -> str:
    """Return OpenClaw's name of a model on OpenRouter."""
    return f"openrouter/{model_id}"


def _provider(route: Route) -> dict[str, Any]:
    return {"provider": route.provider.body()} if route.provider else {}


def _escalations(document: RoutingDocument) -> list[str]:
    return [
        f"Escalation of {route.workload}, for what the primary fails at: "
        f"{reference(route.escalation.model_id)}"
        for route in document.open_routes
        if route.escalation
    ]
