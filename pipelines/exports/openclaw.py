"""OpenClaw (2026.8 and later): files that a person's own `openclaw.json` includes.

The person owns `openclaw.json`; we own what lies under `routing/` and never touch anything else.
A model reference splits at its first slash, so every id gets the prefix `openrouter/`: without it
OpenClaw would ask another provider and bill another account. Every agent has its own `fallbacks`,
since one without gets none. The key is a reference to a secret, never the key.
"""

import json
from pathlib import Path

from pipelines.exports.document import Route, RoutingDocument
from pipelines.files import write_atomically

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


def write(document: RoutingDocument, exports: Path) -> list[Path]:
    """Write `openclaw/`: the included files, and an example of the file that includes them.

    A route that is blocked is left out, and a comment says why.
    """
    open_routes = [route for route in document.routes if not route.blocked_because]
    left_out = [
        f"Left out: {route.stratum}, {route.blocked_because}."
        for route in document.routes
        if route.blocked_because
    ]
    included: dict[str, tuple[list[str], object]] = {
        "agents": (
            left_out,
            {
                "ownership": "explicit",
                "entries": {route.stratum: {"model": _chain(route)} for route in open_routes},
            },
        ),
        "models": (
            [],
            {
                "providers": {
                    "openrouter": {
                        "apiKey": {"source": "env", "provider": "default", "id": KEY},
                    }
                }
            },
        ),
        "secrets": ([], {"providers": {"default": {"source": "env", "allowlist": [KEY]}}}),
    }
    folder = exports / "openclaw"
    written = []
    for name, (remarks, content) in included.items():
        comment = "".join(f"// {line}\n" for line in [document.heading, *remarks])
        path = folder / "routing" / f"{name}.json5"
        write_atomically(path, f"{comment}{json.dumps(content, indent=2)}\n".encode())
        written.append(path)
    example = folder / "openclaw.example.json5"
    write_atomically(example, HOST.encode())
    return [*written, example]


def _chain(route: Route) -> dict[str, object]:
    primary, *fallbacks = (f"openrouter/{choice.model_id}" for choice in route.chain)
    return {"primary": primary, "fallbacks": fallbacks}
