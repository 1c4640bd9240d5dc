"""OpenRouter's activity CSV: the export of the Activity page, one row a generation.

`created_at` is in UTC without saying so. `cost_total` is what the account was charged; inference
paid with one's own provider key is in `byok_usage_inference` and counted with it. The CSV with one
row a model and its spend is another export, and refused for the columns that it lacks.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.usage import sql

WANTED = (
    "generation_id",
    "created_at",
    "cost_total",
    "tokens_prompt",
    "tokens_completion",
    "model_permaslug",
)
OPTIONAL = (
    "byok_usage_inference",
    "tokens_reasoning",
    "tokens_cached",
    "provider_name",
    "variant",
    "cancelled",
    "streamed",
    "generation_time_ms",
    "time_to_first_token_ms",
    "app_name",
)
"""Older exports end before some of these."""

STATEMENT = """
WITH typed AS (
    SELECT
        *,
        {cost} AS charged,
        coalesce({byok}, 0) AS byok,
        CASE
            WHEN coalesce(variant, 'standard') IN ('', 'standard') OR model_permaslug LIKE '%:%'
                THEN model_permaslug
            ELSE model_permaslug || ':' || variant
        END AS model_raw
    FROM {scan}
)

SELECT
    filename AS file,
    generation_id AS request_id,
    generation_id,
    {started_at} AS started_at,
    {latency} AS latency_ms,
    CASE WHEN lower(streamed) = 'true' THEN {first_token} END AS first_token_ms,
    model_raw,
    provider_name AS provider_raw,
    app_name AS workload,
    CASE WHEN lower(cancelled) = 'true' THEN 'cancelled' ELSE 'ok' END AS status,
    {prompt} AS prompt_tokens,
    {cached} AS cache_read_tokens,
    {reasoning} AS reasoning_tokens,
    {completion} AS completion_tokens,
    charged + byok AS cost_usd,
    CASE WHEN byok > 0 THEN 'byok' ELSE 'billed' END AS cost_kind
FROM typed
"""


def detects(path: Path) -> bool:
    """Whether a file is an activity export, by its header."""
    return path.suffix == ".csv" and {"generation_id", "model_permaslug"} <= {*sql.csv_header(path)}


def rows(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """Return the SQL that reads one activity export."""
    return STATEMENT.format(
        scan=sql.csv_file(files[0], WANTED, OPTIONAL),
        cost=sql.money("cost_total"),
        byok=sql.money("byok_usage_inference"),
        started_at=sql.utc("created_at"),
        latency=sql.count("generation_time_ms"),
        first_token=sql.count("time_to_first_token_ms"),
        prompt=sql.count("tokens_prompt"),
        cached=sql.count("tokens_cached"),
        reasoning=sql.count("tokens_reasoning"),
        completion=sql.count("tokens_completion"),
    )
