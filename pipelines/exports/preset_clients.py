"""Codex and Claude Code, which reach a workload through its preset on OpenRouter.

The presets must have been posted. No key is exported: both programs read it from the environment.
"""

import json
from typing import Any

from pipelines.exports.routing_document import RoutingDocument, Target, escalation_name

PROFILE = """\
model = "{model}"
model_provider = "openrouter"

[model_providers.openrouter]
name = "OpenRouter"
base_url = "https://openrouter.ai/api/v1"
env_key = "OPENROUTER_API_KEY"
wire_api = "responses"
"""


def codex(document: RoutingDocument) -> dict[str, bytes]:
    """Return `codex/<workload>.config.toml`: the profile of each workload."""
    return {
        f"codex/{target.name}.config.toml": (
            f"# {document.heading}\n{PROFILE.format(model=preset(target.name))}".encode()
        )
        for target in document.targets
    }


def claude_code(document: RoutingDocument) -> dict[str, bytes]:
    """Return `claude-code/<workload>.json`: the settings of a session for a workload."""
    settings = {
        target.name: _settings(document, target)
        for target in document.targets
        if target.name == target.route.workload
    }
    return {
        f"claude-code/{name}.json": f"{json.dumps(one, indent=2)}\n".encode()
        for name, one in settings.items()
    }


def _settings(document: RoutingDocument, target: Target) -> dict[str, Any]:
    """Return the settings of a workload; the largest sizes are its escalation, where it has one.

    Claude Code begins with Opus unless a model is named. Only a variable has a place for where they
    come from.
    """
    own = preset(target.name)
    largest = preset(escalation_name(target.route)) if target.route.escalation else own
    return {
        "model": "sonnet",
        "env": {
            "TOKENHOUSE_ROUTES": document.heading,
            "ANTHROPIC_BASE_URL": "https://openrouter.ai/api",
            "ANTHROPIC_DEFAULT_FABLE_MODEL": largest,
            "ANTHROPIC_DEFAULT_OPUS_MODEL": largest,
            "ANTHROPIC_DEFAULT_SONNET_MODEL": own,
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": own,
        },
    }


def preset(name: str) -> str:
    """Return how a client names a preset."""
    return f"@preset/{name}"
