"""Kill runs, let their files fail, walk at random, try every fault: `make torture`.

After each kill and each error the lake must be whole and the last published database must open.
After the last one a run must finish with the same bytes as a run that was never interrupted. Each
part has its time, prints its seed, and is in the table of docs/torture.md.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
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
from tests.support import disk

LONGEST = 12.0
"""CPU seconds within which a run is killed: about those of a whole run."""

SECONDS = {"kills": 330.0, "errors": 240.0, "walks": 200.0}
"""Of each part; what is begun is finished. With the faults it is a quarter of an hour of a core."""

STEPS = 12
"""Of a walk."""

RUN = ("run",)
BACKFILL = ("backfill", "--from", "2025-01-06")

INTRODUCTION = """\
# Fault tests

The results of the last `make torture`. The faults of the wire come from a real HTTP server on this
machine.

- The kernel kills a `run` or a `backfill` after a random amount of CPU time, on empty and on
  published homes.
- A layer below the process lets one call on a file of the home fail with an I/O error: any open,
  read, write, sync, rename or removal of a whole run, of Python, DuckDB, SQLite or Arrow.
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


def error_of_any_call(scratch: Path) -> Disturb:
    """Return the disturbance in which one call of a command on a file fails with EIO."""
    layer = scratch / "file_errors.so"
    source = Path(disk.__file__).with_name("file_errors.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", layer, source, "-ldl"], check=True)
    counted = scratch / "calls"
    known = 1000

    def disturb(home: Path, command: tuple[str, ...], chance: random.Random) -> bool:
        nonlocal known
        at = chance.randint(1, known)
        done = subprocess.run(
            [TOKENHOUSE, *command],
            env={
                **environment(home),
                "LD_PRELOAD": f"{layer}",
                "FAULT_ROOT": f"{home}",
                "FAULT_AT": f"{at}",
                "FAULT_CALLS": f"{counted}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        calls = int(counted.read_text())
        known = max(known, calls)
        if done.returncode not in (0, 1) or "Traceback" in done.stderr:
            raise RuntimeError(f"call {at} of {command[0]}, {done.returncode}: {done.stderr}")
        if done.returncode:
            print(f"call {at} of {calls}: {done.stderr.strip().splitlines()[-1]}", flush=True)  # noqa: T201
        return calls >= at

    return disturb


def finish(home: Path, command: tuple[str, ...]) -> None:
    """Let a backfill finish and publish, then a run whose clock is set back by months."""
    codes = [start(home, TOKENHOUSE, *command).wait()] if command != RUN else []
    if any([*codes, start(home, sys.executable, "-c", SET_BACK, *RUN).wait()]):
        raise RuntimeError(f"{command[0]} did not finish in {home}")


def points(
    home: Path,
    undisturbed: Path,
    counts: Iterable[int],
    seed: int,
    a_home: int = 5,
    disturb: Disturb = kill,
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
            command, is_published = KINDS[number // a_home % len(KINDS)]
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


def main() -> None:
    """Try each part for its time, then all faults, and write the table."""
    from tests.home.lake import test_disk
    from tests.support import faults
    from tools import fault_page

    seed = int(sys.argv[1]) if len(sys.argv) > 1 else date.today().toordinal()
    print(f"seed {seed}", flush=True)  # noqa: T201
    scratch = Path(tempfile.mkdtemp())
    undisturbed, home = scratch / "undisturbed", scratch / "home"
    if start(undisturbed, TOKENHOUSE, *RUN).wait() != 0:
        raise RuntimeError("the undisturbed run failed")
    parts = {
        "kills": points(home, undisturbed, within(SECONDS["kills"]), seed),
        "I/O errors at any call of a run": points(
            home,
            undisturbed,
            within(SECONDS["errors"]),
            seed,
            disturb=error_of_any_call(scratch),
        ),
        "random walks": walks(SECONDS["walks"], seed),
    }
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
        "faults of the wire": len(faults.FAULTS),
        "… accepted": by_kind[faults.ACCEPTED],
        "… retried, refused only if they last": by_kind[faults.RETRIED],
        "… refused at once": by_kind[faults.ONCE],
        "syncs at which the disk failed, and at which the power did": disk_points,
        "tests of these that failed": "0" if tried.returncode == 0 else "some",
        **{name: part["points"] for name, part in parts.items()},
        "… a walk has steps": STEPS,
        "files torn": sum(part["torn"] for part in parts.values()),
        "accepted and lost": sum(part["lost"] for part in parts.values()),
        "homes stuck": sum(part["stuck"] for part in parts.values()),
        "seconds of kills, errors and walks": ", ".join(f"{one:.0f}" for one in SECONDS.values()),
        "seed": seed,
    }
    rows = [f"| {name} | {number} |\n" for name, number in numbers.items()]
    page = "".join([INTRODUCTION, *rows, "\n", fault_page.tried(fault_page.PAGE.read_text())])
    fault_page.PAGE.write_text(fault_page.with_faults(page))


if __name__ == "__main__":
    main()
