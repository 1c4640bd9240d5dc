"""A smoke test of a local model, since no ranking shows how it does: does it answer at all."""

import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pipelines.errors import RefusalError

SECONDS = 120.0
"""How long to wait for an answer, as the export does."""

LARGEST = 2**20
"""Bytes of an answer that are read."""


@dataclass(frozen=True)
class Smoke:
    """Whether a model answered a short prompt, called a tool when it had to, and in which time."""

    model: str
    answered: bool
    called_tool: bool
    seconds: float


TOOL = {
    "type": "function",
    "function": {
        "name": "report",
        "description": "Report a number",
        "parameters": {
            "type": "object",
            "properties": {"number": {"type": "integer"}},
            "required": ["number"],
        },
    },
}


def smoke(url: str, seconds: float = SECONDS) -> list[Smoke]:
    """Try every model that an OpenAI-compatible server lists; RefusalError if it lists none."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise RefusalError(f"{url} is no URL such as http://127.0.0.1:11434/v1")
    base = url.rstrip("/")
    listed = _asked(f"{base}/models", None, min(seconds, 10.0))
    rows = listed.get("data") if isinstance(listed, dict) else None
    names = [row["id"] for row in rows or [] if isinstance(row, dict) and "id" in row]
    if not names:
        raise RefusalError(f"{url} lists no model: is it the address of an OpenAI-compatible API?")
    return [_tried(base, f"{name}", seconds) for name in names]


def _tried(base: str, model: str, seconds: float) -> Smoke:
    began = time.monotonic()
    message = _message(base, {"model": model, "messages": [_user("Answer with: ready")]}, seconds)
    waited = round(time.monotonic() - began, 2)
    prompt = [_user("Report the number 7 with the tool.")]
    called = _message(base, {"model": model, "messages": prompt, "tools": [TOOL]}, seconds)
    return Smoke(model, bool(message.get("content")), bool(called.get("tool_calls")), waited)


def _user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def _message(base: str, body: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the message of a completion; empty if there is none."""
    answer = _asked(f"{base}/chat/completions", body, seconds)
    try:
        message = answer["choices"][0]["message"]
    except (KeyError, IndexError, TypeError):
        return {}
    return message if isinstance(message, dict) else {}


def _asked(url: str, body: dict[str, Any] | None, seconds: float) -> Any:
    """Return a response's JSON; None if there is no answer in time, or none that can be read."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 the scheme was checked
        url, data, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
            return json.loads(response.read(LARGEST))
    except (OSError, ValueError):
        return None
