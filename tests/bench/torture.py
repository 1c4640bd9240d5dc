"""Kill runs, let their files fail, walk at random, try every fault: `make torture`.

After each kill and each error the lake must be whole and the last published database must open.
After the last one a run must finish with the same bytes as a run that was never interrupted. Points
are shared out to the cores. The seed is printed, and the table is in docs/torture.md.
"""

import errno
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from itertools import count, takewhile
from pathlib import Path

import duckdb

from pipelines.errors import RefusalError
from pipelines.exports import delivery
from pipelines.home import paths
from pipelines.lake import log, raw
from pipelines.lake.vintages import list_vintages, read_verified
from pipelines.settings import ROOT
from pipelines.sources.datasets import DATASETS
from tests.support.file_layer import KILLED, NEVER, FileLayer

LONGEST = 16.0
"""CPU seconds within which a run is killed: about those of a whole run."""

POINTS = {"kills": 20, "errors": 10, "small kills": 60, "small errors": 120, "each command": 15}
"""How many points: of whole runs, of small ones, and of each other command that writes."""

A_HOME = 10
"""Points on one home, after which a run must finish."""

CORES = min(2, os.cpu_count() or 1)
"""Homes that are tried next to each other."""

WALKING = 60.0
"""Seconds of random walks; the walk that is begun is finished."""

STEPS = 12
"""Of a walk."""

RUN = ("run",)
WEEK = ("run", "--week", "2026-07-13")
BACKFILL = ("backfill", "--from", "2025-01-06")
SMALL = ("small run",)

INTRODUCTION = """\
# Fault tests

The results of the last `make torture`. The faults of the wire come from a real HTTP server on this
machine.

- The kernel kills a `run` or a `backfill` after a random amount of CPU time, on empty and on
  published homes.
- A layer below the process lets one call on a file of the home fail with an I/O error, or kills the
  process there: at any open, read, write, sync, rename or removal, of Python, DuckDB, SQLite or
  Arrow, each as likely as any other. A whole run of a week costs 10 s of CPU time, so that most
  points are in a small run: ingest, build, publication and export of a week, with the models of the
  gate and without Dagster, routes and report. It is forked from a process that has imported all.
- The layer kills `init`, `usage forget`, `restore` and `service install` at any call: what a reader
  sees is old or new, and the same command finishes.
- Deliveries, and commands that import, fold and forget own usage, are killed at every step
  (`pytest -m torture`); `make accept` has a sample of these.
- At every sync of an ingest and a delivery the disk fails, or the machine loses its power and
  whatever was not synced.
- Random walks mix commands, kills, errors, a full disk, clocks that are set back, and lost, cut and
  damaged files, over two homes that export to one folder. At the end of a walk the way out that
  each refusal names is followed until both homes publish and export.

After the kills and the errors, a run must finish with the same bytes as a run that was never
disturbed, although its clock is set back by months. Lost is what was accepted and is neither there
nor named. Stuck is a home that no documented command leads out of.

| result | number |
|---|--:|
"""

DISK = "tests/home/lake/test_disk.py"

Kind = tuple[tuple[str, ...], bool]
"""A command, and whether its home begins as a published one."""

KINDS: tuple[Kind, ...] = ((RUN, False), (RUN, True), (BACKFILL, False))
WEEKS: tuple[Kind, ...] = ((WEEK, False), (WEEK, True))
SMALLS: tuple[Kind, ...] = ((SMALL, False), (SMALL, True))
"""What is disturbed: each home is of the next kind."""

TOKENHOUSE = f"{Path(sys.executable).with_name('tokenhouse')}"

KILLED_AFTER = """
import os, signal, sys
signal.setitimer(signal.ITIMER_PROF, float(sys.argv[1]))
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Run a command that the kernel kills after so many CPU seconds: a busy machine changes nothing.

Nothing handles SIGPROF, so that the process ends as abruptly as by SIGKILL.
"""

WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)

SET_BACK = """
import time_machine
from pipelines.cli import main
with time_machine.travel("2026-01-01T00:00:00Z"):
    main()
"""
"""The command on a machine whose clock was set back by months."""


