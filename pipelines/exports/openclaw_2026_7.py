"""OpenClaw up to 2026.7: the same files in its older dialect.

Agents are a list, and `agents.defaults.models` is the list of the models that may be used at all:
a person who uses others adds them in their own `openclaw.json`.
"""

from pipelines.exports import openclaw
from pipelines.exports.routing_document import RoutingDocument


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `openclaw-2026.7/`, to be used as the newer files are."""
    agents = {
        "defaults": {"models": openclaw.models(document)},
        "list": [{"id": route.workload, **openclaw.agent(route)} for route in document.open_routes],
    }
    return openclaw.files("openclaw-2026.7", document, agents)
