"""A real process is killed at each step of an import, a fold and a forgetting: nothing is torn."""

import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.models import definition
from pipelines.usage import fold, forgetting, ledger
from tests.support.ledger import request, store
from tests.support.usage import activity_csv
from tests.unit.usage.test_importing import add, bytes_of, ledger_of

KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from pipelines.home import files
from pipelines.models import definition
from pipelines.usage import fold, forgetting, importing, ledger

home, left, step = Path(sys.argv[1]), [int(sys.argv[2])], sys.argv[3]

def at_its_turn(function):
    def run(*arguments, **options):
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return function(*arguments, **options)
    return run

files.replace = at_its_turn(files.replace)
if step == "add":
    home.mkdir()
    batches, _ = importing.plan([Path(sys.argv[4])], None)
    importing.add(home, batches, "default", lambda _: None)
elif step == "fold":
    fold.folded(definition.load(), home / "lake", [*ledger.current(home / "lake").values()])
else:
    Path.unlink = at_its_turn(Path.unlink)
    forgetting.forget(home, "default", date(2026, 7, 15))
"""
"""Each file that is put in its place, or is deleted when forgetting, is a step.

It imports nothing of the tests: what they import takes ten times as long.
"""


def every(step: int) -> pytest.MarkDecorator:
    """Let a test of `make accept` kill at every so many steps, that of `make torture` at each."""
    sampled = pytest.param(step, marks=pytest.mark.accept)
    return pytest.mark.parametrize("stride", [sampled, pytest.param(1, marks=pytest.mark.torture)])


DAYS = [datetime(2026, 7, day, tzinfo=UTC) for day in (8, 13, 17, 22)]
ROWS = [request(number, started_at=day) for number, day in enumerate(DAYS)]


def compute_folds(home: Path) -> dict[str, bytes]:
    """Compute every fold of a home; return each file."""
    weeks = [*ledger.current(home / "lake").values()]
    fold.folded(definition.load(), home / "lake", weeks)
    files = home.joinpath("lake", "usage_fold").rglob("*")
    return {f"{one.relative_to(home)}": one.read_bytes() for one in files if one.is_file()}


def killed(home: Path, step: int, *arguments: str) -> bool:
    """Run a command in a process that kills itself at a step; return whether it got there."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, f"{home}", f"{step}", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


@every(2)
def test_an_import_killed_at_any_step_is_finished_by_the_next(tmp_path: Path, stride: int) -> None:
    path = activity_csv(
        tmp_path / "a.csv",
        *({"generation_id": f"gen-{day:%d}", "created_at": f"{day:%F} 10:00:00"} for day in DAYS),
    )
    add(tmp_path / "whole", path)
    steps = 0
    while killed(home := tmp_path / f"{steps}", steps, "add", f"{path}"):
        # A week's rows count once the lake's log names their file.
        assert len(ledger_of(home)) == [0, 0, 1, 1, 3][steps]
        add(home, path)
        assert bytes_of(home) == bytes_of(tmp_path / "whole")
        assert [*home.joinpath("lake").rglob("*.tmp"), *home.glob(".usage")] == []
        steps += stride
    assert 5 <= steps < 5 + stride


@every(9)
def test_folds_killed_at_any_step_are_finished_by_the_next_build(
    tmp_path: Path, stride: int
) -> None:
    store(tmp_path / "whole", ROWS)
    whole = compute_folds(tmp_path / "whole")
    for step in range(len(whole) - 1, -1, -stride):
        home = tmp_path / f"{step}"
        store(home, ROWS)
        assert killed(home, step, "fold")
        done = compute_folds(home)
        assert {name: done.get(name) for name in whole} == whole


@every(3)
def test_forgetting_killed_at_any_step_is_finished_by_the_same_command(
    tmp_path: Path, stride: int
) -> None:
    steps = 0
    while True:
        home = tmp_path / f"{steps}"
        store(home, ROWS[:2])
        store(home, ROWS)
        compute_folds(home)
        if not killed(home, steps, "forget"):
            break
        assert {row["request_id"] for row in ledger_of(home)} >= {"gen-2", "gen-3"}
        forgetting.forget(home, "default", date(2026, 7, 15))
        assert {row["request_id"] for row in ledger_of(home)} == {"gen-2", "gen-3"}
        files = [one for one in home.rglob("*.parquet") if b"gen-1" in one.read_bytes()]
        assert files == []
        steps += stride
    assert 8 <= steps < 8 + stride
