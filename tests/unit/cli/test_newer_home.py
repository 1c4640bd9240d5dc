"""A home that a newer version wrote: every command refuses it by name and says what to do."""

import json
import shlex
from pathlib import Path

import pytest

from pipelines.cli.overview import GROUPS
from tests.conftest import tokenhouse

EXAMPLES = [one.example for entries in GROUPS.values() for one in entries.values()]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_command_refuses_it(tmp_path: Path, example: str) -> None:
    (tmp_path / "home" / "lake").mkdir(parents=True)
    (tmp_path / "home" / "format").write_text("99\n")
    (tmp_path / "home" / "warehouse.duckdb").touch()
    done = tokenhouse(
        tmp_path / "home", *shlex.split(example.replace("activity.csv", "openrouter"))
    )
    said = done.stdout if example == "doctor" else done.stderr
    assert done.returncode == 1
    assert "was written by a newer version" in " ".join(said.split())
    assert "update Tokenhouse" in " ".join(said.split())
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == [
        "format",
        "lake",
        "warehouse.duckdb",
    ]


def test_the_doctor_names_what_no_command_can_read(tmp_path: Path) -> None:
    (tmp_path / "format").write_text("99\n")
    (check,) = json.loads(tokenhouse(tmp_path, "doctor", "--json").stdout)["checks"]
    assert (check["name"], check["is_fine"]) == ("settings", False)
    assert "format 99" in check["fix"]


def test_a_home_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    too_long = tokenhouse(tmp_path / ("x" * 300), "status")
    assert "cannot be read: File name too long" in too_long.stderr
    (tmp_path / "format").symlink_to(tmp_path / "format")
    circle = tokenhouse(tmp_path, "status")
    assert f"{tmp_path / 'format'} cannot be read: Too many levels" in circle.stderr
    assert (len(too_long.stderr.splitlines()), len(circle.stderr.splitlines())) == (1, 1)
