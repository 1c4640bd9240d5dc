"""LiteLLM's spend logs, one row an attempt: the proxy's table, or the JSON lines of a callback.

The table comes as the CSV of `COPY`, or as the JSON of the proxy's `/spend/logs`. Prompt tokens
include the cache. A spend of 0 with tokens is an unknown price and no cost. A response from
LiteLLM's own cache is `cached` and costs nothing. Only calls that generate text are requests: the
proxy also logs reads of earlier responses, with their bill again. Newer versions log a model of
OpenRouter without `openrouter/` in front; here it has it always.

The callback's rows have ids of their own, so they are another source; import one of the two.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from pipelines import limits
from pipelines.home.database import literal
from pipelines.usage import lines, sql

COPY = """\
\\copy (SELECT request_id, call_type, model, model_group, custom_llm_provider, status, spend, \
prompt_tokens, completion_tokens, "startTime", "endTime", "completionStartTime", cache_hit, \
session_id, metadata #>> '{usage_object,prompt_tokens_details,cached_tokens}' AS cached_tokens, \
metadata #>> '{usage_object,prompt_tokens_details,cache_creation_tokens}' \
AS cache_creation_tokens, \
metadata #>> '{usage_object,completion_tokens_details,reasoning_tokens}' AS reasoning_tokens, \
metadata #>> '{usage_object,cost}' AS provider_cost, \
metadata #>> '{error_information,error_code}' AS error_code \
FROM "LiteLLM_SpendLogs") TO 'spend.csv' WITH (FORMAT csv, HEADER)"""
"""The command of `psql` that exports the table with the columns that are read, and no other."""

WANTED = (
    "request_id",
    "call_type",
    "model",
    "spend",
    "prompt_tokens",
    "completion_tokens",
    "startTime",
    "endTime",
)
OPTIONAL = (
    "model_group",
    "custom_llm_provider",
    "status",
    "completionStartTime",
    "cache_hit",
    "session_id",
)

DETAILS = {
    "cached_tokens": "$.usage_object.prompt_tokens_details.cached_tokens",
    "cache_creation_tokens": "$.usage_object.prompt_tokens_details.cache_creation_tokens",
    "reasoning_tokens": "$.usage_object.completion_tokens_details.reasoning_tokens",
    "provider_cost": "$.usage_object.cost",
    "error_code": "$.error_information.error_code",
}
"""What is read from `metadata`, where a file has it whole; nothing else of it is."""

GENERATING = (
    "completion",
    "acompletion",
    "text_completion",
    "atext_completion",
    "responses",
    "aresponses",
    "anthropic_messages",
    "generate_content",
    "agenerate_content",
    "generate_content_stream",
    "agenerate_content_stream",
)
"""Kinds of call that generate text."""

STATEMENT = """
WITH typed AS (
    SELECT
        *,
        {started_at} AS started_at,
        {ended_at} AS ended_at,
        {first_at} AS first_at,
        {provider_cost} AS billed_usd,
        {spend} AS spend_usd,
        CASE
            WHEN status = 'failure' AND error_code = '429' THEN 'rate_limited'
            WHEN status = 'failure' THEN 'failed'
            WHEN lower(cache_hit) = 'true' THEN 'cached'
            ELSE 'ok'
        END AS outcome
    FROM {scan}
    WHERE coalesce(call_type, '') IN ({kinds})
)

SELECT
    file,
    {id} AS request_id,
    request_id AS generation_id,
    session_id AS trace_id,
    started_at,
    CASE WHEN outcome = 'ok' THEN {latency} END AS latency_ms,
    CASE WHEN outcome = 'ok' AND first_at < ended_at THEN {first_token} END AS first_token_ms,
    CASE
        WHEN custom_llm_provider = 'openrouter' AND NOT starts_with(model, 'openrouter/')
            THEN 'openrouter/' || model
        ELSE model
    END AS model_raw,
    custom_llm_provider AS provider_raw,
    nullif(model_group, '') AS workload,
    session_id AS task_id,
    outcome AS status,
    {http_status} AS http_status,
    CASE WHEN outcome = 'ok' THEN {prompt} ELSE 0 END AS prompt_tokens,
    CASE WHEN outcome = 'ok' THEN {cached} END AS cache_read_tokens,
    CASE WHEN outcome = 'ok' THEN {written} END AS cache_write_tokens,
    CASE WHEN outcome = 'ok' THEN {reasoning} END AS reasoning_tokens,
    CASE WHEN outcome = 'ok' THEN {completion} ELSE 0 END AS completion_tokens,
    CASE WHEN outcome = 'ok' THEN coalesce(billed_usd, spend_usd) END AS cost_usd,
    CASE WHEN billed_usd IS NOT NULL THEN 'billed' ELSE 'source_estimate' END AS cost_kind
