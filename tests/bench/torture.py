"""Kill runs at random moments and try every fault: `make torture` writes docs/torture.md.

After each kill the lake must be whole and the last published database must open. After the last
one a run must finish with the same bytes as a run that was never interrupted.
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
from pipelines.home import paths
from pipelines.lake import log, raw
from pipelines.lake.vintages import list_vintages, read_verified
from pipelines.settings import ROOT
from pipelines.sources.datasets import DATASETS

LONGEST = 12.0
"""CPU seconds within which a run is killed: about those of a whole run."""

RUN = ("run",)
BACKFILL = ("backfill", "--from", "2025-01-06")

INTRODUCTION = """\
# Fault tests

The results of the last `make torture`. The faults come from a real HTTP server on this machine.
The kernel kills a `run` or a `backfill` after a random amount of CPU time, on empty and on
published homes. After the kills, a run must finish with the same bytes as a run that was never
interrupted, although its clock is set back by months. At every sync of an ingest and a delivery the
disk fails, or the machine loses its power and whatever was not synced.

| result | number |
|---|--:|
"""

DISK = "tests/home/lake/test_disk.py"

KINDS = ((RUN, False), (RUN, True), (BACKFILL, False))
"""What is killed, and whether its home begins as a published one: each home is of the next kind."""

TOKENHOUSE = f"{Path(sys.executable).with_name('tokenhouse')}"

KILLED_AFTER = """
import os, signal, sys
signal.setitimer(signal.ITIMER_PROF, float(sys.argv[1]))
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Run a command that the kernel kills after so many CPU seconds: a busy machine changes nothing.

Nothing handles SIGPROF, so that the process ends as abruptly as by SIGKILL.
"""

SET_BACK = """
import time_machine
from pipelines.cli import main
with time_machine.travel("2026-01-01T00:00:00Z"):
    main()
"""
"""The command on a machine whose clock was set back by months."""


def start(home: Path, *program: str) -> subprocess.Popen[bytes]:
    """Start a program that works on a home."""
    return subprocess.Popen(
        program,
        env={**os.environ, "TOKENHOUSE_HOME": f"{home}", "OPENROUTER_API_KEY": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
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

    The set of exports before the present one is left out: a backfill delivers one of its own. So is
    the lake's log: its lines have their instants, and `finish` compares what they say.
    """
    files = [path for folder in ("lake", "exports") for path in home.glob(f"{folder}/**/*")]
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in files
        if path.is_file() and PREVIOUS not in path.parts and path != paths.log(home / "lake")
    }


def unlogged(home: Path, undisturbed: Path) -> set[str]:
    """Return what the logs of two homes do not say alike about responses and vintages."""
    ours, whole = log.read(home / "lake"), log.read(undisturbed / "lake")
    lost = {raw for raw, made in whole.responses.items() if ours.responses.get(raw) != made}
    return lost | (whole.vintages ^ ours.vintages)


def begin(home: Path, undisturbed: Path, is_published: bool) -> None:
    """Recreate a home: an empty one, or a published one without its newest catalogue."""
    shutil.rmtree(home, ignore_errors=True)
    if is_published:
        shutil.copytree(undisturbed, home)
        list_vintages(home / "lake", "models")[-1].path.unlink()
    else:
        home.mkdir()


def kill(home: Path, command: tuple[str, ...], after: float) -> bool:
    """Kill a command after so many CPU seconds; return False if it was done before."""
    program = (sys.executable, "-c", KILLED_AFTER, f"{after}", TOKENHOUSE, *command)
    code = start(home, *program).wait()
    if code not in (0, -signal.SIGPROF):
        raise RuntimeError(f"{command[0]} failed in {home}")
    return code != 0


def finish(home: Path, command: tuple[str, ...]) -> None:
    """Let a backfill finish and publish, then a run whose clock is set back by months."""
    codes = [start(home, TOKENHOUSE, *command).wait()] if command != RUN else []
    if any([*codes, start(home, sys.executable, "-c", SET_BACK, *RUN).wait()]):
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

    A command that finishes before it is killed does not count, and its home is recreated. After the
    last kill of a home it must `finish`, and leave the same bytes as an undisturbed run.
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
            found["rows lost"] += len(unlogged(home, undisturbed))
            found["torn files"] += len(now.keys() - whole.keys())
    return found


def main() -> None:
    """Try two hundred kill points and all faults, and write the table."""
    from tests.home.lake import test_disk
    from tests.support import faults
    from tools import fault_page

    scratch = Path(tempfile.mkdtemp())
    undisturbed = scratch / "undisturbed"
    if start(undisturbed, TOKENHOUSE, *RUN).wait() != 0:
        raise RuntimeError("the undisturbed run failed")
    # A home for each core: a kill point waits for nothing but its own run.
    with ThreadPoolExecutor(2) as both:
        homes = [scratch / "first", scratch / "second"]
        halves = list(both.map(kill_points, homes, [undisturbed] * 2, [100, 100], [2026, 2027]))
    found = {name: sum(half[name] for half in halves) for name in halves[0]}
    disk_points = test_disk.points(scratch / "disk")
    shutil.rmtree(scratch)
    tried = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/home/lake/test_faults.py", DISK],
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
        "syncs at which the disk failed, and at which the power did": disk_points,
        "fault tests that failed": "0" if tried.returncode == 0 else "some",
        **found,
    }
    rows = [f"| {name} | {number} |\n" for name, number in numbers.items()]
    fault_page.PAGE.write_text(fault_page.with_faults("".join([INTRODUCTION, *rows, "\n"])))


if __name__ == "__main__":
    main()
