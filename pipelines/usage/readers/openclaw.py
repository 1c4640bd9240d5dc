"""OpenClaw's sessions: the SQLite file of an agent, JSON lines, or the answer to `sessions.usage`.

A request is an assistant's message. SQLite contains the same events as the JSON lines did until
2026.7, the large ones compressed. Input is without the cache. A total that the provider billed says
so. The answer to `sessions.usage` has totals by session and model: it is read where each is of one
request, and refused where it sums up several, since those are not attempts.
"""

import io
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from pipelines import limits
from pipelines.errors import RefusalError
from pipelines.usage import lines, sql

USAGE = ("input", "output", "cacheRead", "cacheWrite")
TEXTS = ("responseId", "provider", "model", "stopReason", "errorCode", "timestamp")

FIELDS: sql.Fields = {
    "type": "VARCHAR",
    "id": "VARCHAR",
    "message": {
        "role": "VARCHAR",
        **dict.fromkeys(TEXTS, "VARCHAR"),
        "usage": {
            **dict.fromkeys(USAGE, "VARCHAR"),
            "cost": {"total": "VARCHAR", "totalOrigin": "VARCHAR"},
        },
    },
}

OF_LINES = """
(SELECT
    filename AS file,
    regexp_extract(filename, '([^/\\\\]+)[.]jsonl$', 1) AS session_id,
    nullif(regexp_extract(filename, 'agents[/\\\\]([^/\\\\]+)[/\\\\]', 1), '') AS agent,
    id,
    message."responseId" AS response_id,
    message.provider,
    message.model,
    message."stopReason" AS stop_reason,
    message."errorCode" AS error_code,
    message."timestamp" AS sent_at,
    message.usage."input" AS fresh,
    message.usage."output" AS output,
    message.usage."cacheRead" AS read,
    message.usage."cacheWrite" AS written,
    message.usage.cost.total AS cost,
    message.usage.cost."totalOrigin" = 'provider-billed' AS is_billed
FROM {scan}
WHERE
    type = 'message'
    AND message.role = 'assistant'
    AND message.usage IS NOT NULL
    AND message.provider IS DISTINCT FROM 'openclaw')
"""

STATEMENT = """
WITH typed AS (
    SELECT
        *,
        CASE
            WHEN stop_reason = 'error' AND error_code = '429' THEN 'rate_limited'
            WHEN stop_reason = 'error' THEN 'failed'
            WHEN stop_reason = 'aborted' THEN 'cancelled'
            ELSE 'ok'
        END AS outcome
    FROM {scan}
)

SELECT
    file,
    coalesce(response_id, concat_ws('/', session_id, id)) AS request_id,
    response_id AS generation_id,
    session_id AS trace_id,
    {at} AS started_at,
    concat_ws('/', provider, model) AS model_raw,
    provider AS provider_raw,
    agent AS workload,
    session_id AS task_id,
    outcome AS status,
    {http_status} AS http_status,
    CASE
        WHEN outcome IN ('ok', 'cancelled')
            THEN {fresh} + coalesce({read}, 0) + coalesce({written}, 0)
        ELSE 0
    END AS prompt_tokens,
    CASE WHEN outcome IN ('ok', 'cancelled') THEN {read} END AS cache_read_tokens,
    CASE WHEN outcome IN ('ok', 'cancelled') THEN {written} END AS cache_write_tokens,
    CASE WHEN outcome IN ('ok', 'cancelled') THEN {output} ELSE 0 END AS completion_tokens,
    CASE WHEN outcome IN ('ok', 'cancelled') THEN {cost} END AS cost_usd,
    CASE WHEN is_billed THEN 'billed' ELSE 'source_estimate' END AS cost_kind
FROM typed
"""

COLUMNS = (
    *("file", "session_id", "agent", "id", "response_id", "provider", "model", "stop_reason"),
    *("error_code", "sent_at", "fresh", "output", "read", "written", "cost"),
)
"""Texts of a message as the statement reads them; `OF_LINES` gives the same columns."""

ZSTD = b"\x28\xb5\x2f\xfd"
BUSY_SECONDS = 5

OWN = "openclaw"
"""The provider of messages that no model wrote: OpenClaw repeats what it delivered elsewhere."""


def detects_jsonl(path: Path) -> bool:
    """Whether a file has the lines of a session: a header, then messages with their role."""
    return path.suffix == ".jsonl" and any(
        line.get("type") == "session" or (line.get("type") == "message" and "message" in line)
        for line in lines.first_objects(path)
        if "sessionId" not in line
    )


def detects_sqlite(path: Path) -> bool:
    """Whether a file is an agent's database; one that is locked may be."""
    with path.open("rb") as file:
        if path.suffix != ".sqlite" or file.read(15) != b"SQLite format 3":
            return False
    try:
        with closing(_opened(path)) as database:
            found = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'transcript_events'")
            return found.fetchone() is not None
    except sqlite3.Error:
        return True


def detects_rpc(path: Path) -> bool:
    """Whether a file is an answer to `sessions.usage`, or to another request for totals."""
    if path.suffix != ".json":
        return False
    with path.open("rb") as file:
        head = file.read(65536)
    return b'"updatedAt"' in head and (b'"sessions"' in head or b'"daily"' in head)


