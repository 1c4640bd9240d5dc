"""OpenClaw (2026.8 and later): a file of agents that the user's own `openclaw.json` includes.

The user owns `openclaw.json`; we own the files under `routing/` and change nothing else. The
included file adds one agent per workload and no defaults, so that the user's own agents, models and
keys stay as they are. A model reference splits at its first slash, so every id gets the prefix
`openrouter/`: without it OpenClaw would call another provider and bill another account. Every agent
has its own `fallbacks`, since an agent without them gets none.

OpenClaw's own fallback takes minutes when a model keeps answering 429. So the chain also travels
in each request (`extraBody.models`), and OpenRouter fails over within it.
"""

import json
from typing import Any

from pipelines.exports.provider_preferences import request_field
from pipelines.exports.routing_document import Route, RoutingDocument

EXAMPLE = """\
// How your own openclaw.json includes the agents. Copy the folder routing/ next to it, then add the
// lines marked "add" to the `agents` you already have. Keep your own entries, defaults and keys:
// a setting next to an $include wins over the included one.
{
  agents: {
    $include: "./routing/agents.json5", // add
    defaults: {
      // Add: with several agents, OpenClaw needs to know which one is the default. Name yours.
      systemAgent: { agentId: "main" },
    },
    entries: {
      main: {}, // your own agents; onboarding writes `main`
    },
  },
}
"""


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `openclaw/`: the included file, and an example of the file that includes it."""
    agents = {
        "ownership": "explicit",
        "entries": {route.workload: agent(route) for route in document.open_routes},
    }
    return files("openclaw", document, agents, EXAMPLE)


def files(
    folder: str, document: RoutingDocument, agents: dict[str, Any], example: str
) -> dict[str, bytes]:
    """Return both files of a folder; `agents` and `example` differ between OpenClaw's dialects."""
    comments = [document.heading, *document.left_out, *_escalations(document)]
    included = "".join(f"// {line}\n" for line in comments) + f"{json.dumps(agents, indent=2)}\n"
    return {
        f"{folder}/routing/agents.json5": included.encode(),
        f"{folder}/openclaw.example.json5": f"// {document.heading}\n{example}".encode(),
    }


def agent(route: Route) -> dict[str, Any]:
    """Return an agent with its chain, and the parameters of each of its requests."""
    primary, *fallbacks = map(reference, route.chain)
    return {
        "model": {"primary": primary, "fallbacks": fallbacks},
        "params": request_field(route.provider) | {"extraBody": {"models": route.server_chain}},
    }


def reference(model_id: str) -> str:
    """Return OpenClaw's name of a model on OpenRouter."""
    return f"openrouter/{model_id}"


def _escalations(document: RoutingDocument) -> list[str]:
    return [
        f"Escalation of {route.workload}, for tasks that the primary fails: "
        f"{reference(route.escalation.model_id)}"
        for route in document.open_routes
        if route.escalation
    ]