FROM typed
"""

CALLBACK: sql.Fields = {
    "id": "VARCHAR",
    "trace_id": "VARCHAR",
    "call_type": "VARCHAR",
    "status": "VARCHAR",
    "model": "VARCHAR",
    "model_group": "VARCHAR",
    "custom_llm_provider": "VARCHAR",
    "startTime": "VARCHAR",
    "endTime": "VARCHAR",
    "completionStartTime": "VARCHAR",
    "prompt_tokens": "VARCHAR",
    "completion_tokens": "VARCHAR",
    "response_cost": "VARCHAR",
    "cache_hit": "VARCHAR",
    "error_str": "VARCHAR",
    "error_information": {"error_code": "VARCHAR"},
    "metadata": {
        "usage_object": {
            "cost": "VARCHAR",
            "prompt_tokens_details": {
                "cached_tokens": "VARCHAR",
                "cache_creation_tokens": "VARCHAR",
            },
            "completion_tokens_details": {"reasoning_tokens": "VARCHAR"},
        }
    },
}
"""Of `error_str` only whether it begins as LiteLLM's error of a rate limit does is kept."""

OF_CALLBACK = """
(SELECT
    filename AS file,
    id AS request_id,
    trace_id AS session_id,
    call_type,
    CASE WHEN status = 'failure' THEN status END AS status,
    model,
    model_group,
    custom_llm_provider,
    "startTime",
    "endTime",
    "completionStartTime",
    prompt_tokens,
    completion_tokens,
    response_cost AS spend,
    cache_hit,
    coalesce(
        error_information.error_code,
        CASE WHEN starts_with(error_str, 'litellm.RateLimitError') THEN '429' END
    ) AS error_code,
    metadata.usage_object.cost AS provider_cost,
    metadata.usage_object.prompt_tokens_details.cached_tokens AS cached_tokens,
    metadata.usage_object.prompt_tokens_details.cache_creation_tokens AS cache_creation_tokens,
    metadata.usage_object.completion_tokens_details.reasoning_tokens AS reasoning_tokens
FROM {scan})
"""


def detects_csv(path: Path) -> bool:
    """Whether a file is an export of the proxy's table, by its header."""
    return path.suffix == ".csv" and {"request_id", "call_type"} <= {*sql.csv_header(path)}


def detects_json(path: Path) -> bool:
    """Whether a file is the JSON of the proxy's table: a list of rows, or one row a line."""
    if path.suffix not in (".json", ".jsonl"):
        return False
    with path.open("rb") as file:
        head = file.read(65536)
    return b'"request_id"' in head and b'"spend"' in head and b'"call_type"' in head


def detects_callback(path: Path) -> bool:
    """Whether a file has the lines of a logging callback."""
    return path.suffix == ".jsonl" and any(
        {"id", "call_type", "response_cost"} <= line.keys() for line in lines.first_objects(path)
    )


def csv_rows(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """Return the SQL that reads one exported table."""
    has_metadata = "metadata" in sql.csv_header(files[0])
    details = ["metadata"] if has_metadata else [*DETAILS]
    scan = sql.csv_file(files[0], WANTED, [*OPTIONAL, *details])
    if has_metadata:
        return _statement(_with_details(scan))
    return _statement(f"(SELECT *, filename AS file FROM {scan})")


def json_rows(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """Return the SQL that reads one file of the proxy's JSON."""
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in (*WANTED, *OPTIONAL, "metadata"))
    scan = (
        f"read_json({literal(files[0])}, columns = {{{columns}}}, filename = true, "
        f"maximum_object_size = {limits.LONGEST_RECORD})"
    )
    return _statement(_with_details(scan))


def callback_rows(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """Return the SQL that reads a callback's lines; an id may repeat, its time does not."""
    scan = OF_CALLBACK.format(scan=sql.json_lines(connection, files, CALLBACK))
    return _statement(scan, read=sql.epoch, key="request_id || '@' || \"startTime\"")


def _with_details(scan: str) -> str:
    """Return the SQL of a table whose `metadata` is JSON, as text or as an object."""
    details = ", ".join(
        f"json_extract_string(metadata, {literal(path)}) AS {name}"
        for name, path in DETAILS.items()
    )
    return f"(SELECT * EXCLUDE (metadata), filename AS file, {details} FROM {scan})"


def _statement(scan: str, read: Callable[[str], str] = sql.utc, key: str = "request_id") -> str:
    return STATEMENT.format(
        scan=scan,
        id=key,
        kinds=", ".join(literal(kind) for kind in ("", *GENERATING)),
        started_at=read('"startTime"'),
        ended_at=read('"endTime"'),
        first_at=read('"completionStartTime"'),
        provider_cost=sql.money("provider_cost"),
        spend=sql.money("spend"),
        latency=sql.between("started_at", "ended_at"),
        first_token=sql.between("started_at", "first_at"),
        http_status=sql.count("error_code"),
        prompt=sql.count("prompt_tokens"),
        cached=sql.count("cached_tokens"),
        written=sql.count("cache_creation_tokens"),
        reasoning=sql.count("reasoning_tokens"),
        completion=sql.count("completion_tokens"),
    )
