"""The exported LiteLLM configuration in the real Router, with one model failing at a time."""

import copy
import logging
import os
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Literal, TypedDict

import yaml

from pipelines.drill import upstream
from pipelines.drill.faults import FAULTS, HANG
from pipelines.drill.upstream import WORDS, Upstream
from pipelines.exports import litellm as exporter
from pipelines.exports.routing_document import Route, RoutingDocument

SLOW_SECONDS = 1.0
"""From where an answer is slow. A model that hangs is left when its timeout is over: slow, too."""

Verdict = Literal["pass", "slow", "fail", "your caller"]


class Outcome(TypedDict):
    """What became of a request whose primary failed; `seconds` is how long the caller waited."""

    workload: str
    fault: str
    verdict: Verdict
    seconds: float
    answered_by: str | None


def run(
    document: RoutingDocument, routes: Sequence[Route], timeout: float | None = None
) -> list[Outcome]:
    """Return the outcome of every fault for these routes, in their order.

    `timeout` (seconds) replaces the exported timeouts. Raises ModuleNotFoundError without LiteLLM.
    """
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # otherwise it contacts GitHub
    import litellm

    litellm.telemetry = False
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)  # failures are what a drill is about
    litellm.suppress_debug_info = True
    config = yaml.safe_load(exporter.render(document)["litellm/config.yaml"])
    with upstream.serving() as server, ThreadPoolExecutor(len(routes) or 1) as pool:

        def outcome(route: Route, fault: str) -> Outcome:
            return _outcome(server, config, route, fault, timeout)

        for route in routes[:1]:  # the first request also imports, which is no part of a drill
            outcome(route, "none")
        # Those that hang only wait, so all of them do meanwhile; the others would slow each other.
        hanging = pool.map(lambda route: outcome(route, HANG), routes)
        found = [outcome(route, fault) for route in routes for fault in FAULTS if fault != HANG]
        found += hanging
    order = [route.workload for route in routes]
    return sorted(found, key=lambda one: (order.index(one["workload"]), FAULTS.index(one["fault"])))


def _outcome(
    server: Upstream, config: dict[str, Any], route: Route, fault: str, timeout: float | None
) -> Outcome:
    router = _router(server, config, route, fault, timeout)
    began = time.monotonic()
    try:
        answered_by = _answer(router, route.workload, is_streamed=fault == "cut_stream")
    except Exception:  # whatever a caller of LiteLLM would get
        answered_by = None
    seconds = time.monotonic() - began
    return {
        "workload": route.workload,
        "fault": fault,
        "verdict": _verdict(fault, answered_by, seconds),
        "seconds": round(seconds, 2),
        "answered_by": answered_by,
    }


def _verdict(fault: str, answered_by: str | None, seconds: float) -> Verdict:
    """Return the verdict; what no gateway can notice is the caller's, whatever came of it.

    A Router that waited until the server gave up has not left the silent model.
    """
    if fault == HANG and seconds >= upstream.LONGEST_HANG_SECONDS:
        return "fail"
    if answered_by is not None:
        return "slow" if seconds > SLOW_SECONDS else "pass"
    return "your caller" if fault in ("cut_stream", "filtered") else "fail"


def _router(
    server: Upstream, config: dict[str, Any], route: Route, fault: str, timeout: float | None
) -> Any:
    """Return a Router of the exported configuration, with the addresses of the local server."""
    from litellm.router import Router

    written = copy.deepcopy(config)
    primary = route.chain[0]
    for deployment in written["model_list"]:
        params = deployment["litellm_params"]
        params |= {"api_key": "drill", "api_base": server.address(fault, primary)}
        if fault == "refused" and deployment["model_name"] == route.workload:
            params["api_base"] = f"http://127.0.0.1:{_closed_port()}"
        if timeout:
            params |= {"timeout": timeout, "stream_timeout": timeout}
    return Router(model_list=written["model_list"], **written["router_settings"])


def _closed_port() -> int:
    """Return a port at which nothing listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _answer(router: Any, workload: str, is_streamed: bool) -> str | None:
    """Return the model that answered whole; None for an answer that is cut or empty."""
    messages = [{"role": "user", "content": "drill"}]
    if not is_streamed:
        response = router.completion(model=workload, messages=messages)
        content = response.choices[0].message.content
        return f"{content}" if content else None
    parts: list[str] = []
    model = None
    for chunk in router.completion(model=workload, messages=messages, stream=True):
        model = chunk.model
        parts += _contents(chunk)
    return f"{model}" if parts == [*WORDS] else None


def _contents(chunk: Any) -> Iterator[str]:
    yield from (choice.delta.content for choice in chunk.choices if choice.delta.content)
