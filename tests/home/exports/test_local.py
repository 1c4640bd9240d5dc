"""A local model: last in the chain where it suffices, never on OpenRouter, and tried before."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import json5
import pytest
import yaml
from pydantic import ValidationError

from pipelines.drill import local as smoke_test
from pipelines.errors import RefusalError
from pipelines.exports import export_files, litellm, openclaw, openrouter, routing_reader
from pipelines.exports.routing_document import LocalHop, RoutingDocument
from pipelines.reference.routing import Local, Workload
from pipelines.words.language import languages

QWEN: dict[str, Any] = {
    "provider": "ollama",
    "model": "qwen3.5:27b",
    "url": "http://127.0.0.1:11434/v1",
    "context_tokens": 131072,
    "supports_tools": True,
    "accepts_image": False,
    "data_class": "internal",
    "licence": "Apache-2.0",
}
SHAPE = {
    "local_model": Local(**QWEN).model_dump_json(),
    "context_end_tokens": 32000,
    "needs_tools": True,
    "needs_image": False,
    "data_class": "public",
}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, None),
        ({"data_class": "internal", "context_end_tokens": 131072}, None),
        ({"context_end_tokens": 131073}, "context"),
        ({"local_model": Local(**QWEN | {"supports_tools": False}).model_dump_json()}, "tools"),
        ({"needs_image": True}, "image"),
        ({"data_class": "pii"}, "data_class"),
    ],
)
def test_it_is_left_out_where_it_does_not_suffice(changed: dict[str, Any], why: str | None) -> None:
    found = routing_reader._local(SHAPE | changed)
    assert found.get("local_left_out") == why
    assert (found.get("local") is None) == bool(why)
    assert routing_reader._local({"workload": "older"}) == {}
    for language in languages():
        assert set(language.words["routing"]["local_left_out"]) == {
            "context",
            "tools",
            "image",
            "data_class",
        }


@pytest.fixture(scope="module")
def with_local(signed: RoutingDocument) -> RoutingDocument:
    first, *others = signed.open_routes
    local = first.model_copy(update={"local": LocalHop(**QWEN)})
    left_out = [one.model_copy(update={"local_left_out": "context"}) for one in others]
    return signed.model_copy(update={"routes": (local, *left_out)})


def test_it_is_the_last_fallback_of_gateways_and_unknown_to_openrouter(
    with_local: RoutingDocument, signed: RoutingDocument
) -> None:
    name = with_local.open_routes[0].workload
    config = yaml.safe_load(litellm.render(with_local)["litellm/config.yaml"])
    (group,) = (one for one in config["model_list"] if one["model_name"] == f"{name}-local")
    assert group["litellm_params"]["model"] == "openai/qwen3.5:27b"
    assert group["litellm_params"]["api_base"] == QWEN["url"]
    chains = {
        key: one for entry in config["router_settings"]["fallbacks"] for key, one in entry.items()
    }
    assert chains[name][-1] == f"{name}-local"
    text = openclaw.render(with_local)["openclaw/routing/agents.json5"].decode()
    agent = json5.loads(text)["entries"][name]
    assert agent["model"]["fallbacks"][-1] == "ollama/qwen3.5:27b"
    assert "qwen3.5:27b" not in json.dumps(agent["params"])
    assert "its local model has too short a context" in text
    assert openrouter.render(with_local).keys() == openrouter.render(signed).keys()
    files = export_files.routing_files(with_local)
    there = {file for file, content in files.items() if b"qwen3.5:27b" in content}
    assert there == {
        "routing.json",
        "litellm/config.yaml",
        "openclaw/routing/agents.json5",
        f"openclaw/routing/workloads/{name}.json5",
        "openclaw-2026.7/routing/agents.json5",
    }


def test_a_workload_keeps_it_as_one_text_and_refuses_what_is_no_address() -> None:
    known = {
        "workload": "one",
        "description": "",
        "round_trips": 1,
        "context_start_tokens": 1,
        "context_end_tokens": 1,
        "output_tokens": 1,
        "tasks_per_day": 1,
        "needs_image": False,
        "needs_tools": False,
        "needs_structured_output": False,
        "data_class": "public",
        "benchmarks": [],
        "index_floor": 1,
    }
    written = Workload.model_validate(known | {"local": QWEN}).local
    assert json.loads(f"{written}") == QWEN
    for wrong in ({"url": "file:///etc"}, {"data_class": "all"}, {"key": "x"}, {"licence": ""}):
        with pytest.raises(ValidationError):
            Workload.model_validate(known | {"local": QWEN | wrong})


class Ollama(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer({"data": [{"id": "small"}, {"id": "broken"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message: dict[str, Any] = {"tool_calls": [{}]} if "tools" in body else {"content": "ready"}
        broken = body["model"] == "broken"
        self.answer({} if broken else {"choices": [{"message": message}]})

    def answer(self, body: Any) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Ollama) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def test_the_smoke_test_tries_every_model_of_a_server(address: str) -> None:
    found = {one.model: (one.answered, one.called_tool) for one in smoke_test.smoke(address, 5)}
    assert found == {"small": (True, True), "broken": (False, False)}


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:9/v1"])
def test_a_server_that_is_none_is_one_line(url: str, tmp_path: Path) -> None:
    with pytest.raises(RefusalError):
        smoke_test.smoke(url, 2)