Disturb = Callable[[Path, tuple[str, ...], random.Random], bool]
"""Disturbs a command in a home; returns False if it was done before that."""


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a program that works on a home."""
    return {**os.environ, "TOKENHOUSE_HOME": f"{home}", "OPENROUTER_API_KEY": ""}


def start(home: Path, *program: str) -> subprocess.Popen[bytes]:
    """Start a program that works on a home."""
    return subprocess.Popen(
        program,
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def torn_files(home: Path) -> int:
    """Count vintages, raw responses and databases that exist but are damaged."""
    torn = 0
    for table in DATASETS:
        present = (one for one in list_vintages(home / "lake", table) if one.path.exists())
        for vintage in present:
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

    The set of exports before the present one is left out: a backfill delivers one of its own. An
    export that names that set's run differs in nothing else and counts as the present run's. The
    lake's log is left out: its lines have their instants, and `finish` compares what they say.
    """
    lake, exports = home / "lake", home / "exports"
    manifest = json.loads((exports / delivery.MANIFEST).read_bytes())
    run_id, older = manifest["run_id"], manifest.get("older", {})
    found = {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in (*lake.rglob("*"), *exports.rglob("*"))
        if path.is_file() and delivery.PREVIOUS not in path.parts and path != paths.log(lake)
    }
    for name, named in older.items():
        content = found[f"exports/{name}"]
        found[f"exports/{name}"] = content.replace(named.encode(), run_id.encode())
    return found | {f"exports/{delivery.MANIFEST}": run_id.encode()}


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


def kill(home: Path, command: tuple[str, ...], chance: random.Random) -> bool:
    """Kill a command after some CPU seconds; return False if it was done before."""
    after = chance.uniform(0, LONGEST)
    program = (sys.executable, "-c", KILLED_AFTER, f"{after}", TOKENHOUSE, *command)
    code = start(home, *program).wait()
    if code not in (0, -signal.SIGPROF):
        raise RuntimeError(f"{command[0]} failed in {home}")
    return code != 0


def run_in(
    layer: FileLayer, home: Path, command: tuple[str, ...], at: int = NEVER, error: int = errno.EIO
) -> subprocess.CompletedProcess[str]:
    """Run a command, or a small run, of which a call on a file of its home fails."""
    if command == SMALL:
        return layer.run_small(home, environment(home), at, error)
    return layer.run(home, [TOKENHOUSE, *command], environment(home), at, error)


def at_any_call(layer: FileLayer, calls: int, error: int = errno.EIO) -> Disturb:
    """Return the disturbance in which one of so many calls of a command on a file fails."""

    def disturb(home: Path, command: tuple[str, ...], chance: random.Random) -> bool:
        at = chance.randint(1, calls)
        done = run_in(layer, home, command, at, error)
        if done.returncode == -signal.SIGKILL:
            return True
        made = layer.calls
        if done.returncode not in (0, 1) or "Traceback" in done.stderr:
            raise RuntimeError(f"call {at} of {command[0]}, {done.returncode}: {done.stderr}")
        if done.returncode:
            print(f"call {at} of {made}: {done.stderr.strip().splitlines()[-1]}", flush=True)  # noqa: T201
        return made >= at

    return disturb


def finish(home: Path, command: tuple[str, ...]) -> None:
    """Let a backfill finish and publish, then a run whose clock is set back by months."""
    is_run = command[0] == "run"
    codes = [] if is_run else [start(home, TOKENHOUSE, *command).wait()]
    last = command if is_run else RUN
    if any([*codes, start(home, sys.executable, "-c", SET_BACK, *last).wait()]):
        raise RuntimeError(f"{command[0]} did not finish in {home}")


