"""The exported config in the real LiteLLM Router, against a server on this machine."""

import copy
import gzip
import json
import os
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
import yaml

from pipelines.exports import litellm as exporter
from pipelines.exports.routing_document import RoutingDocument
from pipelines.settings import SAMPLE

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # otherwise importing it contacts GitHub

FAILOVER_SECONDS = 2.0
"""The most that may pass from a failure of the first model to the response of the next."""

COST = 0.00123
"""What the upstream bills for each request, in USD; no list price gives this number."""


class Upstream(ThreadingHTTPServer):
    """Fails for the models in `failing` and responds like OpenRouter for all others.

    A failure is a status code, `hang` (no response until the server closes) or `cut` (a response
    whose body ends early).
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.failing: dict[str, int | str] = {}
        self.requests: list[dict[str, Any]] = []
        self.closing = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def requested_models(self) -> list[str]:
        return [body["model"] for body in self.requests]


class Answer(BaseHTTPRequestHandler):
    server: Upstream

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        failure = self.server.failing.get(body["model"])
        if failure == "hang":
            self.server.closing.wait()
            return
        status = failure if isinstance(failure, int) else 200
        error = {"error": {"code": status, "message": "Provider returned error"}}
        content = json.dumps(completion(body["model"]) if status == 200 else error).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:20] if failure == "cut" else content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass


def completion(model: str) -> dict[str, Any]:
    """Return a response as OpenRouter sends it, with what it bills."""
    message = {"role": "assistant", "content": "done"}
    return {
        "id": "gen-1",
        "object": "chat.completion",
        "created": 1_780_000_000,
        "model": model,
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {
            "prompt_tokens": 1000,
            "completion_tokens": 100,
            "total_tokens": 1100,
            "cost": COST,
        },
    }


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()


def config(document: RoutingDocument) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(exporter.render(document)["litellm/config.yaml"])
    return loaded


def router(
    document: RoutingDocument,
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    timeout: float | None = None,
) -> Any:
    """Load the config as the proxy does, only with the address of the local server.

    `timeout` (seconds) replaces the exported timeouts where a test would have to wait for them.
    """
    import litellm
    from litellm.router import Router

    litellm.telemetry = False
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-test")
    written = copy.deepcopy(config(document))
    for deployment in written["model_list"]:
        deployment["litellm_params"]["api_base"] = upstream.url
        if timeout:
            deployment["litellm_params"] |= {"timeout": timeout, "stream_timeout": timeout}
    return Router(model_list=written["model_list"], **written["router_settings"])


def complete(router: Any, model: str, words: int = 1) -> Any:
    return router.completion(model=model, messages=[{"role": "user", "content": "word " * words}])


@pytest.mark.accept
@pytest.mark.parametrize("failure", [429, 500, 502, 503, 403, 404, 408, "cut"])
def test_a_failed_model_is_left_at_once_and_never_called_again(
    failure: int | str,
    signed: RoutingDocument,
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    route = next(route for route in signed.open_routes if route.workload == "batch_refactor")
    primary, first, *_ = route.chain
    loaded = router(signed, upstream, monkeypatch)
    complete(loaded, "batch_refactor-fallback-1")  # the first request also imports and connects
    upstream.failing = {primary: failure}
    for name in ("batch_refactor", "batch-refactor"):
        upstream.requests.clear()
        began = time.monotonic()
        response = complete(loaded, name)
        took = time.monotonic() - began
        assert response.choices[0].message.content == "done"
        assert upstream.requested_models[-1] == first
        assert upstream.requested_models.count(primary) <= 1
        assert took < FAILOVER_SECONDS, f"{name} took {took:.3f} s"


@pytest.mark.accept
def test_a_silent_model_is_left_when_the_time_is_up(
    signed: RoutingDocument, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = next(route for route in signed.open_routes if route.workload == "batch_refactor")
    primary, first, *_ = route.chain
    loaded = router(signed, upstream, monkeypatch, timeout=0.5)
    upstream.failing = {primary: "hang"}
    assert complete(loaded, "batch_refactor").choices[0].message.content == "done"
    assert upstream.requested_models == [primary, first]


def test_every_group_has_timeouts(routes: RoutingDocument) -> None:
    for deployment in config(routes)["model_list"]:
        params = deployment["litellm_params"]
        assert (params["timeout"], params["stream_timeout"]) == (8, 4)


@pytest.mark.accept
def test_no_error_is_retried(routes: RoutingDocument) -> None:
    from litellm.types.router import RetryPolicy

    written = config(routes)
    assert written["router_settings"]["num_retries"] == 0
    assert written["router_settings"]["retry_policy"] == dict.fromkeys(RetryPolicy.model_fields, 0)


@pytest.mark.accept
def test_the_request_carries_the_provider_preferences(
    signed: RoutingDocument, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete(router(signed, upstream, monkeypatch), "pr_review")
    (body,) = upstream.requests
    assert body["provider"] == {
        "data_collection": "deny",
        "zdr": True,
        "only": ["azure", "google-vertex"],
    }


@pytest.mark.accept
def test_the_cost_is_what_openrouter_bills(
    signed: RoutingDocument, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not list price × tokens, which ignores cached prompts and discounts."""
    response = complete(router(signed, upstream, monkeypatch), "pr_review")
    assert response._hidden_params["response_cost"] == pytest.approx(COST)
    for deployment in config(signed)["model_list"]:
        assert not any("cost" in name for name in deployment["model_info"])


@pytest.mark.accept
def test_a_prompt_too_long_for_the_primary_goes_to_a_longer_fallback(
    signed: RoutingDocument, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorter = signed.routes[0].hops[0].model_copy(update={"served_context_length": 2000})
    route = signed.routes[0].model_copy(update={"hops": (shorter, *signed.routes[0].hops[1:])})
    document = signed.model_copy(update={"routes": (route,)})
    complete(router(document, upstream, monkeypatch), route.workload, words=5000)
    assert upstream.requested_models == [route.chain[1]]


def test_the_limit_is_that_of_the_first_choice_of_provider(signed: RoutingDocument) -> None:
    """The model's own context may be longer: minimax-m3 had 1,048,576 and was served 524,288."""
    newest = max((SAMPLE / "models").glob("*.json.gz"))
    offered = {
        one["id"]: min(one["context_length"], one["top_provider"]["context_length"])
        for one in json.loads(gzip.decompress(newest.read_bytes()))["data"]
        if one["context_length"] and one["top_provider"]["context_length"]
    }
    written = {
        one["litellm_params"]["model"].removeprefix("openrouter/"): one["model_info"]
        for one in config(signed)["model_list"]
    }
    assert written
    for model_id, info in written.items():
        assert info["max_input_tokens"] == offered[model_id], model_id
    hop = signed.routes[0].hops[0]
    assert hop.model_copy(update={"served_context_length": 5}).longest_input == 5
    assert hop.model_copy(update={"served_context_length": None}).longest_input == (
        hop.context_length
    )


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
