import copy
import json
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.exports import openrouter
from pipelines.exports.openrouter_contracts import Guardrail, Preset, ProviderPreferences
from pipelines.exports.routing_document import RoutingDocument


def bodies(document: RoutingDocument, kind: str) -> dict[str, dict[str, Any]]:
    return {
        name.rpartition("/")[2].removesuffix(".json"): json.loads(content)
        for name, content in openrouter.render(document).items()
        if f"/{kind}/" in name
    }


def test_every_body_keeps_to_the_closed_contract(
    routes: RoutingDocument, signed: RoutingDocument
) -> None:
    for document in (routes, signed):
        presets, guardrails = bodies(document, "presets"), bodies(document, "guardrails")
        assert set(presets) == {target.name for target in document.targets}
        assert set(guardrails) == {route.data_class for route in document.open_routes}
        for body in presets.values():
            assert Preset.model_validate(body).body() == body
        for body in guardrails.values():
            assert Guardrail.model_validate(body).body() == body


def test_a_preset_contains_the_chain_and_the_preferences(signed: RoutingDocument) -> None:
    for route in signed.open_routes:
        body = bodies(signed, "presets")[route.workload]
        assert [body["model"], body["models"]] == [route.chain[0], route.chain[:3]]
        assert route.provider
        assert body.get("provider", {}) == route.provider.body()


def test_a_guardrail_is_its_column_of_the_matrix(signed: RoutingDocument) -> None:
    found = bodies(signed, "guardrails")
    assert found["public"]["ignored_providers"] == ["leaky"]
    assert "allowed_providers" not in found["public"]
    assert found["internal"]["allowed_providers"] == ["azure", "google-vertex"]
    for data_class, body in found.items():
        is_public = data_class == "public"
        assert body.get("enforce_zdr_other") is (None if is_public else True)
        for field in (
            "enable_paid_model_training",
            "allow_safety_retention_google",
            "allow_safety_retention_other",
        ):
            assert body.get(field) is (None if is_public else False)
        assert body["enable_free_model_training"] is False
        assert body["allowed_models"] == sorted(
            {
                hop.model_id
                for route in signed.open_routes
                if route.data_class == data_class
                for hop in route.reachable
            }
        )


def test_a_sandbox_and_a_workload_of_other_providers_have_guardrails_of_their_own(
    routes: RoutingDocument,
) -> None:
    inside = ProviderPreferences(only=("azure", "google-vertex"))
    sandbox, limited, *others = routes.open_routes
    changed = [
        sandbox.model_copy(update={"is_sandbox": True}),
        limited.model_copy(update={"provider": inside}),
        *others,
    ]
    found = bodies(routes.model_copy(update={"routes": tuple(changed)}), "guardrails")
    assert set(found) == {"public", "public-sandbox", f"public-{limited.workload}"}
    assert {name for name, body in found.items() if "enable_free_model_training" not in body} == {
        "public-sandbox"
    }
    assert [name for name, body in found.items() if "allowed_providers" in body] == [
        f"public-{limited.workload}"
    ]
    for name, reaching in (("public", others), ("public-sandbox", [sandbox])):
        models = {hop.model_id for route in reaching for hop in route.reachable}
        assert found[name]["allowed_models"] == sorted(models)


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("provider", "data_collection"), "denied"),
        (("provider", "data_collection"), "allow"),
        (("provider", "require_parameters"), True),
        (("provider", "zdr"), "sometimes"),
        (("provider", "zdr"), False),
        (("provider", "only"), []),
        (("provider", "quantizations"), ["fp3"]),
        (("provider", "dataCollection"), "deny"),
        (("models",), ["a/b", "c/d", "e/f", "g/h"]),
        (("messages",), [{"role": "robot", "content": ""}]),
        (("temprature",), 0),
    ],
)
def test_a_wrong_value_in_a_preset_is_refused(
    routes: RoutingDocument, way: tuple[str, ...], value: object
) -> None:
    body = copy.deepcopy(bodies(routes, "presets")["inline_completion"])
    body.setdefault("provider", {})
    Preset.model_validate(body)
    Preset.model_validate(body | {"provider": {"quantizations": ["mxfp4", "nvfp4", "mxfp8"]}})
    *above, last = way
    part = body
    for key in above:
        part = part[key]
    part[last] = value
    with pytest.raises(ValidationError):
        Preset.model_validate(body)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reset_interval", "yearly"),
        ("limit_usd", 0),
        ("allowed_data_regions", ["europe"]),
        ("allow_safety_retention_google", True),
        ("allowed_providers", []),
        ("enforce_zdr", True),
        ("enable_paid_model_training", True),
        ("enforce_zdr_other", False),
    ],
)
def test_a_wrong_value_in_a_guardrail_is_refused(
    routes: RoutingDocument, field: str, value: object
) -> None:
    body = bodies(routes, "guardrails")["public"]
    with pytest.raises(ValidationError):
        Guardrail.model_validate({**body, field: value})
    Guardrail.model_validate({**body, "limit_usd": 5, "reset_interval": "weekly"})


@pytest.mark.parametrize("part", [{"limit_usd": 5}, {"reset_interval": "weekly"}])
def test_a_budget_needs_an_amount_and_an_interval(
    routes: RoutingDocument, part: dict[str, object]
) -> None:
    body = bodies(routes, "guardrails")["public"]
    with pytest.raises(ValidationError, match="go together"):
        Guardrail.model_validate({**body, **part})


def test_an_escalation_is_a_preset_of_its_own(signed: RoutingDocument) -> None:
    route = next(route for route in signed.open_routes if route.escalation)
    assert route.escalation
    body = bodies(signed, "presets")[f"{route.workload}-escalation"]
    assert body["models"] == [body["model"]] == [route.escalation.model_id]