def points(
    home: Path,
    undisturbed: Path,
    counts: Sequence[int],
    seed: int,
    a_home: int = A_HOME,
    disturb: Disturb = kill,
    kinds: tuple[Kind, ...] = KINDS,
    finish: Callable[[Path, tuple[str, ...]], None] = finish,
) -> dict[str, int]:
    """Disturb a command at each point, so many of them on a home; return what was found.

    A command that finishes before it is disturbed does not count, and its home is recreated. After
    the last point of a home it must `finish`, and leave the same bytes as an undisturbed run.
    """
    chance = random.Random(seed)  # noqa: S311 a seed, not a secret
    found = {"points": 0, "torn": 0, "lost": 0, "stuck": 0}
    command: tuple[str, ...] = RUN
    is_published = False
    for number in counts:
        if number % a_home == 0:
            command, is_published = kinds[number // a_home % len(kinds)]
            begin(home, undisturbed, is_published)
        try:
            while not disturb(home, command, chance):
                begin(home, undisturbed, is_published)
        except RuntimeError as error:
            print(error, flush=True)  # noqa: T201
            found["stuck"] += 1
        found["points"] += 1
        found["torn"] += torn_files(home)
        if (number + 1) % a_home == 0:
            _compare(home, undisturbed, command, finish, found)
    if found["points"] % a_home:
        _compare(home, undisturbed, command, finish, found)
    print(found, flush=True)  # noqa: T201
    return found


def _compare(
    home: Path,
    undisturbed: Path,
    command: tuple[str, ...],
    finish: Callable[[Path, tuple[str, ...]], None],
    found: dict[str, int],
) -> None:
    """Let the home finish, and count what it lacks then."""
    try:
        finish(home, command)
    except RuntimeError as error:
        print(error, flush=True)  # noqa: T201
        found["stuck"] += 1
        return
    whole, now = kept(undisturbed), kept(home)
    lost = {name for name, content in whole.items() if now.get(name) != content}
    lost |= unlogged(home, undisturbed)
    more = {*(now.keys() - whole.keys()), *delivery.altered(home / "exports")}
    if lost or more:
        print(f"{command[0]} in {home}: lost {sorted(lost)}, torn {sorted(more)}", flush=True)  # noqa: T201
    found["lost"] += len(lost)
    found["torn"] += len(more)


def side_by_side(
    try_points: Callable[[int, Sequence[int]], dict[str, int]], count: int
) -> dict[str, int]:
    """Share points out to the cores, whole homes to each; return what all of them found."""
    homes = [range(first, min(first + A_HOME, count)) for first in range(0, count, A_HOME)]
    shares = [[one for home in homes[core::CORES] for one in home] for core in range(CORES)]
    with ThreadPoolExecutor(CORES) as cores:
        found = list(cores.map(try_points, range(CORES), shares))
    return total(found)


def total(found: Sequence[dict[str, int]]) -> dict[str, int]:
    """Return the sums of what several parts found."""
    return {name: sum(one[name] for one in found) for name in found[0]}


def within(seconds: float) -> Iterator[int]:
    """Count until the time is up."""
    end = time.monotonic() + seconds
    return takewhile(lambda _: time.monotonic() < end, count())


def walks(seconds: float, seed: int) -> dict[str, int]:
    """Walk at random, a seed after the other; return how many walks failed, and how."""
    from tests.home.lake import test_walks
    from tests.support.walks import StuckError

    found = {"points": 0, "torn": 0, "lost": 0, "stuck": 0}
    for number in within(seconds):
        try:
            found["points"] += test_walks.walk(examples=2, steps=STEPS, number=seed + number)
        except Exception as error:  # a walk that fails is printed, and the next one taken
            story = "\n".join(getattr(error, "__notes__", ()))
            print(f"walk of seed {seed + number}: {error}\n{story}", flush=True)  # noqa: T201
            found["stuck" if isinstance(error, StuckError) else "lost"] += 1
    return found


def runs_killed(scratch: Path, seed: int) -> dict[str, int]:
    """Kill runs and backfills of the whole sample."""
    undisturbed = scratch / "undisturbed"
    if start(undisturbed, TOKENHOUSE, *RUN).wait() != 0:
        raise RuntimeError("the undisturbed run failed")
    return side_by_side(
        lambda core, share: points(scratch / f"killed-{core}", undisturbed, share, seed + core),
        POINTS["kills"],
    )


class AnyCall:
    """A command that is disturbed at any of its calls on files; `calls` is how many it makes."""

    def __init__(self, scratch: Path, kinds: tuple[Kind, ...]) -> None:
        """Let it run undisturbed."""
        self._scratch, self._kinds = scratch, kinds
        self._layers = [FileLayer(scratch / f"layer-{core}") for core in range(CORES)]
        self._undisturbed = scratch / "undisturbed"
        self._undisturbed.mkdir()
        if run_in(self._layers[0], self._undisturbed, kinds[0][0]).returncode:
            raise RuntimeError(f"{kinds[0]} failed undisturbed")
        self.calls = self._layers[0].calls

    def tried(self, count: int, seed: int, error: int) -> dict[str, int]:
        """Let calls fail, or kill it there; return what was found."""

        def on_core(core: int, share: Sequence[int]) -> dict[str, int]:
            disturb = at_any_call(self._layers[core], self.calls, error)
            home = self._scratch / f"home-{core}"
            undisturbed, kinds = self._undisturbed, self._kinds
            return points(
                home,
                undisturbed,
                share,
                seed + core,
                disturb=disturb,
                kinds=kinds,
                finish=partial(self._finish, self._layers[core]),
            )

        found = side_by_side(on_core, count)
        for layer in self._layers:
            layer.close()
        return found

    def _finish(self, layer: FileLayer, home: Path, command: tuple[str, ...]) -> None:
        if command != SMALL:
            finish(home, command)
        elif run_in(layer, home, command).returncode:
            raise RuntimeError(f"a small run did not finish in {home}")


def commands_killed(scratch: Path, seed: int) -> dict[str, int]:
    """Kill the other commands that write at any call on a file."""
    from tests.support import killed_commands

    layer = FileLayer(scratch / "layer")
    return total(
        [
            killed_commands.sweep(layer, scratch / case.name, case, POINTS["each command"], seed)
            for case in killed_commands.CASES
        ]
    )


def main() -> None:
    """Try each part, then all faults, and write the table."""
    from tests.home.lake import test_disk
    from tests.support import faults
    from tools import fault_page

    seed = int(sys.argv[1]) if len(sys.argv) > 1 else date.today().toordinal()
    print(f"seed {seed}", flush=True)  # noqa: T201
    begun = time.monotonic()
    scratch = Path(tempfile.mkdtemp())
    small = AnyCall(scratch / "small", SMALLS)
    week = AnyCall(scratch / "week", WEEKS)
    parts = {
        "kills of small runs at any call": small.tried(POINTS["small kills"], seed, KILLED),
        "I/O errors in small runs": small.tried(POINTS["small errors"], seed, errno.EIO),
        "kills of other commands at any call": commands_killed(scratch, seed),
        "I/O errors in whole runs of a week": week.tried(POINTS["errors"], seed, errno.EIO),
        "kills of whole runs and backfills": runs_killed(scratch, seed),
        "random walks": walks(WALKING, seed),
    }
    disk_points = test_disk.points(scratch / "disk")
    shutil.rmtree(scratch)
    tried = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/home/lake/test_faults.py", DISK],
        cwd=ROOT,
        check=False,
    )
    minutes = (time.monotonic() - begun) / 60
    worked = sum(resource.getrusage(who).ru_utime for who in WHO) / 60
    by_kind = {
        kind: sum(fault.happens == kind for fault in faults.FAULTS)
        for kind in (faults.ACCEPTED, faults.RETRIED, faults.ONCE)
    }
    numbers = {
        "faults of the wire": len(faults.FAULTS),
        "… accepted": by_kind[faults.ACCEPTED],
        "… retried, refused only if they last": by_kind[faults.RETRIED],
        "… refused at once": by_kind[faults.ONCE],
        "syncs at which the disk failed, and at which the power did": disk_points,
        "tests of these that failed": "0" if tried.returncode == 0 else "some",
        **{name: part["points"] for name, part in parts.items()},
        "… a walk has steps": STEPS,
        "calls on files in a small run, and in a whole one": f"{small.calls:,}, {week.calls:,}",
        "files torn": sum(part["torn"] for part in parts.values()),
        "accepted and lost": sum(part["lost"] for part in parts.values()),
        "homes stuck": sum(part["stuck"] for part in parts.values()),
        "minutes, and minutes of processor time": f"{minutes:.0f}, {worked:.0f}",
        "seed": seed,
    }
    rows = [f"| {name} | {number} |\n" for name, number in numbers.items()]
    page = "".join([INTRODUCTION, *rows, "\n", fault_page.tried(fault_page.PAGE.read_text())])
    fault_page.PAGE.write_text(fault_page.with_faults(page))


if __name__ == "__main__":
    main()
