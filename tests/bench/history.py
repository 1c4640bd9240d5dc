"""What a weekly run costs over long histories of synthetic weeks: part of `make bench`.

The weeks are the real ones moved back in time by whole weeks, and exist only here: 51 rows a day
and a catalogue a week, each as a response would have brought them.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.lake import log, vintages
from pipelines.sources.snapshot import Snapshot

FIRST, REAL_WEEKS = date(2026, 5, 11), 10
"""The unbroken run of the sample, 2026-05-11 … 2026-07-13."""

WEEK = timedelta(days=7)
WEEKS = (13, 52, 104, 520)

GROWTH_LIMIT = 1.5
"""Of the weekly run over the longest history against the shortest, in processor seconds."""

MEMORY_LIMITS = {104: 600, 520: 1000}
"""Megabytes of a whole run."""

BUILD_MEMORY_LIMIT = 700
"""Megabytes of a build that draws every week."""

RUN = """
import datetime, os, sys
from pathlib import Path
from pipelines.reference import types
types.FIRST_DAY = datetime.date(2010, 1, 1)  # what the tables say holds for the synthetic weeks too
home = Path(sys.argv[1])
os.environ["TOKENHOUSE_HOME"] = f"{home}"
if sys.argv[2] == "build":
    from pipelines.models import build, definition, publish
    file, results = build.build(home, definition.load())
    publish.publish(file, home / "warehouse.duckdb")
else:
    from pipelines.cli import jobs
    jobs.rebuild(home)
with open("/proc/self/io") as io:
    print(next(line for line in io if line.startswith("wchar")).split()[1])
"""


class Cost(NamedTuple):
    """Of one process: processor seconds, peak megabytes, and megabytes written."""

    seconds: float
    memory: float
    written: float


def measured(program: str, *arguments: str) -> Cost:
    """Run a program, which prints the bytes that it wrote last, and return what it cost."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError("the program failed")
    seconds = used.ru_utime + used.ru_stime
    return Cost(seconds, used.ru_maxrss / 1024, int(output.splitlines()[-1]) / 1e6)


def lengthen(sample: Path, home: Path, weeks: int) -> list[log.Event]:
    """Fill a home's lake with so many weeks, made of those of a lake with the whole sample.

    Returns what the log would say of the newest week: for it the week has not come yet.
    """
    lake = home / "lake"
    rankings, catalogues = _tables(sample, "rankings_daily"), _tables(sample, "models")
    catalogues = [one for one in catalogues if one["fetched_at"][0].as_py().date() >= FIRST]
    events: list[log.Event] = []
    for number in range(weeks):
        copy, place = divmod(number, REAL_WEEKS)
        week, back = FIRST + (REAL_WEEKS - 1 - place) * WEEK, REAL_WEEKS * copy * WEEK
        of_week = [rows for rows in (_of(table, week) for table in rankings) if rows.num_rows][-1]
        known = datetime.combine(week + WEEK, time(8), UTC)
        columns = {"asked_from": week, "asked_to": week + timedelta(days=6), "as_of": known}
        catalogue = catalogues[min(REAL_WEEKS - place, len(catalogues) - 1)]
        for table, rows, instant in (
            ("rankings_daily", _with(of_week, columns), known),
            ("models", catalogue, catalogue["fetched_at"][0].as_py()),
        ):
            snapshot = Snapshot(instant - back, True, _moved(rows, back))
            made = vintages.write_file(lake, table, snapshot, durable=False)
            events.append({"do": "add", "vintage": made.path.relative_to(lake).as_posix()})
    log.append_all(lake, [*events[2:], *_moves(weeks)])
    return events[:2]


def _moves(weeks: int) -> list[log.Event]:
    """Return acceptances of the moves of all weeks: where copies meet, they are large."""
    mondays = (FIRST + (REAL_WEEKS - number) * WEEK for number in range(weeks + 2))
    names = [f"total_move-{monday}" for monday in mondays]
    return [{"do": "accept", "name": name, "size": None, "why": "synthetic"} for name in names]


def _tables(lake: Path, table: str) -> list[pa.Table]:
    files = (one.path for one in vintages.list_vintages(lake, table))
    return [pq.ParquetFile(path).read() for path in files]


def _of(rows: pa.Table, week: date) -> pa.Table:
    inside = pc.and_(
        pc.greater_equal(rows["date"], pa.scalar(week)),
        pc.less(rows["date"], pa.scalar(week + WEEK)),
    )
    return rows.filter(inside)


def _with(rows: pa.Table, columns: Mapping[str, object]) -> pa.Table:
    """Return rows with the same value in every row of some columns."""
    for name, value in columns.items():
        place = rows.schema.get_field_index(name)
        field = rows.schema.field(name)
        rows = rows.set_column(place, field, pa.array([value] * rows.num_rows, field.type))
    return rows


def _moved(rows: pa.Table, back: timedelta) -> pa.Table:
    """Return rows whose days and instants are so much earlier."""
    for place, field in enumerate(rows.schema):
        if field.name in ("date", "asked_from", "asked_to", "as_of", "fetched_at"):
            instants = pc.cast(rows[place], pa.timestamp("us", getattr(field.type, "tz", None)))
            earlier = pc.subtract(instants, pa.scalar(back, pa.duration("us")))
            rows = rows.set_column(place, field, pc.cast(earlier, field.type))
    return rows


class Growth(NamedTuple):
    """What a history costs: a build that draws every week, and the run of its newest week.

    `record` is the megabytes by which Dagster's record grows, `files` the number in the home.
    """

    weeks: int
    build: Cost
    run: Cost
    record: float
    files: int


def grow(sample: Path, folder: Path) -> list[Growth]:
    """Measure histories of WEEKS, the longest beside the others: in processes of their own."""
    with ThreadPoolExecutor(2) as pool:
        grown = pool.map(lambda weeks: growth(sample, folder, weeks), reversed(WEEKS))
        return [*grown][::-1]


def growth(sample: Path, folder: Path, weeks: int) -> Growth:
    """Measure a history: all weeks but the newest are built, then that one comes and is run."""
    home = folder / f"{weeks}"
    newest = lengthen(sample, home, weeks)
    build = measured(RUN, f"{home}", "build")
    log.append_all(home / "lake", newest)
    run = measured(RUN, f"{home}", "run")
    record = sum(_size(path) for path in (home / "dagster").rglob("*"))
    files = sum(path.is_file() for path in home.rglob("*"))
    shutil.rmtree(home)
    return Growth(weeks, build, run, record / 1e6, files)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def exponent(grown: Sequence[Growth]) -> float:
    """Return the power of the number of weeks by which the weekly run's seconds grow."""
    weeks, seconds = ([one.weeks for one in grown], [one.run.seconds for one in grown])
    return float(np.polyfit(np.log(weeks), np.log(seconds), 1)[0])
