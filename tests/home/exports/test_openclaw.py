import json
from pathlib import Path
from typing import Any

import json5
import jsonschema
import pytest

from pipelines.exports import delivery, openclaw, openclaw_2026_7
from pipelines.exports.routing_document import RoutingDocument
from pipelines.settings import ROOT

SCHEMA = json.loads((ROOT / "tests/support/openclaw.schema.json").read_bytes())

ONBOARDED = """
// As OpenClaw's own onboarding writes it, with a comment and settings that must survive.
{
  agents: {
    $include: "./routing/agents.json5",
    defaults: {
      workspace: "~/.openclaw/workspace",
      models: { "openrouter/auto": { alias: "OpenRouter" } },
      model: { primary: "openrouter/auto" },
      systemAgent: { agentId: "main" },
    },
    entries: { main: { name: "main", workspace: "~/.openclaw/workspace" } },
  },
  gateway: { port: 18789 },
}
"""


def included(path: Path) -> dict[str, Any]:
    """Read a config as OpenClaw does: own settings win over included ones, lists are joined."""
    config: dict[str, Any] = json5.loads(path.read_text())
    return {section: _resolved(value, path.parent) for section, value in config.items()}


def _resolved(value: Any, folder: Path) -> Any:
    if not isinstance(value, dict):
        return value
    own = {key: _resolved(one, folder) for key, one in value.items() if key != "$include"}
    if "$include" not in value:
        return own
    return _merged(json5.loads((folder / value["$include"]).read_text()), own)


def _merged(below: Any, above: Any) -> Any:
    if isinstance(below, list) and isinstance(above, list):
        return below + above
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {
        **below,
        **{key: _merged(below[key], one) if key in below else one for key, one in above.items()},
    }


@pytest.fixture(params=["shipped", "onboarded"])
def config(request: pytest.FixtureRequest, signed: RoutingDocument, tmp_path: Path) -> Any:
    delivery.deliver(tmp_path, openclaw.render(signed), signed.run_id)
    folder = tmp_path / "openclaw"
    if request.param == "shipped":
        return included(folder / "openclaw.example.json5")
    (folder / "openclaw.json").write_text(ONBOARDED)
    return included(folder / "openclaw.json")


def test_the_merged_config_passes_openclaws_own_schema(config: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(config)
    assert config["agents"]["ownership"] == "explicit"


def test_the_users_own_agents_and_their_default_stay(config: dict[str, Any]) -> None:
    """With several agents, OpenClaw runs no turn without an agent's name unless one is named."""
    assert "main" in config["agents"]["entries"]
    assert config["agents"]["defaults"]["systemAgent"] == {"agentId": "main"}


def test_the_files_add_agents_and_change_no_default_model_or_key(signed: RoutingDocument) -> None:
    written = openclaw.render(signed)
    assert {name for name in written if "/workloads/" not in name} == {
        "openclaw/routing/agents.json5",
        "openclaw/openclaw.example.json5",
        "openclaw/openclaw.model.example.json5",
    }
    agents = json5.loads(written["openclaw/routing/agents.json5"].decode())
    assert set(agents) == {"ownership", "entries"}
    assert set(json5.loads(written["openclaw/openclaw.example.json5"].decode())) == {"agents"}


def test_one_chain_per_open_workload_and_no_other(
    config: dict[str, Any], signed: RoutingDocument
) -> None:
    found = {
        name: [entry["model"]["primary"], *entry["model"]["fallbacks"]]
        for name, entry in config["agents"]["entries"].items()
        if name != "main"
    }
    chains = {route.workload: route.chain for route in signed.open_routes} | {
        f"{route.workload}-escalation": [route.escalation.model_id]
        for route in signed.open_routes
        if route.escalation
    }
    assert found == {
        name: [f"openrouter/{model_id}" for model_id in chain] for name, chain in chains.items()
    }
    assert len(signed.open_routes) >= 4
    assert len(chains) > len(signed.open_routes)


def test_an_escalation_carries_no_failed_primary(
    config: dict[str, Any], signed: RoutingDocument
) -> None:
    route = next(route for route in signed.open_routes if route.escalation)
    assert route.escalation
    entry = config["agents"]["entries"][f"{route.workload}-escalation"]
    assert entry["params"]["extraBody"]["models"] == [route.escalation.model_id]
    assert route.chain[0] not in json.dumps(entry)


def test_model_settings_alone_go_into_an_agent_that_the_user_has(
    signed: RoutingDocument, tmp_path: Path
) -> None:
    delivery.deliver(tmp_path, openclaw.render(signed), signed.run_id)
    config = included(tmp_path / "openclaw" / "openclaw.model.example.json5")
    jsonschema.Draft7Validator(SCHEMA).validate(config)
    entries = config["agents"]["entries"]
    assert set(config["agents"]) == {"entries"}
    assert set(entries) == {"main"}, "no agent is added, so no default is needed"
    route = signed.open_routes[0]
    assert entries["main"]["model"]["primary"] == f"openrouter/{route.chain[0]}"
    assert entries["main"]["params"]["extraBody"]["models"] == route.chain[:3]


def test_each_workload_fails_over_on_the_server_along_its_own_chain(
    config: dict[str, Any], signed: RoutingDocument
) -> None:
    """An agent's own params win over every default, so they are what its requests carry."""
    primaries = [route.chain[0] for route in signed.open_routes]
    assert len(set(primaries)) < len(primaries), "some share a primary, with different chains"
    for route in signed.open_routes:
        sent = config["agents"]["entries"][route.workload]["params"]
        assert sent["extraBody"]["models"] == route.chain[:3]
        assert route.provider
        assert sent.get("provider", {}) == route.provider.body()


def test_a_blocked_route_is_left_out_and_said_so(routes: RoutingDocument) -> None:
    text = openclaw.render(routes)["openclaw/routing/agents.json5"].decode()
    for route in routes.routes:
        if route.blocked_because:
            assert f"// Left out: {route.workload}, {route.closed_because}." in text
            assert route.workload not in json5.loads(text)["entries"]


@pytest.fixture
def older(signed: RoutingDocument, tmp_path: Path) -> dict[str, Any]:
    delivery.deliver(tmp_path, openclaw_2026_7.render(signed), signed.run_id)
    return included(tmp_path / "openclaw-2026.7" / "openclaw.example.json5")


def test_the_older_dialect_lists_its_agents_and_allows_every_hop(
    older: dict[str, Any], signed: RoutingDocument
) -> None:
    *agents, main = older["agents"]["list"]
    assert main["id"] == "main"
    assert [agent["id"] for agent in agents] == [target.name for target in signed.targets]
    for agent, target in zip(agents, signed.targets, strict=True):
        assert agent["params"]["extraBody"]["models"] == target.chain[:3]
        assert len(agent["model"]["fallbacks"]) == len(target.chain) - 1
    assert set(older["agents"]["defaults"]["models"]) == {"openrouter/auto"} | {
        f"openrouter/{hop.model_id}" for route in signed.open_routes for hop in route.reachable
    }


def test_in_the_older_dialect_the_users_agent_stays_the_default(older: dict[str, Any]) -> None:
    """OpenClaw 2026.7 uses the first agent of the list unless another is marked."""
    assert [one["id"] for one in older["agents"]["list"] if one.get("default")] == ["main"]
