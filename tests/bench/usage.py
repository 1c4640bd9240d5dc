"""Time own usage against what a user would type or run: part of `make bench`.

What counts is the ratio of CPU seconds, the least of some turns: noise only adds to them. The
ledger is synthetic and exists only here. `make folds` (`python -m tests.bench.usage 100`) folds as
many million requests.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from pipelines.home.database import SESSION
from pipelines.home.lock import writing
from pipelines.usage import ledger

MILLIONS = 5
WEEKS = 20
FIRST = date(2026, 3, 2)

LOG_LINES = 240_000

IMPORT_LIMIT = 1.0
FOLD_LIMIT = 1.2
WEEK_LIMIT = 1.05
MEMORY_LIMIT = 1600
"""Megabytes, for folds over any number of requests."""

TURNS = 3
TURNS_OF_A_SECOND = 7
"""What takes a second or less is repeated more often."""

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
begun = time.process_time()
lake = Path(sys.argv[1]) / "lake"
weeks = [*ledger.current(lake).values()][-int(sys.argv[2]):]
fold.folded(models, lake, weeks)
print(time.process_time() - begun)
"""
"""The product's folds of the newest so many weeks."""

TYPED = """
import glob, sys, time
import duckdb
begun = time.process_time()
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
print(time.process_time() - begun)
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


class Spent(NamedTuple):
    """CPU seconds of a process, and the most memory that it held, in megabytes."""

    cpu: float
    memory: int


Side = Callable[[], Spent]


def spend(*command: str, **environment: str) -> Spent:
    """Run a command and return what the whole process spent; RuntimeError if it fails."""
    return _spend(*command, **environment)[0]


def work(program: str, *arguments: object) -> Spent:
    """Run a Python program that prints its CPU seconds: those count, and not its start."""
    spent, printed = _spend(sys.executable, "-c", program, *map(str, arguments))
    return Spent(float(printed), spent.memory)


def _spend(*command: str, **environment: str) -> tuple[Spent, str]:
    """Return what a process spent, with the processes that it waited for, and what it printed."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as run:
        printed = run.stdout.read() if run.stdout else ""
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = status
    if status:
        raise RuntimeError(f"{command[:2]} failed")
    return Spent(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024), printed


def in_turns(sides: Mapping[str, Side], turns: int) -> dict[str, Spent]:
    """Run the sides in turns; return the least CPU seconds of each, and its most memory."""
    spent = {name: list[Spent]() for name in sides}
    for _ in range(turns):
        for name, side in sides.items():
            spent[name].append(side())
    return {
        name: Spent(min(one.cpu for one in of), max(one.memory for one in of))
        for name, of in spent.items()
    }


def write_ledger(home: Path, millions: float, weeks: int = WEEKS) -> None:
    """Write a synthetic ledger of so many requests, evenly over the weeks."""
    count = int(millions * 1_000_000 / weeks)
    with writing(home), closing(duckdb.connect()) as connection:
        connection.sql(SESSION)
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
    """Import session logs, and let ccusage sum them up, start included; True without ccusage."""
    ccusage = shutil.which("ccusage")
    if not ccusage:
        print("import: ccusage is not on PATH: npm install --global ccusage@20.0.24\n")  # noqa: T201
        return True
    with tempfile.TemporaryDirectory() as folder:
        logs, home = Path(folder, "claude"), Path(folder, "home")
        spend(sys.executable, "-c", LOGGED, f"{logs}", f"{LOG_LINES}")

        def ours() -> Spent:
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            return spend(sys.executable, "-c", IMPORTED, f"{home}", f"{logs / 'projects'}")

        def theirs() -> Spent:
            daily = (ccusage, "daily", "--json", "--offline")
            return spend(*daily, CLAUDE_CONFIG_DIR=f"{logs}", TZ="UTC")

        spent = in_turns({"import": ours, "ccusage": theirs}, TURNS_OF_A_SECOND)
    return say(f"import of {LOG_LINES:,} lines of Claude Code", spent, IMPORT_LIMIT)


def compare_folds(millions: float = MILLIONS, turns: int = TURNS) -> bool:
    """Fold a ledger, and type the same sums; then a new week beside many, and alone."""
    with tempfile.TemporaryDirectory() as folder:
        home, alone = Path(folder, "home"), Path(folder, "alone")
        # In a process of its own: the memory of a process counts as that of those it starts.
        spend(sys.executable, "-c", WRITTEN, f"{home}", f"{millions}")
        newest = Path("usage_request", f"week={FIRST + timedelta(weeks=WEEKS - 1)}")
        shutil.copytree(home / "lake" / newest, alone / "lake" / newest)

        def folds(home: Path, forgotten: str = "*") -> Spent:
            for one in home.joinpath("lake", "usage_fold").glob(f"*/{forgotten}"):
                shutil.rmtree(one)
            return work(FOLDED, home, WEEKS)

        def typed() -> Spent:
            shutil.rmtree(home / "typed", ignore_errors=True)
            home.joinpath("typed").mkdir()
            return work(TYPED, home)

        spent = in_turns({"folds": lambda: folds(home), "typed": typed}, turns)
        fast = say(f"folds of {millions:g} million requests", spent, FOLD_LIMIT)
        week = {
            f"beside {WEEKS - 1}": lambda: folds(home, newest.name),
            "alone": lambda: folds(alone, newest.name),
        }
        fast = say("one new week", in_turns(week, TURNS_OF_A_SECOND), WEEK_LIMIT) and fast
        nothing = work(FOLDED, home, WEEKS)
        print(f"no new week: {nothing.cpu:.3f} CPU s\n")  # noqa: T201
    most = spent["folds"].memory
    print(f"memory of the folds {most} MB (limit {MEMORY_LIMIT})\n")  # noqa: T201
    return fast and most <= MEMORY_LIMIT


def compare_usage() -> bool:
    """Compare everything of own usage; return whether it meets the limits."""
    return all([compare_import(), compare_folds()])


if __name__ == "__main__":
    raise SystemExit(int(not compare_folds(float(sys.argv[1]), turns=1)))
