"""A server on loopback that answers clients as OpenRouter does, in the three shapes they speak."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Event = dict[str, Any]


class Api(ThreadingHTTPServer):
    """The server; `bodies` are what it was asked, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving() -> Iterator[Api]:
    """Run the server until the block ends."""
    server = Api()
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def _messages(text: str, model: str) -> Iterator[Event]:
    """Yield the events of Anthropic's messages endpoint."""
    message = {"id": "m", "type": "message", "role": "assistant", "model": model, "content": []}
    usage = {"input_tokens": 1, "output_tokens": 1}
    yield {"type": "message_start", "message": {**message, "usage": usage}}
    block = {"type": "text", "text": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    delta = {"type": "text_delta", "text": text}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
    yield {"type": "message_stop"}


def _responses(text: str, model: str) -> Iterator[Event]:
    """Yield the events of the responses endpoint."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    item = {"type": "message", "id": "i", "role": "assistant", "content": content}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    response = {"id": "r", "object": "response", "model": model, "output": [item], "usage": usage}
    yield {"type": "response.created", "response": {**response, "output": []}}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    yield {"type": "response.completed", "response": {**response, "status": "completed"}}


def _completions(text: str, model: str) -> Iterator[Event]:
    """Yield the chunks of the chat completions endpoint."""
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": model}
    for delta, reason in (({"role": "assistant", "content": text}, None), ({}, "stop")):
        yield {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


STREAMS = {"messages": _messages, "responses": _responses, "completions": _completions}


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        """Answer that there is nothing, to clients that ask for a list of models."""
        self._send("application/json", b'{"data": []}')

    def do_POST(self) -> None:
        """Answer with a stream that says which model was asked."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        stream = STREAMS[self.path.partition("?")[0].rpartition("/")[2]]
        lines = [
            f"event: {event.get('type', 'message')}\ndata: {json.dumps(event)}\n\n"
            for event in stream(f"answer of {body['model']}", body["model"])
        ]
        self._send("text/event-stream", "".join([*lines, "data: [DONE]\n\n"]).encode())

    def _send(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", f"{len(content)}")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 the base's name
        """Log nothing."""
