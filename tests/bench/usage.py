"""Time own usage against what a user would type or run: part of `make bench`.

What counts is the ratio of CPU seconds, of processes that do nothing else. The ledger is synthetic
and exists only here. `python -m tests.bench.usage 100` folds as many million requests.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from pipelines.home.lock import writing
from pipelines.usage import ledger

MILLIONS = 5
WEEKS = 20
FIRST = date(2026, 3, 2)

LOG_LINES = 240_000

IMPORT_LIMIT = 2.0
"""What ccusage does not do is in it, too: every row is checked, compared and written."""

FOLD_LIMIT = 2.5
"""A fold of each week is a file of its own, exact, and the same on a cluster."""

WEEK_LIMIT = 1.25
"""Of a fraction of a second, so mostly noise; a week that cost more with history would be 19."""
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
import sys
from pathlib import Path
from pipelines.models import definition
from pipelines.usage import fold, ledger
lake = Path(sys.argv[1]) / "lake"
weeks = [*ledger.current(lake).values()][-int(sys.argv[2]):]
for model in definition.load():
    if model.schema == fold.SCHEMA:
        fold.folded(model, lake, weeks)
"""
"""The product's folds of the newest so many weeks."""

TYPED = """
import sys, duckdb
files = sorted(__import__("glob").glob(sys.argv[1] + "/lake/usage_request/*/*.parquet"))
duckdb.sql("SET TimeZone = 'UTC'")
ledger = f"read_parquet({files}, hive_partitioning = false)"
sums = '''count(*), sum(prompt_tokens), sum(cache_read_tokens), sum(cache_write_tokens),
    sum(completion_tokens), sum(reasoning_tokens), sum(cost_usd),
    sum(prompt_tokens) FILTER (WHERE cache_read_tokens IS NOT NULL)'''
for number, statement in enumerate((
    f"SELECT started_at::DATE, source, scope, model_raw, workload, status, cost_kind, "
    f"prompt_tokens >= 32000, {sums} FROM {ledger} GROUP BY ALL",
    f"SELECT week, date_trunc('hour', started_at), source, scope, model_raw, count(*), "
    f"sum(prompt_tokens + completion_tokens) FROM {ledger} GROUP BY ALL",
    f"SELECT week, source, scope, model_raw, count(*), quantile_disc(latency_ms, [.5, .95, .99]) "
    f"FROM {ledger} WHERE status = 'ok' GROUP BY ALL",
    f"SELECT week, source, scope, workload, count(DISTINCT task_id), count(*), "
    f"sum(prompt_tokens), sum(completion_tokens) FROM {ledger} "
    f"WHERE task_id IS NOT NULL GROUP BY ALL",
)):
    duckdb.sql(f"COPY ({statement}) TO '{sys.argv[1]}/typed-{number}.parquet'")
"""
"""What an analyst would type for the same sums, over all weeks at once."""

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


OURS = "pipelines.models.definition, pipelines.usage.importing, pipelines.usage.fold"


class Spent(NamedTuple):
    """CPU seconds of a process, and the most memory that it held, in megabytes."""

    cpu: float
    memory: int


def spend(*command: str, **environment: str) -> Spent:
    """Run a command and return what it spent; RuntimeError if it fails."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env={**os.environ, **environment}
    ) as run:
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = status
    if status:
        raise RuntimeError(f"{command[:2]} failed")
    return Spent(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)


def python(program: str, *arguments: object, modules: str = OURS) -> Spent:
    """Run a Python program, and leave out what starting Python with its modules costs."""
    start = spend(sys.executable, "-c", f"import {modules}")
    ours = spend(sys.executable, "-c", program, *map(str, arguments))
    return Spent(ours.cpu - start.cpu, ours.memory)


def write_ledger(home: Path, millions: float, weeks: int = WEEKS) -> None:
    """Write a synthetic ledger of so many requests, evenly over the weeks."""
    count = int(millions * 1_000_000 / weeks)
    with writing(home), closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        for number in range(weeks):
            week = FIRST + timedelta(weeks=number)
            rows = ROWS.format(week=week, count=count, step=7 * 86_400_000 // (count + 1))
            ledger.write(connection, home / "lake", week, rows)


def say(title: str, spent: Mapping[str, Spent], limit: float) -> bool:
    """Print both sides and the ratio of their CPU; return whether it is within the limit."""
    ours, theirs = spent.values()
    print(title)  # noqa: T201
    for name, one in spent.items():
        print(f"  {name:<14} {one.cpu:.2f} CPU s, {one.memory} MB")  # noqa: T201
    print(f"  ratio          {ours.cpu / theirs.cpu:.2f} (limit {limit})\n")  # noqa: T201
    return ours.cpu / theirs.cpu <= limit


def compare_import() -> bool:
    """Import session logs, and let ccusage sum them up; True without ccusage."""
    ccusage = shutil.which("ccusage")
    if not ccusage:
        print("import: ccusage is not on PATH: npm install --global ccusage\n")  # noqa: T201
        return True
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "claude"
        spend(sys.executable, "-c", LOGGED, f"{logs}", f"{LOG_LINES}")
        Path(folder, "home").mkdir()
        spent = {
            "import": python(IMPORTED, f"{folder}/home", logs / "projects"),
            "ccusage": spend(
                *(ccusage, "daily", "--json", "--offline"), CLAUDE_CONFIG_DIR=f"{logs}", TZ="UTC"
            ),
        }
    return say(f"import of {LOG_LINES:,} lines of Claude Code", spent, IMPORT_LIMIT)


def compare_folds(millions: float = MILLIONS) -> bool:
    """Fold a ledger, and type the same sums; then a new week beside many, and alone."""
    with tempfile.TemporaryDirectory() as folder:
        home, alone = Path(folder, "home"), Path(folder, "alone")
        # In a process of its own: the memory of a process counts as that of those it starts.
        spend(sys.executable, "-c", WRITTEN, f"{home}", f"{millions}")
        folds = home / "lake" / "usage_fold"
        spent = {
            "folds": python(FOLDED, home, WEEKS),
            "typed": python(TYPED, home, modules="duckdb"),
        }
        fast = say(f"folds of {millions:g} million requests", spent, FOLD_LIMIT)
        (newest,) = home.joinpath("lake", "usage_request").glob(
            f"week={FIRST + timedelta(weeks=WEEKS - 1)}"
        )
        shutil.copytree(newest, alone / "lake" / "usage_request" / newest.name)
        for one in folds.glob(f"*/{newest.name}"):
            shutil.rmtree(one)
        week = {"beside 19": python(FOLDED, home, WEEKS), "alone": python(FOLDED, alone, 1)}
        fast = say("one new week", week, WEEK_LIMIT) and fast
        nothing = python(FOLDED, home, WEEKS)
        print(f"no new week: {nothing.cpu:.2f} CPU s\n")  # noqa: T201
    most = spent["folds"].memory
    print(f"memory of the folds {most} MB (limit {MEMORY_LIMIT})\n")  # noqa: T201
    return fast and most <= MEMORY_LIMIT


def compare_usage() -> bool:
    """Compare everything of own usage; return whether it meets the limits."""
    return all([compare_import(), compare_folds()])


if __name__ == "__main__":
    raise SystemExit(int(not compare_folds(float(sys.argv[1]))))
