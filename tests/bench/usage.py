"""Time own usage against what a user would type or run: part of `make bench`.

The ledger is synthetic and exists only here. `make folds` (`python -m tests.bench.usage 100`) folds
as many million requests.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import duckdb

from pipelines.home.database import SESSION
from pipelines.home.lock import writing
from pipelines.usage import ledger
from tests.bench import tables
from tests.bench.pairs import (
    TURNS,
    TURNS_OF_A_SECOND,
    Pair,
    Side,
    in_turns,
    program,
    say,
    spend,
    work,
)

MILLIONS = 5
WEEKS = 20
FIRST = date(2026, 3, 2)

LOG_LINES = 240_000

IMPORT_LIMIT = 1.0
FOLD_LIMIT = 1.2
WEEK_LIMIT = 1.05
NO_WEEK_LIMIT = 0.1
MEMORY_LIMIT = 1600
"""Megabytes, for folds over any number of requests."""

ROWS = """
SELECT
    DATE '{week}' AS week, 'litellm' AS source, 'default' AS scope,
    md5(concat('{week}', n)) AS request_id, md5(concat('{week}', n)) AS generation_id,
    cast(NULL AS VARCHAR) AS trace_id,
    TIMESTAMPTZ '{week} 00:00Z' + INTERVAL 1 MILLISECOND * (n * {step} + hash(n) % 997)
        AS started_at,
    cast(300 + hash(n, 1) % 20000 AS BIGINT) AS latency_ms,
    cast(NULL AS BIGINT) AS first_token_ms,
    'openrouter/author/model-' || (hash(n, 2) % 40) AS model_raw, 'openrouter' AS provider_raw,
    'work-' || (hash(n, 3) % 6) AS workload, 'task-' || (n // 12) AS task_id,
    CASE WHEN hash(n, 4) % 50 = 0 THEN 'rate_limited' ELSE 'ok' END AS status,
    cast(NULL AS BIGINT) AS http_status,
    CASE WHEN status = 'ok' THEN cast(500 + hash(n, 5) % 60000 AS BIGINT) ELSE 0 END
        AS prompt_tokens,
    prompt_tokens // 2 AS cache_read_tokens,
    cast(NULL AS BIGINT) AS cache_write_tokens, cast(NULL AS BIGINT) AS reasoning_tokens,
    CASE WHEN status = 'ok' THEN cast(20 + hash(n, 6) % 900 AS BIGINT) ELSE 0 END
        AS completion_tokens,
    CASE WHEN status = 'ok' THEN cast(prompt_tokens * 0.0000003 AS DECIMAL(18, 12)) END AS cost_usd,
    CASE WHEN status = 'ok' THEN 'billed' ELSE 'none' END AS cost_kind
FROM range({count}) AS requests (n)
"""

WRITTEN = """
import sys
from pathlib import Path
from tests.bench.usage import write_ledger
Path(sys.argv[1]).mkdir()
write_ledger(Path(sys.argv[1]), float(sys.argv[2]))
"""

FOLDED = """
import sys, time
from pathlib import Path
from pipelines.models import definition
from pipelines.usage import fold, ledger
models = definition.load()
begun, start = time.process_time(), time.perf_counter()
lake = Path(sys.argv[1]) / "lake"
weeks = [*ledger.current(lake).values()][-int(sys.argv[2]):]
fold.folded(models, lake, weeks)
print(time.process_time() - begun, time.perf_counter() - start)
"""
"""The product's folds of the newest so many weeks."""

TYPED = """
import glob, sys, time
import duckdb
begun, start = time.process_time(), time.perf_counter()
files = sorted(glob.glob(sys.argv[1] + "/lake/usage_request/*/*.parquet"))
duckdb.sql("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
ledger = f"read_parquet({files}, hive_partitioning = false)"
for number, statement in enumerate((
    f'''SELECT started_at::DATE AS date, week, source, scope, model_raw, workload, status,
    cost_kind, CASE
        WHEN prompt_tokens >= 272000 THEN 272000 WHEN prompt_tokens >= 256000 THEN 256000
        WHEN prompt_tokens >= 200000 THEN 200000 WHEN prompt_tokens >= 128000 THEN 128000
        WHEN prompt_tokens >= 32000 THEN 32000 ELSE 0
    END AS prompt_from, count(*) AS requests, sum(prompt_tokens) AS prompt,
    sum(cache_read_tokens) AS read, sum(cache_write_tokens) AS written,
    sum(prompt_tokens) FILTER (WHERE cache_read_tokens IS NOT NULL) AS known,
    sum(completion_tokens) AS completion, sum(reasoning_tokens) AS reasoning,
    sum(cost_usd) AS usd, cost_kind IN ('billed', 'byok') AS is_billed
    FROM {ledger} GROUP BY ALL''',
    f'''SELECT date_trunc('hour', started_at) AS hour, week, source, scope, model_raw,
    count(*) AS requests, sum(prompt_tokens + completion_tokens) AS tokens
    FROM {ledger} GROUP BY ALL''',
    f'''SELECT week, source, scope, model_raw, count(*) AS requests,
    quantile_disc(latency_ms, [0.5, 0.95, 0.99]) AS ms
    FROM {ledger} WHERE status = 'ok' AND latency_ms IS NOT NULL GROUP BY ALL''',
    f'''SELECT week, source, scope, workload, count(DISTINCT task_id) AS tasks,
    count(*) FILTER (WHERE prompt_tokens + completion_tokens > 0) AS requests,
    sum(prompt_tokens) AS prompt, sum(completion_tokens) AS completion
    FROM {ledger} WHERE task_id IS NOT NULL GROUP BY ALL''',
)):
    duckdb.sql(
        f"COPY ({statement}) TO '{sys.argv[1]}/typed/{number}' "
        "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (week))"
    )
print(time.process_time() - begun, time.perf_counter() - start)
"""
"""What an analyst would type for the same columns, over all weeks at once, in a file for each."""

LOGGED = """
import sys
from pathlib import Path
from tests.support.usage import claude_logs
claude_logs.write(Path(sys.argv[1]), int(sys.argv[2]))
"""

IMPORTED = """
import sys
from pathlib import Path
from pipelines.usage import importing
home = Path(sys.argv[1])
batches, _ = importing.plan([Path(sys.argv[2])], None)
importing.add(home, batches, "default", lambda _: None)
"""


def write_ledger(home: Path, millions: float, weeks: int = WEEKS) -> None:
    """Write a synthetic ledger of so many requests, evenly over the weeks."""
    count = int(millions * 1_000_000 / weeks)
    with writing(home), closing(duckdb.connect()) as connection:
        connection.sql(SESSION)
        for number in range(weeks):
            week = FIRST + timedelta(weeks=number)
            rows = ROWS.format(week=week, count=count, step=7 * 86_400_000 // (count + 1))
            ledger.write(connection, home / "lake", week, rows)


def compare_import() -> Iterator[Pair]:
    """Import session logs, and let ccusage sum them up, start included; nothing without ccusage."""
    ccusage = shutil.which("ccusage")
    if not ccusage:
        say("import: ccusage is not on PATH: npm install --global ccusage@20.0.24")
        return
    with tempfile.TemporaryDirectory() as folder:
        logs, home = Path(folder, "claude"), Path(folder, "home")
        program(LOGGED, logs, LOG_LINES)

        def ours() -> Side:
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            return program(IMPORTED, home, logs / "projects")[0]

        def theirs() -> Side:
            daily = (ccusage, "daily", "--json", "--offline")
            return spend(*daily, CLAUDE_CONFIG_DIR=f"{logs}", TZ="UTC")[0]

        spent, sums = in_turns({"import": ours, "ccusage": theirs}, TURNS_OF_A_SECOND)
    what = f"import of {LOG_LINES:,} lines of Claude Code"
    yield Pair(what, "ccusage, which stores nothing", spent, sums, IMPORT_LIMIT)


def compare_folds(millions: float = MILLIONS, turns: int = TURNS) -> Iterator[Pair]:
    """Fold a ledger, and type the same sums; then a new week beside many, and alone."""
    with tempfile.TemporaryDirectory() as folder:
        home, alone = Path(folder, "home"), Path(folder, "alone")
        # In a process of its own: the memory of a process counts as that of those it starts.
        program(WRITTEN, home, millions)
        newest = Path("usage_request", f"week={FIRST + timedelta(weeks=WEEKS - 1)}")
        shutil.copytree(home / "lake" / newest, alone / "lake" / newest)

        def folds(home: Path, forgotten: str = "*") -> Side:
            for one in home.joinpath("lake", "usage_fold").glob(f"*/{forgotten}"):
                shutil.rmtree(one)
            return work(FOLDED, home, WEEKS)

        def typed() -> Side:
            shutil.rmtree(home / "typed", ignore_errors=True)
            home.joinpath("typed").mkdir()
            return work(TYPED, home)

        ours, theirs = in_turns({"folds": lambda: folds(home), "typed": typed}, turns)
        what = f"folds of {millions:g} million requests"
        yield Pair(what, "the same columns typed", ours, theirs, FOLD_LIMIT, MEMORY_LIMIT)
        week = {
            f"beside {WEEKS - 1}": lambda: folds(home, newest.name),
            "alone": lambda: folds(alone, newest.name),
            "none": lambda: work(FOLDED, home, WEEKS),
        }
        beside, by_itself, none = in_turns(week, TURNS_OF_A_SECOND)
        what = f"folds of a new week next to {WEEKS - 1}"
        yield Pair(what, "of that week alone", beside, by_itself, WEEK_LIMIT)
        yield Pair("folds without a new week", "of a new week", none, beside, NO_WEEK_LIMIT)


def compare_usage(_: Path) -> Iterator[Pair]:
    """Compare everything of own usage."""
    yield from compare_import()
    yield from compare_folds()


if __name__ == "__main__":
    found = [*compare_folds(float(sys.argv[1]), turns=1)]
    print(tables.of_pairs(found))  # noqa: T201
    raise SystemExit(int(any(one.broken for one in found)))
