"""The row of the ledger: one attempt, exact, without content and without names of people.

A reader names the wanted fields of its source one by one, so nothing else is ever parsed. Prompt
tokens include what was read from and written to the cache, completion tokens include reasoning.
What a source does not report is NULL, never zero.
"""

from typing import NamedTuple

import duckdb


class Table(NamedTuple):
    """A table of own usage in the lake: the type of each column, in order, and the order of rows.

    The order makes the same rows the same bytes.
    """

    name: str
    columns: dict[str, str]
    order: str


KEY = ("source", "scope", "request_id")
"""What identifies an attempt; how a source forms its ids is its reader's rule."""

COLUMNS = {
    "week": "DATE",
    "source": "VARCHAR",
    "scope": "VARCHAR",
    "request_id": "VARCHAR",
    "generation_id": "VARCHAR",
    "trace_id": "VARCHAR",
    "started_at": "TIMESTAMPTZ",
    "latency_ms": "BIGINT",
    "first_token_ms": "BIGINT",
    "model_raw": "VARCHAR",
    "provider_raw": "VARCHAR",
    "workload": "VARCHAR",
    "task_id": "VARCHAR",
    "status": "VARCHAR",
    "http_status": "BIGINT",
    "prompt_tokens": "BIGINT",
    "cache_read_tokens": "BIGINT",
    "cache_write_tokens": "BIGINT",
    "reasoning_tokens": "BIGINT",
    "completion_tokens": "BIGINT",
    "cost_usd": "DECIMAL(18, 12)",
    "cost_kind": "VARCHAR",
}
"""Type of each column, in order. `week` is the Monday of `started_at` in UTC."""

REQUESTS = Table("usage_request", COLUMNS, "source, scope, started_at, request_id")
"""The ledger: one row for each attempt."""

REPORTED = Table(
    "usage_reported",
    {
        "week": "DATE",
        "date": "DATE",
        "scope": "VARCHAR",
        "model_raw": "VARCHAR",
        "variant": "VARCHAR",
        "requests": "BIGINT",
        "prompt_tokens": "BIGINT",
        "cache_read_tokens": "BIGINT",
        "reasoning_tokens": "BIGINT",
        "completion_tokens": "BIGINT",
        "credits_usd": "DECIMAL(18, 12)",
        "byok_usd": "DECIMAL(18, 12)",
    },
    "scope, date, model_raw, variant",
)
"""Totals of a day that OpenRouter's analytics report: what the ledger is checked against.

They are never counted as requests. Models and variants are labels for people.
"""

STATUSES = ("ok", "rate_limited", "failed", "cancelled", "cached")
COST_KINDS = ("billed", "byok", "source_estimate", "none")

LONGEST_TEXT = 300
"""Characters of a name or an id; anything longer is no name."""

TEXTS = [name for name, kind in COLUMNS.items() if kind == "VARCHAR"]

FAULTS = {
    "has no id": "coalesce(request_id, '') = ''",
    "names no model": "coalesce(model_raw, '') = ''",
    "has no time that can be read, with its zone where the source writes one": "started_at IS NULL",
    "is dated before 2020: its time is of another unit": "started_at < '2020-01-01'",
    "is dated in the future": "started_at > now() + INTERVAL 1 HOUR",
    "has no source or scope": "coalesce(source, '') = '' OR coalesce(scope, '') = ''",
    "has a status that is none of ours": (
        f"coalesce(status NOT IN ({', '.join(map(repr, STATUSES))}), TRUE)"
    ),
    "has a kind of cost that does not fit the cost": (
        f"coalesce(cost_kind NOT IN ({', '.join(map(repr, COST_KINDS))}), TRUE) "
        "OR (cost_usd IS NULL) <> (cost_kind = 'none')"
    ),
    "lacks prompt or completion tokens": "prompt_tokens IS NULL OR completion_tokens IS NULL",
    "has a count below zero": (
        "least(prompt_tokens, completion_tokens, cache_read_tokens, cache_write_tokens, "
        "reasoning_tokens, latency_ms, first_token_ms) < 0"
    ),
    "has more cached tokens than prompt tokens: the source counts them in another way": (
        "coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0) > prompt_tokens"
    ),
    "has more reasoning tokens than completion tokens: the source counts them in another way": (
        "reasoning_tokens > completion_tokens"
    ),
    "costs less than nothing: a discount alone is not a cost": "cost_usd < 0",
    "has tokens although nothing was generated": (
        "status NOT IN ('ok', 'cancelled') AND prompt_tokens + completion_tokens > 0"
    ),
    "has a name or an id with unprintable characters or of more than 300": (
        rf"regexp_matches(concat({', '.join(TEXTS)}), '[\x00-\x1f\x7f-\x9f]') "
        f"OR (length(concat({', '.join(TEXTS)})) > {LONGEST_TEXT} "
        f"AND greatest({', '.join(f'length({name})' for name in TEXTS)}) > {LONGEST_TEXT})"
    ),
}
"""What no row may have, and the condition that finds it; the first one is reported."""


def create(connection: duckdb.DuckDBPyConnection, table: str, *more: str) -> None:
    """Create an empty table with the ledger's columns, and more columns after them."""
    columns = [f"{name} {kind}" for name, kind in COLUMNS.items()]
    connection.execute(f"CREATE TABLE {table} ({', '.join([*columns, *more])})")


def fault(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str, str, str] | None:
    """Return file, id and fault of one row that breaks the contract; None if no row does."""
    cases = " ".join(f"WHEN {one} THEN {number}" for number, one in enumerate(FAULTS.values()))
    found = connection.execute(
        f"SELECT file, coalesce(request_id, '') AS request, CASE {cases} END AS fault "
        f"FROM {table} WHERE fault IS NOT NULL ORDER BY ALL LIMIT 1"
    ).fetchall()
    names = [*FAULTS]
    return next(((file, request, names[number]) for file, request, number in found), None)
