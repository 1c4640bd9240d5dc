"""Which tables a statement reads, by the syntax tree of DuckDB's own parser."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb

from pipelines.home import kept


class StatementError(ValueError):
    """A statement that DuckDB cannot parse; `line` counts from 0."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@cache
def tables(sql: str) -> frozenset[tuple[str, str]]:
    """Return schema and name of every table that a SELECT reads; the schema is empty without one.

    The names of CTEs are left out. Raises StatementError.
    """
    return frozenset((schema, name) for schema, name in kept.made(sql, _parsed))


def _parsed(sql: str) -> list[tuple[str, str]]:
    ((text,),) = _parser().execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    tree = json.loads(text)
    if tree["error"]:
        before = sql.encode()[: int(tree.get("position", 0))]
        raise StatementError(tree["error_message"], before.count(b"\n"))
    nodes = list(_nodes(tree))
    ctes = {entry["key"] for node in nodes for entry in node.get("cte_map", {}).get("map", [])}
    found = {
        (node["schema_name"], node["table_name"])
        for node in nodes
        if node.get("type") == "BASE_TABLE"
    }
    return sorted((schema, name) for schema, name in found if schema or name not in ctes)


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside a JSON value."""
    waiting = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
