"""OpenClaw's requests at OpenRouter's door: every hop of every exported agent answers.

The server's rule is emulated on the sample's own catalogue. A model is skipped if it is down, if
the request has tools and it calls none, or, with `require_parameters`, if it does not list a
parameter that the request sends.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import json5
import pytest

from pipelines.exports import openclaw
from pipelines.exports.routing_document import RoutingDocument
from pipelines.queries.published import query, reading

SENT = {
    "max_completion_tokens": 8192,
    "reasoning": {"effort": "low"},
    "tools": [{"type": "function", "function": {"name": "read"}}],
    "tool_choice": "auto",
}
"""What OpenClaw 2026.9.6 sends in every turn."""

PARAMETERS = """
SELECT model_id, supported_parameters FROM marts.catalogue()
WHERE fetched_at = (SELECT max(fetched_at) FROM marts.catalogue())
"""

Request = Mapping[str, Any]


@pytest.fixture(scope="module")
def catalogue(database: Path) -> dict[str, set[str]]:
    with reading(database) as connection:
        return {
            row["model_id"]: {*(row["supported_parameters"] or "").split("|")}
            for row in query(connection, PARAMETERS)
        }


def requests(document: RoutingDocument) -> dict[str, dict[str, Any]]:
    """Return what OpenClaw sends for each agent of the export."""
    agents = json5.loads(openclaw.render(document)["openclaw/routing/agents.json5"].decode())
    found = {}
    for name, agent in agents["entries"].items():
        params = {key: one for key, one in agent["params"].items() if key != "extraBody"}
        model = agent["model"]["primary"].removeprefix("openrouter/")
        found[name] = {"model": model, **SENT, **params, **agent["params"]["extraBody"]}
    return found


def answer(request: Request, catalogue: Mapping[str, set[str]], down: set[str]) -> str | None:
    """Return the model that answers; None for a 404."""
    is_strict = request.get("provider", {}).get("require_parameters", False)
    wanted = SENT.keys() if is_strict else {"tools"}
    return next(
        (
            one
            for one in request["models"]
            if one not in down and one in catalogue and wanted <= catalogue[one]
        ),
        None,
    )


@pytest.mark.parametrize("which", ["routes", "signed"])
def test_every_hop_of_every_agent_answers_when_those_before_it_are_down(
    which: str, catalogue: dict[str, set[str]], request: pytest.FixtureRequest
) -> None:
    document: RoutingDocument = request.getfixturevalue(which)
    sent = requests(document)
    assert {*sent} == {target.name for target in document.targets}
    for target in document.targets:
        for place, model_id in enumerate(target.server_chain):
            down = {*target.server_chain[:place]}
            assert answer(sent[target.name], catalogue, down) == model_id, target.name
        assert answer(sent[target.name], catalogue, {*target.server_chain}) is None


def test_with_require_parameters_some_primaries_would_not_answer(
    routes: RoutingDocument, catalogue: dict[str, set[str]]
) -> None:
    strict = {
        name: request | {"provider": {"require_parameters": True}}
        for name, request in requests(routes).items()
    }
    answers = {name: answer(one, catalogue, set()) for name, one in strict.items()}
    assert any(answers[name] != strict[name]["model"] for name in answers)
