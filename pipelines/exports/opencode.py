"""opencode: an `opencode.json` with an agent per workload, to be merged over the user's own.

It contains no key and no default model: opencode merges the file that OPENCODE_CONFIG names over
the user's own settings. As in OpenClaw, the chain travels in each request, and OpenRouter fails
over within it.
"""

import json
from typing import Any

from pipelines.exports.openclaw import reference
from pipelines.exports.provider_preferences import request_field
from pipelines.exports.routing_document import RoutingDocument, Target


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `opencode/opencode.json`."""
    settings = {
        "$schema": "https://opencode.ai/config.json",
        "agent": {target.name: _agent(document, target) for target in document.targets},
    }
    return {"opencode/opencode.json": f"{json.dumps(settings, indent=2)}\n".encode()}


def _agent(document: RoutingDocument, target: Target) -> dict[str, Any]:
    """Return an agent; its description says where it comes from, since JSON has no comments."""
    return {
        "description": f"{target.name}. {document.heading}",
        "model": reference(target.chain[0]),
        "options": {"models": target.server_chain, **request_field(target.route.provider)},
    }
