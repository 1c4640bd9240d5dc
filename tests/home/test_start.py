"""Commands that read start in an instant: they import nothing that they can do without."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.sources.datasets import DATASETS
from pipelines.sources.tables import TABLES

IMPORTED = """
import atexit, sys
sys.argv = ["tokenhouse", *sys.argv[1:]]
atexit.register(lambda: print(*sorted({one.partition(".")[0] for one in sys.modules}), sep=" "))
from pipelines.cli import main
main()
"""

HEAVY = {"dagster", "numpy", "pandas", "polars", "pyarrow", "pydantic", "sqlglot"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["top"],
        ["query", "FROM marts.weekly_total"],
        ["explain", "batch_refactor"],
        ["status"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_imported(published: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments],
        env={**os.environ, "TOKENHOUSE_HOME": f"{published}"},
        capture_output=True,
        text=True,
        check=False,
    )
    imported = {*done.stdout.splitlines()[-1].split()}
    assert "typer" in imported, done.stderr
    assert not imported & HEAVY


def test_the_names_of_tables_are_those_of_the_datasets() -> None:
    assert tuple(DATASETS) == TABLES


COMPLETED = """
eval "$(tokenhouse --show-completion)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_tokenhouse_completion tokenhouse
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("tokenhouse expl", ["explain"]),
        ("tokenhouse top --by ven", ["vendor"]),
        ("tokenhouse usage f", ["focus", "forget"]),
    ],
)
def test_bash_completes_commands_options_and_their_values(
    line: str, completed: list[str], tmp_path: Path
) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", COMPLETED, "bash", *line.split()],
        env={**os.environ, "PATH": path, "HOME": f"{tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == completed, done.stderr
