"""A real HTTP server that speaks OpenRouter's wire on loopback, from the recorded sample."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pipelines.settings import SAMPLE, Settings

KEY = "sk-or-v1-0123456789abcdef"
MANAGEMENT = "sk-or-management-fedcba9876543210"

# Written by hand after the documentation: not seen live.
SYNTHETIC_ENDPOINT = {
    "provider_name": "Example",
    "tag": "example/fp8",
    "model_name": "Example model",
    "quantization": "fp8",
    "context_length": 131072,
    "max_completion_tokens": 16384,
    "pricing": {"prompt": "0.0000001", "completion": "0.0000002"},
    "uptime_last_30m": 99.9,
    "latency_last_30m": {"p50": 0.3, "p75": 0.4, "p90": 0.6, "p99": 1.2},
    "throughput_last_30m": {"p50": 80.0, "p75": 70.0, "p90": 50.0, "p99": 20.0},
}
_META = {"as_of": "2026-10-11T00:27:00Z", "version": "v1"}
SYNTHETIC: dict[str, dict[str, Any]] = {
    "datasets/app-rankings": {
        "data": [
            {
                "app_id": 1,
                "app_name": "Example app",
                "rank": 1,
                "total_requests": 7,
                "total_tokens": "9007199254740993",
            }
        ],
        "meta": {**_META, "start_date": "2026-06-15", "end_date": "2026-06-21"},
    },
    "datasets/session-cost": {
        "data": [
            {
                "app_name": "Example app",
                "app_slug": "example-app",
                "model_permaslug": "deepseek/deepseek-v4-flash-20260423",
                "turn_range": "2-9-turns",
                "median_session_cost_usd": 0.25,
            }
        ],
        "meta": {**_META, "window_days": 30, "window_end_date": "2026-06-21"},
    },
    "classifications/task": {
        "data": {
            "as_of": "2026-06-21",
            "window_days": 7,
            "classifications": [
                {
                    "tag": "code:general_impl",
                    "display_name": "Code generation",
                    "macro_category": "code",
                    "usage_share": 0.23,
                    "token_share": 0.31,
                    "models": [],
                }
            ],
            "macro_categories": [
                {"key": "code", "label": "Code", "usage_share": 0.45, "token_share": 0.52}
            ],
        }
    },
    "providers": {"data": [{"slug": "example", "name": "Example", "headquarters": "US"}]},
    "endpoints/zdr": {"data": [SYNTHETIC_ENDPOINT]},
    "benchmarks": {
        "data": [
            {
                "source": "openrouter",
                "model_permaslug": "openai/gpt-4o",
                "benchmark_type": "gpqa_diamond",
                "accuracy": 0.72,
            }
        ],
        "meta": {**_META, "citation": "Source: Example."},
    },
    "activity": {
        "data": [
            {
                "date": "2026-06-20",
                "model": "openai/gpt-4.1",
                "workspace_id": "w",
                "model_permaslug": "openai/gpt-4.1-2025-04-14",
                "provider_name": "OpenAI",
                "endpoint_id": "e",
                "requests": 5,
                "prompt_tokens": 50,
                "completion_tokens": 125,
                "reasoning_tokens": 25,
                "usage": 0.015,
                "byok_usage_inference": 0.012,
            }
        ]
    },
}
Reply = tuple[int, bytes, dict[str, str]]


@dataclass
class Wire:
    """The requests received and the responses to give; a reply put in `replies` is given once."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    fault: Callable[[BaseHTTPRequestHandler], None] | None = None
    is_gone: Callable[[str], bool] = lambda _: False  # by path and query
    as_of: str = "2026-10-11T00:27:00Z"
    is_complete: bool = True
    reported: list[dict[str, Any]] = field(default_factory=list)  # by hand, after the documentation
    most_reported: int = 10_000

    def settings(self, home: Path, **options: Any) -> Settings:
        """Return the settings of a home that uses this server, with a high rate limit."""
        usual = {"openrouter_api_key": KEY, "openrouter_requests_per_minute": 100_000}
        return Settings(openrouter_base_url=self.url, tokenhouse_home=home, **{**usual, **options})

    def analytics(self, content: bytes) -> Reply:
        """Answer a query of the account's analytics as is documented; an `end` is included."""
        query = json.loads(content)
        start, end = (query["time_range"][one][:10] for one in ("start", "end"))
        rows = [row for row in self.reported if start <= row["date__day"] <= end]
        cut = rows[: self.most_reported]
        about = {"query_time_ms": 1, "row_count": len(cut), "truncated": len(cut) < len(rows)}
        return as_reply({"data": {"data": cut, "metadata": about}})

    def answer(self, whole_path: str, key: str | None, content: bytes = b"") -> Reply:
        """Answer as the source would, from the recorded sample or by hand."""
        if key not in (f"Bearer {KEY}", f"Bearer {MANAGEMENT}"):
            return as_reply({"error": {"code": 401, "message": "No auth credentials"}}, 401)
        if self.is_gone(whole_path):
            return as_reply({"error": {"code": 404, "message": "gone"}}, 404)
        parts = urlsplit(whole_path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix("/api/v1/")
        if content and key != f"Bearer {MANAGEMENT}":
            return as_reply({"error": {"code": 403, "message": "needs a management key"}}, 403)
        if content:
            return self.analytics(content)
        if path == "datasets/rankings-daily":
            return as_reply(rankings(query["start_date"], query["end_date"], self.as_of))
        if path == "models":
            newest = max((SAMPLE / "models").iterdir())
            return as_reply(json.loads(gzip.decompress(newest.read_bytes())))
        if path.endswith("/endpoints"):
            model = path.removeprefix("models/").removesuffix("/endpoints")
            return as_reply({"data": {"id": model, "endpoints": [SYNTHETIC_ENDPOINT]}})
        if path in SYNTHETIC and self.is_complete:
            return as_reply(SYNTHETIC[path])
        return as_reply({"error": {"code": 404, "message": f"no {path}"}}, 404)


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
        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            wire.asked.append(self.path)
            wire.keys.append(self.headers.get("Authorization"))
            fault = wire.fault
            if fault is not None:
                fault(self)
                return
            status, body, headers = (
                wire.replies.pop(0)
                if wire.replies
                else wire.answer(self.path, self.headers.get("Authorization"), content)
            )
            # Without a Date of its own, a response is dated by the server, as real ones are.
            (self.send_response_only if "Date" in headers else self.send_response)(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        wire.url = f"http://127.0.0.1:{server.server_address[1]}/api/v1"
        yield wire
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