def jsonl_rows(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """Return the SQL that reads sessions."""
    return _statement(OF_LINES.format(scan=sql.json_lines(connection, files, FIELDS)))


def sqlite_rows(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """Return the SQL that reads one agent's database, opened read-only as one snapshot."""
    return _registered(connection, list(_sqlite_events(files[0])))


def rpc_rows(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """Return the SQL that reads one answer with totals by session and model."""
    return _registered(connection, list(_session_totals(files[0])))


def _statement(scan: str) -> str:
    return STATEMENT.format(
        scan=scan,
        at=sql.epoch("sent_at", per_second=1000),
        http_status=sql.count("error_code"),
        fresh=sql.count("fresh"),
        read=sql.count("read"),
        written=sql.count("written"),
        output=sql.count("output"),
        cost=sql.money("cost"),
    )


def _registered(connection: duckdb.DuckDBPyConnection, events: list[dict[str, Any]]) -> str:
    import pyarrow as pa

    schema = pa.schema([*((name, pa.string()) for name in COLUMNS), ("is_billed", pa.bool_())])
    connection.register("openclaw_event", pa.Table.from_pylist(events, schema=schema))
    return _statement("openclaw_event")


def _opened(path: Path) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)


def _sqlite_events(path: Path) -> Iterator[dict[str, Any]]:
    agent = re.search(r"agents/([^/]+)/", path.as_posix())
    try:
        with closing(_opened(path)) as database:
            found = database.execute(
                "SELECT session_id, seq, event_json FROM transcript_events ORDER BY session_id, seq"
            )
            for session, seq, stored in found:
                where = f"{path}, session {session}, event {seq}"
                event = _picked(_decoded(stored, where))
                if event:
                    named = {"file": f"{path}", "session_id": session, "agent": agent and agent[1]}
                    yield {**event, **named, "id": event["id"] or f"{seq}"}
    except sqlite3.Error as error:
        raise RefusalError(
            f"{path} cannot be read ({error}): stop the gateway, or copy the file and add the copy"
        ) from None


def _decoded(stored: str | bytes, where: str) -> dict[str, Any]:
    """Return an event; RefusalError if it is no JSON or longer than a record may be."""
    content = stored.encode() if isinstance(stored, str) else stored
    if content.startswith(ZSTD):
        import pyarrow as pa

        with pa.CompressedInputStream(pa.py_buffer(content), "zstd") as stream:
            content = io.BytesIO(stream.read(limits.LONGEST_RECORD + 1)).getvalue()
    if len(content) > limits.LONGEST_RECORD:
        raise RefusalError(f"{where}: is longer than {limits.LONGEST_RECORD >> 20} MB")
    try:
        event = json.loads(content)
    except ValueError:
        raise RefusalError(f"{where}: is not JSON: nothing of it was imported") from None
    return event if isinstance(event, dict) else {}


def _picked(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return an assistant's message in the columns that are read; None for any other event."""
    message = event.get("message")
    if event.get("type") != "message" or not isinstance(message, dict):
        return None
    usage = message.get("usage")
    is_own = message.get("provider") == OWN  # what OpenClaw itself puts into a session
    if message.get("role") != "assistant" or not isinstance(usage, dict) or is_own:
        return None
    cost = usage.get("cost")
    cost = cost if isinstance(cost, dict) else {}
    return {
        "id": _text(event.get("id")),
        "response_id": _text(message.get("responseId")),
        "provider": _text(message.get("provider")),
        "model": _text(message.get("model")),
        "stop_reason": _text(message.get("stopReason")),
        "error_code": _text(message.get("errorCode")),
        "sent_at": _text(message.get("timestamp")),
        "fresh": _text(usage.get("input")),
        "output": _text(usage.get("output")),
        "read": _text(usage.get("cacheRead")),
        "written": _text(usage.get("cacheWrite")),
        "cost": _text(cost.get("total")),
        "is_billed": cost.get("totalOrigin") == "provider-billed",
    }


def _session_totals(path: Path) -> Iterator[dict[str, Any]]:
    answer = _answer(path)
    for session in answer["sessions"]:
        usage = session["usage"]
        for one in usage["modelUsage"]:
            if one["count"] != 1:
                raise RefusalError(
                    f"{path}: session {session['sessionId']} sums up {one['count']} requests: "
                    "add the agent's SQLite file, which has each of them"
                )
            totals = one["totals"]
            parts = ("inputCost", "outputCost", "cacheReadCost", "cacheWriteCost")
            yield {
                "file": f"{path}",
                "session_id": session["sessionId"],
                "agent": session.get("agentId"),
                "id": f"{one['provider']}/{one['model']}",
                "provider": one["provider"],
                "model": one["model"],
                "sent_at": f"{usage['lastActivity']}",
                "fresh": f"{totals['input']}",
                "output": f"{totals['output']}",
                "read": f"{totals['cacheRead']}",
                "written": f"{totals['cacheWrite']}",
                "cost": f"{totals['totalCost']}",
                # A total that no price of a part adds up to is the provider's own.
                "is_billed": not any(totals[part] for part in parts),
            }


def _answer(path: Path) -> dict[str, Any]:
    """Return an answer with sessions; RefusalError unless it is complete and of sessions."""
    if path.stat().st_size > limits.LONGEST_RECORD:
        raise RefusalError(f"{path} is longer than {limits.LONGEST_RECORD >> 20} MB")
    try:
        answer = json.loads(path.read_bytes())
        status = answer["cacheStatus"]["status"]
        if status != "fresh":
            raise RefusalError(
                f"{path}: its totals are not complete yet ({status}): request them again"
            )
        if "sessions" not in answer:
            raise RefusalError(
                f"{path} has totals by day, not by session: add the agent's SQLite file"
            )
    except (ValueError, KeyError, TypeError):
        raise RefusalError(f"{path} is no complete answer to sessions.usage") from None
    return dict(answer)


def _text(value: object) -> str | None:
    return None if value is None else f"{value}"
