import shutil
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.models import definition
from pipelines.settings import SQL

FRONT = """/*
---
description: One.
grain: number
unique: [number]
columns:
  number: INTEGER NOT NULL | - | A number
---
*/
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SQL, tmp_path / "sql"))


def write(folder: Path, name: str, statement: str, front: str = FRONT) -> Path:
    path = folder / f"{name.replace('.', '/')}.sql"
    path.write_text(front + statement)
    return path


def test_every_model_comes_after_what_it_reads() -> None:
    built: set[str] = set()
    for model in definition.load():
        own = {name for name in model.inputs if name.split(".")[0] in definition.SCHEMAS}
        assert own <= built
        built.add(model.name)
    assert len(built) >= 14


@pytest.mark.parametrize(
    ("name", "statement", "front", "said"),
    [
        ("core.x", "SELECT 1 AS number FROM (", FRONT, r"x\.sql, line \d+: "),
        ("core.x", "SELECT 1 AS number FROM core.nothing", FRONT, "reads core.nothing, which no"),
        ("core.x", "SELECT rank AS number FROM marts.weekly_model", FRONT, "core must not read"),
        ("core.x", "SELECT number FROM core.x", FRONT, "in a circle: core.x → core.x"),
        ("core.x", "SELECT number FROM somewhere", FRONT, "write schema.table"),
        ("core.x", "SELECT 1 AS number", "", "must begin with a front matter"),
        ("core.x", "SELECT 1", FRONT.replace("grain: number\n", ""), "field grain"),
        ("core.x", "SELECT 1", FRONT.replace("grain:", "grains:"), "field grain"),
        ("core.x", "SELECT 1", FRONT.replace("[number]", "["), "front matter"),
        ("core.x", "SELECT 1", FRONT.replace(" | - | A", " A"), "column number: write"),
        ("core.x", "SELECT 1", FRONT.replace(" | - | A", " | A"), "column number: write"),
        (
            "core.x",
            "SELECT 1",
            FRONT.replace(" INTEGER NOT NULL | - | A number", ""),
            "or describe",
        ),
    ],
)
def test_a_broken_model_is_refused_by_file(
    folder: Path, name: str, statement: str, front: str, said: str
) -> None:
    path = write(folder, name, statement, front)
    with pytest.raises(RefusalError, match=said) as refusal:
        for model in definition.load(folder):
            assert model.columns
    assert path.name in str(refusal.value) or "circle" in str(refusal.value)


def test_a_syntax_error_names_the_line_of_the_file(folder: Path) -> None:
    path = write(folder, "core.x", "SELECT\n  1 AS number,\n  FROM FROM\n")
    line = path.read_text().splitlines().index("  FROM FROM") + 1
    with pytest.raises(RefusalError, match=f"line {line}"):
        definition.load(folder)


def test_a_shared_column_is_described_once_and_a_model_may_change_its_type(folder: Path) -> None:
    lines = "  week:\n  tokens: HUGEINT\n  bloc: VARCHAR | - | Another meaning\n"
    front = FRONT.replace("  number: INTEGER NOT NULL | - | A number\n", lines)
    week, tokens, bloc = definition.read(write(folder, "core.x", "SELECT 1", front)).columns
    shared = definition.shared_columns()
    assert week == shared["week"] and week.required
    assert (tokens.type, tokens.required) == ("HUGEINT", False)
    assert tokens.description == shared["tokens"].description
    assert bloc.description == "Another meaning"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("week: [", "while parsing"),
        ("- week", "must have a line"),
        ("week: DATE", "column week: write"),
        ("week: 3", "column week: write"),
        ("week:", "column week: write"),
        ("\x00", "unacceptable character"),
    ],
)
def test_shared_columns_that_are_wrong_are_refused_in_one_line(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "columns.yaml"
    path.write_text(text)
    with pytest.raises(RefusalError, match=said) as refusal:
        definition.read_columns(path)
    assert "\n" not in f"{refusal.value}" and f"{path}" in f"{refusal.value}"
