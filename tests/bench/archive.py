"""Read an archive of raw answers: a replay, json and a dict, and DuckDB's read_json."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.lake import raw
from pipelines.sources.response import Request, Response
from tests.bench.pairs import TURNS, Pair, Side, median
from tests.support import wire

MEMORY_LIMIT = 150
"""Megabytes, for the replay of ARCHIVE responses."""

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

class Absent:
    # The runtime has no pandas. Development tools bring it, and pyarrow imports what it finds.
    def find_spec(self, name, *_):
        if name == "pandas":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
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


def timed(program: str, home: Path) -> tuple[Side, int]:
    """Run a program on a home; return what it took, and its peak memory in megabytes."""
    start, most = time.perf_counter(), 0
    command = [sys.executable, "-c", program, f"{home}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as run:
        while True:
            most = max(most, memory_of(run.pid))
            ended, status, used = os.wait4(run.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(0.02)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode != 0:
        raise RuntimeError("the program failed")
    return Side(used.ru_utime + used.ru_stime, time.perf_counter() - start), most


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


def compare_replay() -> Iterator[Pair]:
    """Replay an archive, and read it with json and a dict, and with DuckDB."""
    programs = {"replay": REPLAY, "json and a dict": PLAIN, "DuckDB's read_json": SQL}
    taken: dict[str, list[Side]] = {name: [] for name in programs}
    memory = 0
    for _ in range(TURNS):
        home = Path(tempfile.mkdtemp())
        archive(home)
        for name, program in programs.items():
            side, held = timed(program, home)
            taken[name].append(side)
            memory = max(memory, held) if name == "replay" else memory
        shutil.rmtree(home)
    what = f"{ARCHIVE} raw answers to queryable history, {memory} MB"
    if memory > MEMORY_LIMIT:
        what += f" (over {MEMORY_LIMIT})"
    ours = median(taken.pop("replay"))
    for (name, sides), limit in zip(taken.items(), (1.0, 4.0), strict=True):
        yield Pair(what, name, ours, median(sides), limit)
