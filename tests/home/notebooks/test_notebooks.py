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
RESULT = {
    "week_at_a_glance": ("Week 2026-07-13: 62.77T tokens", "tencent/hy3-20260706:free"),
    "china_against_us": ("Week 2026-07-13", "top9", "identified"),
    "tokens_against_revenue": ("million dollars a week", "anthropic"),
    "own_usage": ("No own usage is published",),
    "routing_what_if": ("Published: google/gemini-3.5-flash", "What if: google/gemini-3.5-flash"),
}
"""What each prints of the sample."""

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
def test_it_prints_its_result_as_a_script_and_leaves_the_database_alone(
    notebook: Path, database: Path
) -> None:
    before = database.read_bytes()
    done = run(database, notebook)
    assert done.returncode == 0, done.stderr
    *result, source = done.stdout.splitlines()
    assert "OpenRouter" in source and "CC BY 4.0" in source
    assert result and all(word in done.stdout for word in RESULT[notebook.stem])
    assert database.read_bytes() == before


@pytest.mark.accept
def test_the_tests_in_their_cells_pass(database: Path) -> None:
    done = run(database, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-vv", *NOTEBOOKS)
    assert done.returncode == 0, done.stdout
    assert all(f"{notebook.name}::test_" in done.stdout for notebook in NOTEBOOKS)


@pytest.mark.accept
def test_marimo_finds_nothing_to_say() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("marimo"), "check", "--strict", *NOTEBOOKS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
