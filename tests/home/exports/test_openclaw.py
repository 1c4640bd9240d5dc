import json
from pathlib import Path
from typing import Any

import json5
import jsonschema
import pytest

from pipelines.exports import delivery, openclaw, openclaw_2026_7
from pipelines.exports.openrouter_contracts import ProviderPreferences
from pipelines.exports.routing_document import RoutingDocument
from pipelines.settings import ROOT

SCHEMA = json.loads((ROOT / "tests/support/openclaw.schema.json").read_bytes())

OTHERS = """
// A person's own file, with comments that must survive.
{
  agents: { $include: "./routing/agents.json5", defaults: { params: { temperature: 0 } } },
  models: { $include: "./routing/models.json5" },
  secrets: { $include: "./routing/secrets.json5" },
  gateway: { port: 18789 },
}
"""


def included(path: Path) -> dict[str, Any]:
    """Read a config as OpenClaw does: an $include is merged, what stands beside it wins."""
    config: dict[str, Any] = json5.loads(path.read_text())
    return {section: _resolved(value, path.parent) for section, value in config.items()}


def _resolved(value: Any, folder: Path) -> Any:
    if not (isinstance(value, dict) and "$include" in value):
        return value
    others = {key: one for key, one in value.items() if key != "$include"}
    return _merged(json5.loads((folder / value["$include"]).read_text()), others)


def _merged(below: Any, above: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: _merged(below.get(key, {}), one) for key, one in above.items()}}


@pytest.fixture(params=["shipped", "own"])
def config(request: pytest.FixtureRequest, signed: RoutingDocument, tmp_path: Path) -> Any:
    delivery.deliver(tmp_path, openclaw.render(signed), signed.run_id)
    folder = tmp_path / "openclaw"
    if request.param == "shipped":
        return included(folder / "openclaw.example.json5")
    (folder / "openclaw.json").write_text(OTHERS)
    return included(folder / "openclaw.json")


def test_the_merged_config_passes_openclaws_own_schema(config: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(config)
    assert config["agents"]["ownership"] == "explicit"


def test_one_chain_per_open_workload_and_no_other(
    config: dict[str, Any], signed: RoutingDocument
) -> None:
    found = {
        name: [entry["model"]["primary"], *entry["model"]["fallbacks"]]
        for name, entry in config["agents"]["entries"].items()
    }
    assert found == {
        route.workload: [f"openrouter/{model_id}" for model_id in route.chain]
        for route in signed.open_routes
    }
    assert len(found) >= 4


def on_the_wire(config: dict[str, Any], agent: str) -> dict[str, Any]:
    """Return an agent's params for its primary: the agent's win over the model's, key by key."""
    entry = config["agents"]["entries"][agent]
    defaults = config["agents"]["defaults"]
    return {
        **defaults.get("params", {}),
        **defaults["models"][entry["model"]["primary"]]["params"],
        **entry["params"],
    }


def test_each_workload_fails_over_on_the_server_along_its_own_chain(
    config: dict[str, Any], signed: RoutingDocument
) -> None:
    primaries = [route.chain[0] for route in signed.open_routes]
    assert len(set(primaries)) < len(primaries), "some share a primary, with different chains"
    for route in signed.open_routes:
        sent = on_the_wire(config, route.workload)
        assert sent["extraBody"]["models"] == route.chain[:3]
        assert route.provider
        assert sent["provider"] == route.provider.body()


def test_a_model_has_a_chain_of_its_own_only_if_all_that_reach_it_agree(
    config: dict[str, Any], signed: RoutingDocument
) -> None:
    for ref, settings in config["agents"]["defaults"]["models"].items():
        reaching = [
            (route.data_class, route.chain[:3])
            for route in signed.open_routes
            if ref.removeprefix("openrouter/") in {hop.model_id for hop in route.reachable}
        ]
        models = settings["params"].get("extraBody", {}).get("models")
        _, chain = reaching[0]
        agree = reaching.count(reaching[0]) == len(reaching)
        assert models == (chain if agree and f"openrouter/{chain[0]}" == ref else None)


def test_a_chain_for_public_data_never_stands_beside_the_preferences_of_another_class(
    signed: RoutingDocument,
) -> None:
    first = next(route for route in signed.open_routes if route.data_class == "public")
    alone = signed.model_copy(update={"routes": (first.model_copy(update={"escalation": None}),)})
    ref = f"openrouter/{first.chain[0]}"
    assert openclaw.models(alone)[ref]["params"]["extraBody"] == {"models": first.chain[:3]}
    internal = next(route for route in signed.open_routes if route.data_class == "internal")
    shares = internal.model_copy(update={"escalation": first.hops[0]})
    both = signed.model_copy(update={"routes": (first, shares)})
    assert "extraBody" not in openclaw.models(both)[ref]["params"]


def test_a_models_own_preferences_are_those_of_the_strictest_data(
    config: dict[str, Any], signed: RoutingDocument
) -> None:
    internal = {
        f"openrouter/{hop.model_id}"
        for route in signed.open_routes
        if route.data_class == "internal"
        for hop in route.reachable
    }
    for ref, settings in config["agents"]["defaults"]["models"].items():
        expected = "deny" if ref in internal else "allow"
        assert settings["params"]["provider"]["data_collection"] == expected


def test_a_models_own_preferences_keep_a_rule_on_regions_too(routes: RoutingDocument) -> None:
    first = next(route for route in routes.open_routes)
    inside = ProviderPreferences(data_collection="allow", only=("azure", "cheap"))
    other = ProviderPreferences(data_collection="allow", only=("azure",), ignore=("leaky",))
    twice = (
        first.model_copy(update={"provider": inside}),
        first.model_copy(update={"workload": "another", "provider": other}),
    )
    settings = openclaw.models(routes.model_copy(update={"routes": twice}))
    asked = settings[f"openrouter/{first.chain[0]}"]["params"]["provider"]
    assert (asked["only"], asked["ignore"]) == (["azure"], ["leaky"])


def test_a_blocked_route_is_left_out_and_said_so(routes: RoutingDocument) -> None:
    text = openclaw.render(routes)["openclaw/routing/agents.json5"].decode()
    for route in routes.routes:
        if route.blocked_because:
            assert f"// Left out: {route.workload}, {route.blocked_because}." in text
            assert route.workload not in json5.loads(text)["entries"]


def test_the_key_is_a_reference(config: dict[str, Any]) -> None:
    key = config["models"]["providers"]["openrouter"]["apiKey"]
    assert key == {"source": "env", "provider": "default", "id": "OPENROUTER_API_KEY"}
    assert key["id"] in config["secrets"]["providers"]["default"]["allowlist"]


def test_the_older_dialect_lists_its_agents_and_allows_every_hop(signed: RoutingDocument) -> None:
    written = openclaw_2026_7.render(signed)
    agents = json5.loads(written["openclaw-2026.7/routing/agents.json5"].decode())
    assert set(agents) == {"defaults", "list"}
    assert [agent["id"] for agent in agents["list"]] == [one.workload for one in signed.open_routes]
    for agent, route in zip(agents["list"], signed.open_routes, strict=True):
        assert agent["params"]["extraBody"]["models"] == route.chain[:3]
        assert len(agent["model"]["fallbacks"]) == len(route.chain) - 1
    assert set(agents["defaults"]["models"]) == {
        f"openrouter/{hop.model_id}" for route in signed.open_routes for hop in route.reachable
    }
