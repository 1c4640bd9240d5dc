"""Records of own usage, as the programs write them. README.md says where each file comes from."""

import csv
import json
from pathlib import Path
from typing import Any

from pipelines.usage.readers.litellm import DETAILS, OPTIONAL, WANTED

FILES = Path(__file__).parent

ACTIVITY = {
    "generation_id": "gen-x",
    "created_at": "2026-07-14 10:00:00.040",
    "cost_total": "0.05",
    "cost_web_search": "0",
    "cost_cache": "-0.01",
    "cost_file_processing": "0",
    "byok_usage_inference": "0",
    "tokens_prompt": "1000",
    "tokens_completion": "100",
    "tokens_reasoning": "50",
    "tokens_cached": "400",
    "model_permaslug": "deepseek/deepseek-v4-flash-20260423",
    "provider_name": "DeepSeek",
    "variant": "standard",
    "cancelled": "false",
    "streamed": "true",
    "user": "",
    "finish_reason_raw": "stop",
    "finish_reason_normalized": "stop",
    "generation_time_ms": "2100",
    "time_to_first_token_ms": "300",
    "api_key_disabled": "false",
    "api_key_name": "",
    "app_name": "agent",
}
"""A row of OpenRouter's activity export, under the header of September 2026."""


def activity_csv(path: Path, *changed: dict[str, str]) -> Path:
    """Write an activity export with a row for each set of changed fields."""
    return _csv(path, [{**ACTIVITY, **one} for one in changed])


def spend_csv(path: Path, logged: list[dict[str, Any]], whole: bool) -> Path:
    """Write rows of LiteLLM's table as `COPY` does: the whole table, or what the reader prints."""
    if whole:
        return _csv(path, logged)
    rows = []
    for row in logged:
        details = {name: _found(json.loads(row["metadata"]), at) for name, at in DETAILS.items()}
        rows.append({name: row.get(name) for name in (*WANTED, *OPTIONAL)} | details)
    return _csv(path, rows)


def claude_line(
    message: str, output: int = 5, content: object = (), padding: str = "", **changed: Any
) -> str:
    """Return a line of a session log, as Claude Code writes one for a block of a response."""
    usage = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 20,
        "output_tokens": output,
    }
    line = {
        "type": "assistant",
        "sessionId": "a",
        "isSidechain": False,
        "timestamp": "2026-06-01T10:00:00.000Z",
        "requestId": "req_1",
        "padding": padding,
        "message": {
            "id": message,
            "role": "assistant",
            "model": "claude-sonnet-4-6",
            "content": content,
            "usage": usage,
        },
        **changed,
    }
    return f"{json.dumps(line, separators=(',', ':'))}\n"


def _found(value: Any, path: str) -> Any:
    for part in path.split(".")[1:]:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
