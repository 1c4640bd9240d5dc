"""The exported config in the real LiteLLM Router, against a server on this machine."""

import copy
import json
import os
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import yaml

from pipelines.exports import litellm as exporter
from pipelines.exports.routing_document import RoutingDocument

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks GitHub when it is imported

FAILOVER_SECONDS = 0.5
"""What the issue allows from a 429 of the first model to the answer of the next."""


class Upstream(ThreadingHTTPServer):
    """Answers 429 for the models named, and like OpenRouter for all others."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.limited: set[str] = set()
        self.asked: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Upstream

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        limited = body["model"] in self.server.limited
        answer: dict[str, Any] = (
            {"error": {"code": 429, "message": "Rate limited upstream"}}
            if limited
            else {
                "id": "gen-1",
                "object": "chat.completion",
                "created": 1_780_000_000,
                "model": body["model"],
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": "done"},
                    }
                ],
                "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
            }
        )
        content = json.dumps(answer).encode()
        self.send_response(429 if limited else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def config(document: RoutingDocument) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(exporter.render(document)["litellm/config.yaml"])
    return loaded


def router(document: RoutingDocument, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load the config as the proxy does, only with the address of the local server."""
    import litellm
    from litellm.router import Router

    litellm.telemetry = False
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-test")
    written = copy.deepcopy(config(document))
    for deployment in written["model_list"]:
        deployment["litellm_params"]["api_base"] = upstream.url
    return Router(model_list=written["model_list"], **written["router_settings"])


def ask(router: Any, model: str, words: int = 1) -> Any:
    return router.completion(
        model=model, messages=[{"role": "user", "content": "word " * words}], timeout=5
    )


def test_a_rate_limit_fails_over_within_half_a_second_by_name_and_by_alias(
    signed: RoutingDocument, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = next(route for route in signed.open_routes if route.workload == "batch_refactor")
    primary, first, *_ = route.chain
    loaded = router(signed, upstream, monkeypatch)
    ask(loaded, "batch_refactor-fallback-1")  # the first request also imports and connects
    upstream.limited = {primary}
    for name in ("batch_refactor", "batch-refactor"):
        upstream.asked.clear()
        began = time.monotonic()
        answer = ask(loaded, name)
        took = time.monotonic() - began
        assert answer.choices[0].message.content == "done"
        assert [body["model"] for body in upstream.asked][-1] == first
        assert [body["model"] for body in upstream.asked].count(primary) <= 1
        assert took < FAILOVER_SECONDS, f"{name} took {took:.3f} s"


def test_the_request_carries_the_provider_preferences_and_the_answer_its_cost(
    signed: RoutingDocument, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = ask(router(signed, upstream, monkeypatch), "pr_review")
    (body,) = upstream.asked
    assert body["provider"] == {
        "data_collection": "deny",
        "zdr": True,
        "require_parameters": True,
        "only": ["azure", "google-vertex"],
    }
    hop = next(route for route in signed.routes if route.workload == "pr_review").hops[0]
    assert hop.prompt_price and hop.completion_price
    expected = (1000 * hop.prompt_price + 100 * hop.completion_price) / 1_000_000
    assert answer._hidden_params["response_cost"] == pytest.approx(expected)


def test_a_prompt_too_long_for_the_primary_goes_to_a_longer_fallback(
    signed: RoutingDocument, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorter = signed.routes[0].hops[0].model_copy(update={"context_length": 2000})
    route = signed.routes[0].model_copy(update={"hops": (shorter, *signed.routes[0].hops[1:])})
    document = signed.model_copy(update={"routes": (route,)})
    ask(router(document, upstream, monkeypatch), route.workload, words=5000)
    assert [body["model"] for body in upstream.asked] == [route.chain[1]]


def test_the_escalation_is_a_group_of_its_own_and_no_fallback(signed: RoutingDocument) -> None:
    written = config(signed)
    groups = {one["model_name"]: one["litellm_params"]["model"] for one in written["model_list"]}
    route = next(route for route in signed.open_routes if route.escalation)
    assert route.escalation
    escalation = f"{route.workload}-escalation"
    assert groups[escalation] == f"openrouter/{route.escalation.model_id}"
    for table in ("fallbacks", "context_window_fallbacks"):
        for entry in written["router_settings"][table]:
            assert all(escalation not in chain for chain in entry.values())


def test_every_alias_has_the_fallbacks_of_its_group(routes: RoutingDocument) -> None:
    settings = config(routes)["router_settings"]
    for table in ("fallbacks", "context_window_fallbacks"):
        chains = {name: chain for entry in settings[table] for name, chain in entry.items()}
        for alias, group in settings["model_group_alias"].items():
            assert chains.get(alias) == chains.get(group)
    assert {next(iter(entry)) for entry in settings["fallbacks"]} == {
        *settings["model_group_alias"],
        *settings["model_group_alias"].values(),
    }
