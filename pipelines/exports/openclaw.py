"""OpenClaw (2026.8 and later): files of agents that the user's own `openclaw.json` includes.

The user owns `openclaw.json`; we own the files under `routing/` and change nothing else. There are
two ways to use them. `agents.json5` adds one agent per workload and no defaults, so that the user's
own agents, models and keys stay as they are. `workloads/<workload>.json5` contains only model and
request settings, for an agent that the user already has.

A model reference splits at its first slash, so every id gets the prefix `openrouter/`: without it
OpenClaw would call another provider and bill another account. Every agent has its own `fallbacks`,
since an agent without them gets none.

OpenClaw's own fallback takes minutes when a model keeps answering 429. So the chain also travels
in each request (`extraBody.models`), and OpenRouter fails over within it. The escalation is an
agent of its own: after `/model`, requests would still carry the chain of the workload's agent.
"""

import json
from typing import Any

from pipelines.exports.provider_preferences import request_field
from pipelines.exports.routing_document import RoutingDocument, Target

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

MODEL_EXAMPLE = """\
// How an agent that you already have gets the models of a workload, and no agent is added. Copy the
// folder routing/ next to your own openclaw.json, then add the line marked "add" to your agent.
// Keep everything else, but remove the agent's own `model`: a setting next to an $include wins over
// the included one.
{
  agents: {
    entries: {
      main: {
        $include: "./routing/workloads/WORKLOAD.json5", // add
      },
    },
  },
}
"""


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `openclaw/`: the included files, and an example of each way to include them."""
    agents = {
        "ownership": "explicit",
        "entries": {target.name: agent(target) for target in document.targets},
    }
    written = files("openclaw", document, agents, EXAMPLE)
    for target in document.targets:
        content = commented([document.heading], agent(target))
        written[f"openclaw/routing/workloads/{target.name}.json5"] = content
    if document.targets:
        example = MODEL_EXAMPLE.replace("WORKLOAD", document.targets[0].name)
        written["openclaw/openclaw.model.example.json5"] = (
            f"// {document.heading}\n{example}".encode()
        )
    return written


def files(
    folder: str, document: RoutingDocument, agents: dict[str, Any], example: str
) -> dict[str, bytes]:
    """Return the agents of a folder and the example that includes them.

    `agents` and `example` differ between OpenClaw's dialects.
    """
    return {
        f"{folder}/routing/agents.json5": commented([document.heading, *document.left_out], agents),
        f"{folder}/openclaw.example.json5": f"// {document.heading}\n{example}".encode(),
    }


def commented(comments: list[str], settings: dict[str, Any]) -> bytes:
    """Return settings as JSON5 with comments on top."""
    lines = "".join(f"// {line}\n" for line in comments)
    return f"{lines}{json.dumps(settings, indent=2)}\n".encode()


def agent(target: Target) -> dict[str, Any]:
    """Return an agent with its chain, and the parameters of each of its requests."""
    primary, *fallbacks = references(target)
    models = {"extraBody": {"models": target.server_chain}}
    return {
        "model": {"primary": primary, "fallbacks": fallbacks},
        "params": request_field(target.route.provider) | models,
    }


def references(target: Target) -> list[str]:
    """Return OpenClaw's names of a target's chain; a workload's local model comes last.

    The server of a local model must be among the user's own providers.
    """
    local = target.route.local if target.name == target.route.workload else None
    return [
        *map(reference, target.chain),
        *([f"{local.provider}/{local.model}"] if local else []),
    ]


def reference(model_id: str) -> str:
    """Return OpenClaw's name of a model on OpenRouter."""
    return f"openrouter/{model_id}"
