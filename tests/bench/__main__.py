"""Compare what must be fast with the simplest thing a user would write: `make bench`.

Both sides run in turns on the same inputs; the medians' ratio is what counts, machines are noisy.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.lake import ingest, raw
from pipelines.models import build, creation, definition, inputs, publish
from pipelines.report import page
from pipelines.settings import Settings
from pipelines.sources import sample
from pipelines.sources.response import Request, Response
from pipelines.weeks import contiguous
from tests.bench.history import compare_histories
from tests.bench.routing import time_routing
from tests.bench.usage import compare_usage
from tests.support import wire

TURNS = 9
BUILD_LIMIT = 1.2
REPORT_LIMIT = 3.0
REPLAY_LIMIT = 1.0

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

REPLAY = """
import sys
from pathlib import Path

class Absent:
    # The runtime has no pandas. Development tools bring it, and pyarrow imports what it finds.
    def find_spec(self, name, *_):
        if name == "pandas":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
from pipelines.replay import replay
from pipelines.settings import Settings
print(replay(Settings(tokenhouse_home=Path(sys.argv[1]))).responses)
"""


def typed(home: Path, models: tuple[definition.Model, ...]) -> None:
    """What an analyst would type: the same inputs, the same statements, the same checks."""
    with closing(duckdb.connect(home / "typed.duckdb", config=build.COMPATIBLE)) as connection:
        connection.sql("SET TimeZone = 'UTC'; SET threads = 1")
        inputs.attach(connection, home / "lake")
        for schema in definition.SCHEMAS:
            connection.sql(f"CREATE SCHEMA {schema}")
        for model in models:
            if model.front.function:
                creation.create(connection, model)
            else:
                connection.sql(f"CREATE TABLE {model.name} AS {model.sql}")
        for model in models:
            for query in model.checks.values():
                connection.sql(f"SELECT count(*) FROM ({query})").fetchall()
        connection.sql("CHECKPOINT")
    (home / "typed.duckdb").unlink()


def archive(home: Path) -> None:
    """Write responses of 35 days as the weekly run gets them, each as of another minute."""
    body = wire.rankings("2026-05-18", "2026-06-21", "")
    query = (("start_date", "2026-05-18"), ("end_date", "2026-06-21"), ("period", "day"))
    for number in range(ARCHIVE):
        as_of = datetime(2026, 6, 22, 8, tzinfo=UTC) + timedelta(minutes=number)
        body["meta"]["as_of"] = f"{as_of:%Y-%m-%dT%H:%M:%SZ}"
        request = Request("rankings_daily", "datasets/rankings-daily", query)
        raw.store(home / "lake", Response(request, 200, {}, as_of, json.dumps(body).encode()))


def timed(program: str, home: Path) -> tuple[float, int]:
    """Run a program on a home; return its seconds and its peak memory in megabytes."""
    start, most = time.perf_counter(), 0
    command = [sys.executable, "-c", program, f"{home}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as run:
        while run.poll() is None:
            most = max(most, memory_of(run.pid))
            time.sleep(0.02)
    if run.returncode != 0:
        raise RuntimeError("the program failed")
    return time.perf_counter() - start, most


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


def compare_build() -> bool:
    """Build the sample with the runner and with plain SQL; return whether it meets the limit."""
    home = Path(tempfile.mkdtemp())
    chosen = Settings(tokenhouse_home=home)
    with ingest.open_client(chosen, False) as client:
        for weeks in contiguous(sample.recorded_weeks()):
            for table in ingest.SAMPLED_TABLES:
                ingest.ingest_table(chosen, client, table, False, *weeks)
    models = definition.load()
    seconds: dict[str, list[float]] = {"runner": [], "typed": []}
    for _ in range(TURNS):
        for name in seconds:
            start = time.perf_counter()
            if name == "runner":
                publish.discard(build.build(home, models)[0])
            else:
                typed(home, models)
            seconds[name].append(time.perf_counter() - start)
    fast = report("SQL build of the sample", seconds, BUILD_LIMIT)
    fast = compare_histories(home / "lake", home) and fast
    publish.publish(build.build(home, models)[0], home / "warehouse.duckdb")
    fast = time_routing(home / "warehouse.duckdb") and time_report(home) and fast
    shutil.rmtree(home)
    return fast


def time_report(home: Path) -> bool:
    """Write the weekly report in all languages, best of 3; return whether it meets the limit."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        written = page.write(home)
        seconds.append(time.perf_counter() - start)
    largest = max(path.stat().st_size for path in written)
    print(  # noqa: T201
        f"weekly report in {len(written)} languages: {min(seconds):.2f} s (limit {REPORT_LIMIT}), "
        f"at most {largest // 1000} KB\n"
    )
    return min(seconds) <= REPORT_LIMIT


def compare_replay() -> bool:
    """Replay an archive, and read it with json and a dict; return whether it meets both limits."""
    seconds: dict[str, list[float]] = {"replay": [], "json and dict": []}
    memory = 0
    for _ in range(3):
        home = Path(tempfile.mkdtemp())
        archive(home)
        for name, program in (("replay", REPLAY), ("json and dict", PLAIN)):
            spent, held = timed(program, home)
            seconds[name].append(spent)
            memory = max(memory, held) if name == "replay" else memory
        shutil.rmtree(home)
    fast = report(f"{ARCHIVE} raw answers to queryable history", seconds, REPLAY_LIMIT)
    print(f"memory of the replay {memory} MB (limit {MEMORY_LIMIT})\n")  # noqa: T201
    return fast and memory <= MEMORY_LIMIT


def report(title: str, seconds: dict[str, list[float]], limit: float) -> bool:
    """Print the medians and their ratio; return whether it is below the limit."""
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ours, theirs = medians.values()
    print(title)  # noqa: T201
    for name, median in medians.items():
        print(f"  {name:<14} {median:.2f} s")  # noqa: T201
    print(f"  ratio          {ours / theirs:.2f} (limit {limit})\n")  # noqa: T201
    return ours / theirs <= limit


def main() -> int:
    """Compare everything; return 1 if any limit is broken."""
    return int(not all([compare_build(), compare_replay(), compare_usage()]))


if __name__ == "__main__":
    sys.exit(main())
