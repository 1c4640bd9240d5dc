"""A process is killed before each write of a shared ledger: nothing is lost, and nothing twice."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pipelines.usage import forgetting, ledger, shared
from tests.support.usage import activity_csv
from tests.unit.usage.test_importing import add, ledger_of
from tests.unit.usage.test_shared import place, requests_in, server, stored, use

__all__ = ["place", "server", "use"]

KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from pipelines.usage import forgetting, importing

home, left, what = Path(sys.argv[1]), [int(sys.argv[2])], sys.argv[3]

WRITES = ("put", "delete", "rename", "replace", "unlink")

def before_a_write(frame, event, function):
    if event == "c_call" and function.__name__ in WRITES and is_ours(function):
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

def is_ours(function):
    return function.__module__ == "posix" or getattr(function, "__self__", "") is None

sys.setprofile(before_a_write)
if what == "forget":
    forgetting.forget(home, "default", date(2026, 6, 2))
else:
    batches, _ = importing.plan([Path(what)], None)
    importing.add(home, batches, "default", lambda _: None)
"""
"""Writes are calls of functions of obstore and of the operating system, whoever makes them.

It imports nothing of the tests: what they import takes ten times as long.
"""

EARLIER = "2026-06-01 10:00:00"


def killed(home: Path, step: int, what: str) -> bool:
    """Run a command in a process that kills itself before a write; return whether it got there."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, f"{home}", f"{step}", what],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def ids_of(home: Path) -> list[str]:
    return sorted(row["request_id"] for row in ledger_of(home))


@pytest.mark.parametrize(
    ("place", "stride"),
    [
        pytest.param("folder", 3, marks=pytest.mark.accept),
        pytest.param("bucket", 4, marks=pytest.mark.accept),
        pytest.param("folder", 1, marks=pytest.mark.torture),
        pytest.param("bucket", 1, marks=pytest.mark.torture),
    ],
    indirect=["place"],
)
def test_an_import_and_a_forgetting_killed_before_any_write_are_finished_by_the_same_command(
    place: str, stride: int, tmp_path: Path, use: Callable[[str], None]
) -> None:
    first = activity_csv(
        tmp_path / "1.csv",
        {"generation_id": "gen-1", "created_at": EARLIER},
        {"generation_id": "gen-2"},
    )
    second = activity_csv(
        tmp_path / "2.csv",
        {"generation_id": "gen-3", "created_at": EARLIER},
        {"generation_id": "gen-4"},
    )
    for what in (f"{second}", "forget"):
        steps = 0
        while True:
            use(f"{place}/{Path(what).name}/{steps}")
            home, other = tmp_path / "home", tmp_path / "other"
            for one in (home, other):
                shutil.rmtree(one, ignore_errors=True)
            add(home, first)
            shared.pull(other)
            if not killed(home, steps, what):
                break
            seen_by_another(other, {"gen-3", "gen-4"} if what != "forget" else {"gen-1"})
            if what == "forget":
                forgetting.forget(home, "default", date(2026, 6, 2))
            else:
                add(home, second)
            shared.pull(other)
            kept = ["gen-2"] if what == "forget" else ["gen-1", "gen-2", "gen-3", "gen-4"]
            assert ids_of(home) == ids_of(other) == kept, steps
            if what == "forget":
                for one in (home, other):
                    assert "gen-1" not in requests_in(ledger.scan(ledger.history(one / "lake")))
                assert not [name for name in stored() if "week=2026-06-01" in name and is_old(name)]
            steps += stride
        assert steps >= 6, what


def seen_by_another(home: Path, undecided: set[str]) -> None:
    """A machine sees each week as it was before or as it is after, and nothing twice."""
    shared.pull(home)
    found = ids_of(home)
    assert len(found) == len({*found})
    assert {"gen-1", "gen-2"} - undecided <= {*found} <= {"gen-1", "gen-2"} | undecided


def is_old(name: str) -> bool:
    """Whether a file of the shared ledger has what was forgotten."""
    content = stored()[name]
    return content.startswith(b"PAR1") and b"gen-1" in content
