"""Which tables a statement reads, by the syntax tree of DuckDB's own parser.

Parsing all models takes half a second. What it found is kept in the user's folder for caches, by a
digest of the statement, the parser and this module; the file may be deleted at any time.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
from platformdirs import user_cache_path

from pipelines.errors import RefusalError
from pipelines.home.files import write_atomically


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
    known = _known().get(_digest(sql))
    return _parsed(sql) if known is None else frozenset((schema, name) for schema, name in known)


def remember(statements: Iterable[str]) -> None:
    """Keep what these statements read, and nothing else, for the next process."""
    found = {_digest(sql): sorted(tables(sql)) for sql in statements}
    if found.keys() == _known().keys():
        return
    try:
        write_atomically(_cache_file(), json.dumps(found).encode(), durable=False)
    except RefusalError:  # a full or read-only disk: the next process parses again
        return


def _cache_file() -> Path:
    return user_cache_path("tokenhouse") / "statements.json"


@cache
def _known() -> dict[str, list[list[str]]]:
    """Return what an earlier process kept, by the statement's digest."""
    try:
        found = json.loads(_cache_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(sql: str) -> str:
    return sha256(f"{_version()} {sql}".encode()).hexdigest()


@cache
def _version() -> str:
    return f"{duckdb.__version__} {Path(__file__).read_text(encoding='utf-8')}"


def _parsed(sql: str) -> frozenset[tuple[str, str]]:
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
    return frozenset((schema, name) for schema, name in found if schema or name not in ctes)


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
