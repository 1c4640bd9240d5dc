"""A real HTTP server that speaks OpenRouter's wire on loopback, from the recorded sample."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pipelines.settings import SAMPLE

KEY = "sk-or-v1-0123456789abcdef"
Reply = tuple[int, bytes, dict[str, str]]


@dataclass
class Wire:
    """What the server was asked, and how it answers; a reply put in `replies` is given once."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    as_of: str = "2026-10-11T00:27:00Z"


def recorded_rows() -> list[dict[str, str]]:
    paths = sorted((SAMPLE / "rankings-daily").glob("*.json"))
    return [row for path in paths for row in json.loads(path.read_bytes())["data"]]


def rankings(start: str, end: str, as_of: str) -> dict[str, Any]:
    rows = [row for row in recorded_rows() if start <= row["date"] <= end]
    meta = {"as_of": as_of, "version": "v1", "start_date": start, "end_date": end}
    return {"data": rows, "meta": meta}


def as_reply(body: object, status: int = 200) -> Reply:
    return status, json.dumps(body).encode(), {"Content-Type": "application/json"}


@contextmanager
def serving() -> Iterator[Wire]:
    wire = Wire()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wire.asked.append(self.path)
            wire.keys.append(self.headers.get("Authorization"))
            status, body, headers = wire.replies.pop(0) if wire.replies else self._answer()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _answer(self) -> Reply:
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                return as_reply({"error": {"code": 401, "message": "No auth credentials"}}, 401)
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path.endswith("/datasets/rankings-daily"):
                return as_reply(rankings(query["start_date"], query["end_date"], wire.as_of))
            newest = max((SAMPLE / "models").iterdir())
            return as_reply(json.loads(gzip.decompress(newest.read_bytes())))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        wire.url = f"http://127.0.0.1:{server.server_address[1]}/api/v1"
        yield wire
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
