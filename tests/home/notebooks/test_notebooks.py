"""Every notebook runs as a script, passes its own tests, and changes nothing.

One does so on every commit, all of them before a release.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import ROOT

NOTEBOOKS = sorted(ROOT.joinpath("notebooks").glob("*.py"))
EACH = pytest.mark.parametrize(
    "notebook",
    [NOTEBOOKS[0], *(pytest.param(one, marks=pytest.mark.accept) for one in NOTEBOOKS[1:])],
    ids=lambda path: path.stem,
)


def run(database: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    # Inside a running test marimo treats a notebook's tests as ordinary cells.
    outside = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**outside, "TOKENHOUSE_HOME": f"{database.parent}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.accept
@EACH
def test_it_runs_as_a_script_and_leaves_the_database_alone(notebook: Path, database: Path) -> None:
    before = database.read_bytes()
    done = run(database, notebook)
    assert done.returncode == 0, done.stderr
    assert database.read_bytes() == before


@pytest.mark.accept
@EACH
def test_the_tests_in_its_cells_pass(notebook: Path, database: Path) -> None:
    done = run(database, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-vv", notebook)
    assert done.returncode == 0, done.stdout
    assert f"{notebook.name}::test_" in done.stdout


@pytest.mark.accept
def test_marimo_finds_nothing_to_say() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("marimo"), "check", "--strict", *NOTEBOOKS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
