"""Claude Code's session logs: `~/.claude/projects/<project>/<session>.jsonl`, one file a session.

A response is one line per content block, each with the usage so far, and the same response is
logged again in forks of the session and in side chains, sometimes with more tokens. A message's own
id, `msg_…`, is one request wherever it occurs; ids that gateways reuse are requests by session, id,
request and time. Input is logged without the cache. The lines of `<synthetic>` are the program's
own and no requests.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.usage import lines, sql

FIELDS: sql.Fields = {
    "type": "VARCHAR",
    "sessionId": "VARCHAR",
    "isSidechain": "BOOLEAN",
    "timestamp": "VARCHAR",
    "requestId": "VARCHAR",
    "costUSD": "VARCHAR",
    "message": {
        "id": "VARCHAR",
        "model": "VARCHAR",
        "usage": {
            "input_tokens": "VARCHAR",
            "cache_creation_input_tokens": "VARCHAR",
            "cache_read_input_tokens": "VARCHAR",
            "output_tokens": "VARCHAR",
        },
    },
}

STATEMENT = """
SELECT
    filename AS file,
    CASE
        WHEN message.id LIKE 'msg\\_%' ESCAPE '\\' THEN message.id
        ELSE concat_ws('/', sessionId, message.id, requestId, timestamp)
    END AS request_id,
    message.id AS generation_id,
    {started_at} AS started_at,
    message.model AS model_raw,
    CASE WHEN isSidechain THEN 'sidechain' ELSE 'main' END AS workload,
    sessionId AS task_id,
    'ok' AS status,
    {fresh} + coalesce({read}, 0) + coalesce({written}, 0) AS prompt_tokens,
    {read} AS cache_read_tokens,
    {written} AS cache_write_tokens,
    {output} AS completion_tokens,
    {cost} AS cost_usd,
    'source_estimate' AS cost_kind
FROM {scan}
WHERE type = 'assistant' AND message.usage IS NOT NULL AND message.model <> '<synthetic>'
"""


def detects(path: Path) -> bool:
    """Whether a file is a session log: its lines name their session as Claude Code does."""
    return path.suffix == ".jsonl" and any(
        "sessionId" in line or line.get("type") in ("summary", "file-history-snapshot")
        for line in lines.first_objects(path)
    )


def rows(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """Return the SQL that reads session logs."""
    return STATEMENT.format(
        started_at=sql.zoned("timestamp"),
        fresh=sql.count("message.usage.input_tokens"),
        read=sql.count("message.usage.cache_read_input_tokens"),
        written=sql.count("message.usage.cache_creation_input_tokens"),
        output=sql.count("message.usage.output_tokens"),
        cost=sql.money("costUSD"),
        scan=sql.json_lines(connection, files, FIELDS),
    )
