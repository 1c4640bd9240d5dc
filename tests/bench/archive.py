"""Read an archive of raw answers: a replay, json and a dict, and DuckDB's read_json."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.lake import raw
from pipelines.sources.response import Request, Response
from tests.bench.pairs import ENVIRONMENT, WITHOUT_PANDAS, Pair, Side, in_turns, program
from tests.support import wire

MEMORY_LIMIT = 150
"""Megabytes, for the replay of ARCHIVE responses."""

PLAIN_LIMIT, SQL_LIMIT = 1.8, 4.0
"""What the others only read, a replay also checks, hashes and writes, in two processes at once."""

PRIVATE = ("Private_Clean", "Private_Dirty")
ARCHIVE = 1000

PLAIN = """
import glob, gzip, json, sys
history = {}
for path in sorted(glob.glob(sys.argv[1] + "/lake/raw/*/*/*.json.gz")):
    body = json.loads(gzip.open(path).read().partition(b"\\n")[2])
    as_of = body["meta"]["as_of"]
    for row in body["data"]:
        history[as_of, row["date"], row["model_permaslug"]] = int(row["total_tokens"])
print(len(history))
"""

SQL = """
import duckdb, sys
print(*duckdb.sql(f'''
    SELECT count(DISTINCT (as_of, date, model_permaslug)) FROM (
        SELECT meta.as_of, unnest(data, recursive := true)
        FROM read_json(
            '{sys.argv[1]}/lake/raw/*/*/*.json.gz', format = 'newline_delimited',
            columns = {{
                meta: 'STRUCT(as_of VARCHAR)',
                data: 'STRUCT(date VARCHAR, model_permaslug VARCHAR, total_tokens VARCHAR)[]'
            }}
        ) WHERE data IS NOT NULL
    )
''').fetchall())
"""

REPLAY = """
import sys
from pathlib import Path
from pipelines.lake.replay import replay
from pipelines.settings import Settings
print(replay(Settings(tokenhouse_home=Path(sys.argv[1]))).responses)
"""


def archive(home: Path) -> None:
    """Write responses of 35 days as the weekly run gets them, each as of another minute."""
    body = wire.rankings("2026-05-18", "2026-06-21", "")
    query = (("start_date", "2026-05-18"), ("end_date", "2026-06-21"), ("period", "day"))
    for number in range(ARCHIVE):
        as_of = datetime(2026, 6, 22, 8, tzinfo=UTC) + timedelta(minutes=number)
        body["meta"]["as_of"] = f"{as_of:%Y-%m-%dT%H:%M:%SZ}"
        request = Request("rankings_daily", "datasets/rankings-daily", query)
        raw.store(home / "lake", Response(request, 200, {}, as_of, json.dumps(body).encode()))


def replayed(home: Path) -> Side:
    """Replay an archive of which nothing was made yet."""
    shutil.rmtree(home / "lake" / "rankings_daily", ignore_errors=True)
    (home / "lake" / "log.jsonl").unlink(missing_ok=True)
    start, most = time.perf_counter(), 0
    command = [sys.executable, "-c", WITHOUT_PANDAS + REPLAY, f"{home}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT) as run:
        while True:
            most = max(most, memory_of(run.pid))
            ended, status, used = os.wait4(run.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(0.02)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode != 0:
        raise RuntimeError("the replay failed")
    return Side(used.ru_utime + used.ru_stime, time.perf_counter() - start, most)


def memory_of(process: int) -> int:
    """Return the megabytes of a process, and of its children what they do not share."""
    kilobytes = 0
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        for one, fields in ((process, ("Rss",)), *((pid, PRIVATE) for pid in children)):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            values = dict(line.split(":", 1) for line in lines[1:])
            kilobytes += sum(int(values[field].split()[0]) for field in fields)
    except OSError:
        return 0  # it has just ended
    return kilobytes // 1024


def compare_replay(folder: Path) -> Iterator[Pair]:
    """Replay an archive, and read it with json and a dict, and with DuckDB."""
    home = folder / "archive"
    archive(home)
    rivals = {"json and a dict": (PLAIN, PLAIN_LIMIT), "DuckDB's read_json": (SQL, SQL_LIMIT)}
    sides = {name: lambda text=text: program(text, home)[0] for name, (text, _) in rivals.items()}
    ours, *theirs = in_turns({"replay": lambda: replayed(home), **sides})
    what = f"{ARCHIVE} raw answers to queryable history"
    for (name, (_, limit)), side in zip(rivals.items(), theirs, strict=True):
        yield Pair(what, name, ours, side, limit, MEMORY_LIMIT)
