"""What a weekly run costs over long histories of synthetic weeks: part of `make bench`.

The weeks are the real ones moved back in time by whole weeks, and exist only here: 51 rows a day
and a catalogue a week, each as a response would have brought them.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.lake import log, vintages
from pipelines.sources.snapshot import Snapshot
from tests.bench.pairs import Side, program, say

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
import datetime, gc, os, sys
from pathlib import Path
from pipelines import cli
from pipelines.reference import checked, loader, types
types.FIRST_DAY = datetime.date(2010, 1, 1)  # what the tables say holds for the synthetic weeks too
checked.load = loader.load  # and is not kept for others
gc.set_threshold(cli.OBJECTS_BETWEEN_SEARCHES)  # as the command does
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


LENGTHENED = """
import json
from pathlib import Path
from tests.bench import history
sample, home, weeks, parts = sys.argv[1:]
print(json.dumps(history.lengthen(Path(sample), Path(home), int(weeks), int(parts))))
"""


def lengthen(sample: Path, home: Path, weeks: int, parts: int = 1) -> list[log.Event]:
    """Fill a home's lake with so many weeks, made of those of a lake with the whole sample.

    Each response is in so many parts, with a file for each: the rows are the same. Returns what the
    log would say of the newest week: for it the week has not come yet.
    """
    lake = home / "lake"
    log.append_all(lake, _moves(weeks))  # a log that begins later names all files that are there
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
            moved = _moved(rows, back)
            for part in range(parts):
                first, end = (moved.num_rows * k // parts for k in (part, part + 1))
                snapshot = Snapshot(instant - back, True, moved.slice(first, end - first))
                made = vintages.write_file(lake, table, snapshot, durable=False)
                events.append({"do": "add", "vintage": made.path.relative_to(lake).as_posix()})
    log.append_all(lake, events[2 * parts :])
    return events[: 2 * parts]


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

    `written` is the megabytes that the run writes, `record` those by which Dagster's record grows,
    `files` the number in the home.
    """

    weeks: int
    build: Side
    run: Side
    written: float
    record: float
    files: int


def built(sample: Path, home: Path, weeks: int) -> Side:
    """Make a home in which the newest week has come to a build of all others; return its cost.

    All of it happens in processes of their own.
    """
    newest = filled(sample, home, weeks)
    build, _ = program(RUN, home, "build")
    say(f"a build of {weeks} weeks: {build.seconds:.1f} s, {build.memory:.0f} MB")
    log.append_all(home / "lake", newest)
    return build


def growth(home: Path, weeks: int, build: Side) -> Growth:
    """Run the newest week in such a home, and delete it."""
    run, printed = program(RUN, home, "run")
    say(f"a run over {weeks} weeks: {run.seconds:.1f} s, {run.memory:.0f} MB")
    written = int(printed.splitlines()[-1]) / 1e6
    record = sum(_size(path) for path in (home / "dagster").rglob("*"))
    files = sum(path.is_file() for path in home.rglob("*"))
    shutil.rmtree(home)
    return Growth(weeks, build, run, written, record / 1e6, files)


def filled(sample: Path, home: Path, weeks: int, parts: int = 1) -> list[log.Event]:
    """Lengthen a history in a process of its own."""
    _, printed = program(LENGTHENED, sample, home, weeks, parts)
    newest: list[log.Event] = json.loads(printed)
    return newest


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def exponent(grown: Sequence[Growth]) -> float:
    """Return the power of the number of weeks by which the weekly run's seconds grow."""
    weeks, seconds = ([one.weeks for one in grown], [one.run.seconds for one in grown])
    return float(np.polyfit(np.log(weeks), np.log(seconds), 1)[0])
