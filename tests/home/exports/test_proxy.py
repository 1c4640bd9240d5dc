"""The exported configuration in the real LiteLLM proxy, where one with its extra is on PATH."""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.drill import upstream
from pipelines.exports.routing_document import RoutingDocument
from tests.conftest import tokenhouse
from tests.support.ports import free_port

KEY = "sk-test"
SECONDS = 120


class Proxy:
    """A proxy on loopback that has loaded `config.yaml` as it was exported."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def asked(self, path: str, body: dict[str, Any] | None = None) -> tuple[Any, str]:
        """Return the answer as JSON, and how many fallbacks it took."""
        request = urllib.request.Request(  # noqa: S310 it is on loopback
            f"{self.address}/{path}",
            json.dumps(body).encode() if body else None,
            {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 the same
            tried = response.headers.get("x-litellm-attempted-fallbacks", "")
            return json.loads(response.read()), tried


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "home"))


@pytest.fixture
def document(home: Path) -> RoutingDocument:
    return RoutingDocument.model_validate_json((home / "exports/routing.json").read_bytes())


@pytest.fixture
def proxy(home: Path, document: RoutingDocument, tmp_path: Path) -> Iterator[Proxy]:
    """Run the proxy against a server that fails for the primary of the first workload."""
    port, log = free_port(), tmp_path / "log"
    program = [f"{shutil.which('litellm')}", "--host", "127.0.0.1", "--port", f"{port}"]
    with upstream.serving() as server, log.open("wb") as output:
        own = {
            "LITELLM_MASTER_KEY": KEY,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "OPENROUTER_API_KEY": "none",
            "OPENROUTER_API_BASE": server.address("500", document.open_routes[0].chain[0]),
        }
        with subprocess.Popen(
            [*program, "--config", f"{home / 'exports/litellm/config.yaml'}"],
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | own,
            cwd=tmp_path,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process:
            found = Proxy(port)
            try:
                _wait(found, process, log)
                yield found
            finally:
                process.kill()


def _wait(proxy: Proxy, process: "subprocess.Popen[bytes]", log: Path) -> None:
    began = time.monotonic()
    while time.monotonic() - began < SECONDS:
        try:
            proxy.asked("health/readiness")
        except (urllib.error.URLError, ConnectionError):
            try:
                process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
            if b"litellm[proxy]" in log.read_bytes():
                pytest.skip("the litellm on PATH has not the extra proxy")
            break
        else:
            return
    raise AssertionError(log.read_text(errors="replace")[-2000:])


@pytest.mark.accept
@pytest.mark.skipif(not shutil.which("litellm"), reason="litellm is not on PATH")
def test_the_proxy_answers_every_workload_and_reports_what_was_exported(
    home: Path, document: RoutingDocument, proxy: Proxy, tmp_path: Path
) -> None:
    failing, *_ = (route.chain[0] for route in document.open_routes)
    for route in document.open_routes:
        for name in (route.workload, route.workload.replace("_", "-")):
            asked = {"model": name, "messages": [{"role": "user", "content": "hello"}]}
            answer, tried = proxy.asked("v1/chat/completions", asked)
            said = answer["choices"][0]["message"]["content"]
            fails = route.chain[0] == failing
            assert (said, tried) == (route.chain[fails], f"{int(fails)}"), name
    status = tmp_path / "status.json"
    paths = ("health/readiness", "v1/model/info", "router/settings")
    status.write_text("".join(json.dumps(proxy.asked(path)[0]) for path in paths))
    done = tokenhouse(home, "probe", f"{status}", "--json")
    answer = json.loads(done.stdout)
    assert {one["result"] for one in answer["checks"]} == {"passed"}
    assert {one["result"] for one in answer["loaded"]} == {"equal"}
    assert (done.returncode, answer["stored"]) == (0, len(paths))
