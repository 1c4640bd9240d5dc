"""The drill: what the real LiteLLM Router does with our configuration when models fail."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.drill import losses, router
from pipelines.drill.router import FAULTS, Outcome
from pipelines.exports.openrouter_contracts import ProviderPreferences
from pipelines.exports.routing_document import Route, RoutingDocument
from pipelines.words.language import languages
from tests.conftest import tokenhouse

TIMEOUT = 0.5
"""Seconds instead of the exported 8, for which a test would have to wait."""

CALLERS = {"cut_stream", "filtered"}


@pytest.fixture(scope="module")
def route(signed: RoutingDocument) -> Route:
    return next(one for one in signed.open_routes if one.workload == "batch_refactor")


@pytest.fixture(scope="module")
def outcomes(signed: RoutingDocument, route: Route) -> dict[str, Outcome]:
    return {one["fault"]: one for one in router.run(signed, [route], TIMEOUT)}


def test_every_failure_that_a_gateway_can_notice_is_answered_by_the_first_fallback(
    outcomes: dict[str, Outcome], route: Route
) -> None:
    assert [*outcomes] == [*FAULTS]
    for fault in outcomes.keys() - CALLERS:
        assert outcomes[fault]["answered_by"] == route.chain[1], fault
        assert outcomes[fault]["verdict"] in ("pass", "slow"), fault
    assert outcomes["hang"]["seconds"] >= TIMEOUT


def test_what_no_gateway_can_notice_is_the_callers(outcomes: dict[str, Outcome]) -> None:
    assert {fault for fault, one in outcomes.items() if one["verdict"] == "your caller"} == CALLERS


def test_a_chain_of_one_model_fails(signed: RoutingDocument, route: Route) -> None:
    alone = route.model_copy(update={"hops": route.hops[:1]})
    document = signed.model_copy(update={"routes": (alone,)})
    found = {one["fault"]: one["verdict"] for one in router.run(document, [alone], TIMEOUT)}
    assert {found[fault] for fault in found.keys() - CALLERS} == {"fail"}


def test_what_a_chain_loses(route: Route) -> None:
    found = losses.of(route)
    assert found["survives_vendor"]
    assert found["holds_longest_prompt"]
    assert found["survives_provider"] is None
    primary, fallback = route.hops[:2]
    assert found["cost_ratio"] == pytest.approx(
        fallback.cost_per_task_usd / primary.cost_per_task_usd
    )
    short = fallback.model_copy(update={"served_context_length": 5, "vendor": primary.vendor})
    weak = route.model_copy(
        update={
            "hops": (primary, short.model_copy(update={"bloc": primary.bloc})),
            "provider": ProviderPreferences(only=("azure",)),
        }
    )
    assert losses.of(weak) == {
        "workload": route.workload,
        "survives_vendor": False,
        "survives_bloc": False,
        "survives_provider": False,
        "holds_longest_prompt": False,
        "cost_ratio": found["cost_ratio"],
    }
    alone = losses.of(route.model_copy(update={"hops": route.hops[:1]}))
    assert (alone["holds_longest_prompt"], alone["cost_ratio"]) == (None, None)


@pytest.mark.parametrize(("verdict", "code"), [("pass", 0), ("your caller", 0), ("fail", 1)])
def test_the_command_exits_with_1_if_a_workload_got_no_answer(
    published: Path, monkeypatch: pytest.MonkeyPatch, verdict: Any, code: int
) -> None:
    def run(document: RoutingDocument, routes: list[Route]) -> list[Outcome]:
        (one,) = routes
        return [
            {
                "workload": one.workload,
                "fault": "429",
                "verdict": verdict,
                "seconds": 0.1,
                "answered_by": None,
            }
        ]

    monkeypatch.setattr(router, "run", run)
    done = tokenhouse(published, "drill", "inline_completion")
    assert done.returncode == code, done.stderr
    assert "rate limit (429)" in done.stdout
    assert verdict in done.stdout
    answer = json.loads(tokenhouse(published, "drill", "inline_completion", "--json").stdout)
    assert answer["outcomes"][0]["verdict"] == verdict
    assert answer["losses"][0]["workload"] == "inline_completion"


def test_a_workload_that_is_not_exported_is_one_line(published: Path) -> None:
    done = tokenhouse(published, "drill", "none")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "none is not exported; exported: " in line


def test_every_fault_has_words() -> None:
    for language in languages():
        assert set(language.words["fault"]) == set(FAULTS)
