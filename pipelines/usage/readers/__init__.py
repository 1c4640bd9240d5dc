"""The readers of own usage, one for each kind of file, and the choice of one for a file.

A reader has two functions. `detects` looks at a file's beginning. `rows` returns the SQL that reads
files as columns of the ledger, without `week`, `source` and `scope`, and with the `file` of each
row; columns that the source does not have are left out.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from pipelines.errors import RefusalError
from pipelines.usage.readers import claude_code, litellm, openclaw, openrouter_csv, table

Rows = Callable[[duckdb.DuckDBPyConnection, Sequence[Path]], str]


class Reader(NamedTuple):
    """How a kind of file is recognised and read, and the source whose records it contains.

    Rows of a reader without a source have their own, and their own scope.

    `export` says how to make such a file. Files are read `at_once` where one statement can: logs
    are thousands of small files. In some sources `copies_differ`: a request may be logged again,
    later and with other numbers, and then the fullest copy counts, not the one imported last.
    """

    source: str | None
    export: str
    detects: Callable[[Path], bool]
    rows: Rows
    at_once: bool = False
    copies_differ: bool = False


READERS = {
    "claude_code": Reader(
        "claude_code",
        "Claude Code's logs: the folder ~/.claude/projects",
        claude_code.detects,
        claude_code.rows,
        at_once=True,
        copies_differ=True,
    ),
    "litellm_callback": Reader(
        "litellm_callback",
        "LiteLLM's standard logging payloads, one a line",
        litellm.detects_callback,
        litellm.callback_rows,
        at_once=True,
    ),
    "litellm_csv": Reader(
        "litellm",
        f"LiteLLM's spend logs, exported in psql by {litellm.COPY}",
        litellm.detects_csv,
        litellm.csv_rows,
    ),
    "litellm_json": Reader(
        "litellm",
        "LiteLLM's spend logs as the proxy's /spend/logs returns them",
        litellm.detects_json,
        litellm.json_rows,
    ),
    "openclaw_jsonl": Reader(
        "openclaw",
        "OpenClaw's sessions until 2026.7: the folder agents of its state",
        openclaw.detects_jsonl,
        openclaw.jsonl_rows,
        at_once=True,
    ),
    "openclaw_rpc": Reader(
        "openclaw_rpc",
        "the answer to OpenClaw's sessions.usage, where each session is one request",
        openclaw.detects_rpc,
        openclaw.rpc_rows,
    ),
    "openclaw_sqlite": Reader(
        "openclaw",
        "OpenClaw's sessions since 2026.8.1: agents/<agent>/agent/openclaw-agent.sqlite",
        openclaw.detects_sqlite,
        openclaw.sqlite_rows,
    ),
    "openrouter_csv": Reader(
        "openrouter",
        "the CSV of OpenRouter's Activity page with a row for each generation",
        openrouter_csv.detects,
        openrouter_csv.rows,
    ),
    "table": Reader(
        None,
        "the folder of a Delta or Iceberg table with the columns of the ledger, scope included",
        table.detects,
        table.rows,
    ),
}
"""By the name that `--as` takes."""

SUFFIXES = (".csv", ".json", ".jsonl", ".sqlite")
"""Names of files that are looked for in a folder."""


def reader_of(path: Path) -> str | None:
    """Return the name of the reader that recognises a file; None if none does."""
    if path.is_dir():
        return "table"
    return next((name for name, reader in READERS.items() if reader.detects(path)), None)


def files_in(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Return the files that people named, and those found in the folders that they named.

    Raises RefusalError naming a path that does not exist.
    """
    named, found = list[Path](), set[Path]()
    for path in paths:
        if table.detects(path):
            named.append(path)
        elif path.is_dir():
            found |= {one for one in path.rglob("*") if one.suffix in SUFFIXES and one.is_file()}
        elif path.is_file():
            named.append(path)
        else:
            raise RefusalError(f"{path} does not exist")
    return named, sorted(found - set(named))
