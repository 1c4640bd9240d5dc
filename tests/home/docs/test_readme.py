"""What the README shows must run as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.models import build, definition
from pipelines.settings import ROOT
from tests.conftest import tokenhouse
from tests.support.building import models_of

README = (ROOT / "README.md").read_text()


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(found)


def test_the_table_on_top_is_what_the_command_prints(published: Path) -> None:
    printed = tokenhouse(published, "top", "--week", "2026-05-18").stdout
    shown = re.findall(r"^ +\d+ +\d+ +\S+/.*%$", README, re.MULTILINE)
    assert len(shown) == 10
    assert [line.strip() for line in printed.splitlines() if line.rstrip().endswith("%")] == [
        line.strip() for line in shown
    ]


def test_the_python_example_runs(published: Path, tmp_path: Path) -> None:
    (tmp_path / "warehouse").symlink_to(published)
    done = subprocess.run(
        [sys.executable, "-c", block("python")], cwd=tmp_path, capture_output=True, check=True
    )
    assert b"STEALTH" in done.stdout


def test_the_shell_example_runs(published: Path, tmp_path: Path) -> None:
    (tmp_path / "warehouse").symlink_to(published)
    program = f"{Path(sys.executable).with_name('duckdb')}"
    line = block("sh").replace("uvx --from duckdb-cli duckdb", program, 1)
    done = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, check=True)  # noqa: S602
    assert b"xiaomi/mimo-v2.5" in done.stdout


def test_the_model_example_builds(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("sql") / "marts" / "your_model.sql"
    path.parent.mkdir()
    path.write_text(block("sql"))
    _, results = build.build(home, [*models_of(block("sql")), definition.read(path)])
    own = [result for result in results if result.table == "marts.your_model"]
    assert len(own) == 3
    assert not any(result.failures for result in own)


def test_every_make_target_is_in_help_and_every_one_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    helped = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    targets = set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE))
    assert {"run", "test", "ui", "lock", "bench", "lint", "clean", "help"} <= targets
    assert all(f"make {target}" in helped for target in targets)
    named = re.findall(r"^make ([a-z]+)|`make ([a-z]+)`", README, re.MULTILINE)
    assert {first or second for first, second in named} <= targets
