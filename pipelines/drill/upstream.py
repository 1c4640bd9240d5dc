"""A server on loopback that answers as OpenRouter does, and fails for one model as requested.

The address of a request names the fault and the model:
`/<fault>/<author>/<model>/chat/completions`. So any number of clients can be served at once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from pipelines.drill.faults import STATUSES

RETRY_AFTER_SECONDS = "30"

LONGEST_HANG_SECONDS = 30.0
"""After which a request that hangs is closed, so that a Router without a timeout ends too."""

WORDS = ("a", "b", "c")


class Upstream(ThreadingHTTPServer):
    """The server; `closing` ends the requests that hang before their time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.closing = Event()

    def address(self, fault: str, model_id: str) -> str:
        """Return the base URL under which this model fails in this way."""
        return f"http://127.0.0.1:{self.server_port}/{fault}/{model_id}"


@contextmanager
def serving() -> Iterator[Upstream]:
    """Run the server until the block ends."""
    server = Upstream()
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Upstream

    def do_POST(self) -> None:
        """Answer a completion, or fail as the address says."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault, _, model_id = self.path.strip("/").removesuffix("/chat/completions").partition("/")
        if body["model"] != model_id:
            fault = "none"
        if fault == "hang":
            self.server.closing.wait(LONGEST_HANG_SECONDS)
        elif fault in STATUSES:
            self._refuse(fault)
        elif body.get("stream"):
            self._stream(body["model"], is_cut=fault == "cut_stream")
        else:
            reason = "content_filter" if fault == "filtered" else "stop"
            self._complete(body["model"], reason, is_cut=fault == "cut_body")

    def _refuse(self, fault: str) -> None:
        code = "context_length_exceeded" if fault == "overflow" else STATUSES[fault]
        message = "maximum context length exceeded" if fault == "overflow" else "refused in a drill"
        headers = {"Retry-After": RETRY_AFTER_SECONDS} if fault == "429_retry_after" else {}
        error = json.dumps({"error": {"code": code, "message": message}})
        self._send(STATUSES[fault], error.encode(), headers)

    def _complete(self, model: str, reason: str, is_cut: bool) -> None:
        content = None if reason == "content_filter" else model
        message = {"role": "assistant", "content": content}
        choice: dict[str, Any] = {"index": 0, "finish_reason": reason, "message": message}
        body = json.dumps({**_header(model, "chat.completion"), "choices": [choice]}).encode()
        self._send(200, body, {}, body[:20] if is_cut else body)

    def _stream(self, model: str, is_cut: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for word in WORDS[:1] if is_cut else WORDS:
            choice: dict[str, Any] = {
                "index": 0,
                "finish_reason": None,
                "delta": {"content": word},
            }
            chunk = {**_header(model, "chat.completion.chunk"), "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        if not is_cut:
            choice = {"index": 0, "finish_reason": "stop", "delta": {}}
            chunk = {**_header(model, "chat.completion.chunk"), "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())

    def _send(
        self, status: int, body: bytes, headers: dict[str, str], sent: bytes | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if sent is None else sent)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 the base's name
        """Log nothing."""


def _header(model: str, kind: str) -> dict[str, Any]:
    return {"id": "gen-drill", "object": kind, "created": 0, "model": model}
