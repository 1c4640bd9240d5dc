"""Commands that are killed at any call on a file: what a reader sees is old or new, never torn.

What is in a home is compared as a reader sees it, item by item. An item is old or new, what did not
have to change is there, and the same command leads to the same end as one that was never killed.
"""

import os
import random
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from pipelines.home import backup, paths
from pipelines.usage import ledger
from tests.support.file_layer import KILLED, FileLayer
from tests.support.ledger import request, store

TOKENHOUSE = f"{Path(sys.executable).with_name('tokenhouse')}"

State = Mapping[str, object]

RESTORE = "import sys; from pathlib import Path; from pipelines.home import backup; " + (
    "backup.restore(Path(sys.argv[1]), Path(sys.argv[2]))"
)
"""What `tokenhouse restore` does before it builds; killed builds are tried as runs."""


class Case(NamedTuple):
    """A command: what is there before it, its words and answers, and what a reader sees."""

    name: str
    prepare: Callable[[Path], None]
    program: Callable[[Path], list[str]]
    answers: str
    state: Callable[[Path], State]


def _contents(files: list[Path]) -> State:
    return {f"{path.name}": path.read_bytes() for path in files if path.exists()}


def _prepare_usage(root: Path) -> None:
    days = [datetime(2026, 7, day, tzinfo=UTC) for day in (8, 13, 17, 22)]
    rows = [request(number, started_at=day) for number, day in enumerate(days)]
    store(root / "home", rows[:2])
    store(root / "home", rows)


def _usage(root: Path) -> State:
    with closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        current = [*ledger.current(paths.lake(root / "home")).values()]
        rows = connection.sql(f"SELECT request_id FROM ({ledger.scan(current)})").fetchall()
    return {name: True for (name,) in rows}


def _prepare_backup(root: Path) -> None:
    _prepare_usage(root)
    (root / "home" / "reference").mkdir()
    (root / "home" / "reference" / "billed.csv").write_text("week\n")
    backup.write(root / "home", root / "a.tar")
    shutil.rmtree(root / "home")


def _restored(root: Path) -> State:
    home = root / "home"
    if not paths.lake(home).exists():
        return {}
    return {f"{path.relative_to(home)}": path.read_bytes() for path in backup.kept(home)}


def _prepare_service(root: Path) -> None:
    program = root / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$2" >>"$HOME/asked"\n')
    program.chmod(0o755)
    (root / "user").mkdir()


def _units(root: Path) -> State:
    asked = root / "user" / "asked"
    enabled = asked.exists() and "enable" in asked.read_text().split()
    folder = root / "user" / ".config" / "systemd" / "user"
    return {**_contents(sorted(folder.glob("[!.]*"))), **({"enabled": True} if enabled else {})}


CASES = (
    Case(
        "init",
        lambda root: (root / "home").mkdir(),
        lambda _: [TOKENHOUSE, "init"],
        "",
        lambda root: _contents(sorted(paths.reference(root / "home").glob("[!.]*"))),
    ),
    Case(
        "usage forget",
        _prepare_usage,
        lambda _: [TOKENHOUSE, "usage", "forget", "--scope", "default", "--before", "2026-07-15"],
        "y\ndefault\n",
        _usage,
    ),
    Case(
        "restore",
        _prepare_backup,
        lambda root: [sys.executable, "-c", RESTORE, f"{root / 'a.tar'}", f"{root / 'home'}"],
        "",
        _restored,
    ),
    Case(
        "service install",
        _prepare_service,
        lambda _: [TOKENHOUSE, "service", "install"],
        "",
        _units,
    ),
)


def _environment(root: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HOME": f"{root / 'user'}",
        "PATH": f"{root / 'bin'}:{os.environ['PATH']}",
        "TOKENHOUSE_HOME": f"{root / 'home'}",
        "OPENROUTER_API_KEY": "",
    }


def sweep(layer: FileLayer, scratch: Path, case: Case, count: int, seed: int) -> dict[str, int]:
    """Kill a command at `count` of its calls; return how many were tried, and what was found."""
    found = {"points": 0, "torn": 0, "lost": 0, "stuck": 0}
    root, begun = scratch / "root", scratch / "begun"
    begun.mkdir(parents=True)
    case.prepare(begun)

    def begin() -> Path:
        shutil.rmtree(root, ignore_errors=True)
        return Path(shutil.copytree(begun, root))

    def run(at: int = 0, error: int = KILLED) -> int:
        done = layer.run(root, case.program(root), _environment(root), at, error, case.answers)
        return done.returncode

    before = case.state(begin())
    if run():
        raise RuntimeError(f"{case.name} failed undisturbed")
    after, calls = case.state(root), layer.calls
    chosen = random.Random(seed).sample(range(1, calls + 1), min(count, calls))  # noqa: S311
    for at in sorted(chosen):
        begin()
        if run(at) != -signal.SIGKILL:
            continue
        found["points"] += 1
        seen = case.state(root)
        found["torn"] += not seen.items() <= before.items() | after.items()
        found["lost"] += not before.items() & after.items() <= seen.items()
        is_done = seen == after
        if (run() and not is_done) or case.state(root) != after:
            print(f"{case.name}, call {at} of {calls}: stuck", flush=True)  # noqa: T201
            found["stuck"] += 1
        found["torn"] += len([*root.rglob(".*.tmp")])
    return found
