"""Kill runs at random moments and try every fault: `make torture` writes docs/torture.md.

After each kill the lake must be whole and the last published database must open; after the last
one an undisturbed run must finish with the very bytes of a run that nobody disturbed.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from pipelines.errors import RefusalError
from pipelines.exports.delivery import PREVIOUS
from pipelines.lake import raw
from pipelines.lake.vintages import list_vintages, read_verified
from pipelines.settings import ROOT
from pipelines.sources.datasets import DATASETS

LONGEST = 15.0
"""Seconds within which a run is killed: about the duration of one of two concurrent runs."""


RUN = ("run",)
BACKFILL = ("backfill", "--from", "2025-01-06")

INTRODUCTION = """\
# Fault tests

The results of the last `make torture`. The faults come from a real HTTP server on this machine.
The kills are SIGKILL to the process group of a `run` or a `backfill` at a random moment, on empty
and on published homes. After the kills, a run must finish with the same bytes as a run that was
never interrupted, although its clock is set back by months.

| result | number |
|---|--:|
"""

KINDS = ((RUN, False), (RUN, True), (BACKFILL, False))
"""What is killed, and whether its home begins as a published one: each home is of the next kind."""


SET_BACK = """
import time_machine
from pipelines.cli import main
with time_machine.travel("2026-01-01T00:00:00Z"):
    main()
"""
"""The command on a machine whose clock was set back by months."""


def start(
    home: Path, command: tuple[str, ...] = RUN, is_set_back: bool = False
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own."""
    tokenhouse = [f"{Path(sys.executable).with_name('tokenhouse')}"]
    return subprocess.Popen(
        [*([sys.executable, "-c", SET_BACK] if is_set_back else tokenhouse), *command],
        env={**os.environ, "TOKENHOUSE_HOME": f"{home}", "OPENROUTER_API_KEY": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def torn_files(home: Path) -> int:
    """Count vintages, raw responses and databases that exist but are damaged."""
    torn = 0
    for table in DATASETS:
        for vintage in list_vintages(home / "lake", table):
            try:
                read_verified(vintage)
            except RefusalError:
                torn += 1
    for path in raw.files(home / "lake"):
        try:
            raw.read(path)
        except RefusalError:
            torn += 1
    database = home / "warehouse.duckdb"
    if database.exists():
        try:
            with duckdb.connect(database, read_only=True) as connection:
                connection.sql("SELECT count(*) FROM marts.weekly_total").fetchall()
        except duckdb.Error:
            torn += 1
    return torn


def kept(home: Path) -> dict[str, bytes]:
    """Return what must be the same whatever happened: raw responses, Parquet, decisions, exports.

    The set of exports before the present one is left out: a backfill delivers one of its own.
    """
    files = [path for folder in ("lake", "exports") for path in home.glob(f"{folder}/**/*")]
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in files
        if path.is_file() and PREVIOUS not in path.parts
    }


def begin(home: Path, undisturbed: Path, is_published: bool) -> None:
    """Recreate a home: an empty one, or a published one without its newest catalogue."""
    shutil.rmtree(home, ignore_errors=True)
    if is_published:
        shutil.copytree(undisturbed, home)
        list_vintages(home / "lake", "models")[-1].path.unlink()


def kill(home: Path, command: tuple[str, ...], after: float) -> bool:
    """Kill a command after so many seconds; return False if it was done before."""
    run = start(home, command)
    try:
        run.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        return True
    return False


def finish(home: Path, command: tuple[str, ...]) -> None:
    """Let a backfill finish and publish, then a run whose clock is set back by months."""
    codes = [start(home, command).wait()] if command != RUN else []
    if any([*codes, start(home, RUN, is_set_back=True).wait()]):
        raise RuntimeError(f"{command[0]} did not finish in {home}")


def kill_points(
    home: Path,
    undisturbed: Path,
    count: int,
    seed: int,
    kills_a_home: int = 5,
    longest: float = LONGEST,
    finish: Callable[[Path, tuple[str, ...]], None] = finish,
) -> dict[str, int]:
    """Kill `count` runs on homes with so many kills each; return what was found.

    A command that is done before its moment has come counts for nothing: its home is begun anew.
    After the last kill it must `finish`, and leave the very bytes of an undisturbed run.
    """
    chance = random.Random(seed)  # noqa: S311 a seed, not a secret
    found = {"kill points": 0, "torn files": 0, "rows lost": 0}
    for number in range(count):
        command, is_published = KINDS[number // kills_a_home % len(KINDS)]
        if number % kills_a_home == 0:
            begin(home, undisturbed, is_published)
        while not kill(home, command, chance.uniform(0, longest)):
            begin(home, undisturbed, is_published)
        found["kill points"] += 1
        found["torn files"] += torn_files(home)
        if (number + 1) % kills_a_home == 0 or number == count - 1:
            finish(home, command)
            whole, now = kept(undisturbed), kept(home)
            found["rows lost"] += sum(now.get(name) != content for name, content in whole.items())
            found["torn files"] += len(now.keys() - whole.keys())
    return found


def main() -> None:
    """Try two hundred kill points and all faults, and write the table."""
    from tests.support import faults
    from tools import fault_page

    scratch = Path(tempfile.mkdtemp())
    undisturbed = scratch / "undisturbed"
    if start(undisturbed).wait() != 0:
        raise RuntimeError("the undisturbed run failed")
    # A home for each core: a kill point waits for nothing but its own run.
    with ThreadPoolExecutor(2) as both:
        homes = [scratch / "first", scratch / "second"]
        halves = list(both.map(kill_points, homes, [undisturbed] * 2, [100, 100], [2026, 2027]))
    found = {name: sum(half[name] for half in halves) for name in halves[0]}
    shutil.rmtree(scratch)
    tried = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/home/lake/test_faults.py"],
        cwd=ROOT,
        check=False,
    )
    by_kind = {
        kind: sum(fault.happens == kind for fault in faults.FAULTS)
        for kind in (faults.ACCEPTED, faults.RETRIED, faults.ONCE)
    }
    numbers = {
        "faults tried": len(faults.FAULTS),
        "… accepted": by_kind[faults.ACCEPTED],
        "… retried, refused only if they last": by_kind[faults.RETRIED],
        "… refused at once": by_kind[faults.ONCE],
        "fault tests that failed": "0" if tried.returncode == 0 else "some",
        **found,
    }
    rows = [f"| {name} | {number} |\n" for name, number in numbers.items()]
    fault_page.PAGE.write_text(fault_page.with_faults("".join([INTRODUCTION, *rows, "\n"])))


if __name__ == "__main__":
    main()
