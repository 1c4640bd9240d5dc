"""OpenClaw up to 2026.7: the same agents in its older dialect.

Agents are a list there, and the first one is the default unless another is marked. The models under
`agents.defaults.models` are the only ones that agents may use.
"""

from pipelines.exports import openclaw
from pipelines.exports.routing_document import RoutingDocument

EXAMPLE = """\
// How your own openclaw.json includes the agents. Copy the folder routing/ next to it, then add the
// lines marked "add" to the `agents` you already have. Keep your own agents, defaults and keys:
// a setting next to an $include wins over the included one, and lists are joined.
{
  agents: {
    $include: "./routing/agents.json5", // add
    defaults: {
      models: {
        // Add the other models that you use: only the listed ones are allowed.
        "openrouter/auto": {},
      },
    },
    list: [
      // Add: without a marked default, the first agent of the included list would become it.
      { id: "main", default: true },
    ],
  },
}
"""


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return the files of `openclaw-2026.7/`, which are used in the same way as the newer ones."""
    reached = {one for target in document.targets for one in openclaw.references(target)}
    agents = {
        "defaults": {"models": {one: {} for one in sorted(reached)}},
        "list": [{"id": target.name, **openclaw.agent(target)} for target in document.targets],
    }
    return openclaw.files("openclaw-2026.7", document, agents, EXAMPLE)
