"""The questions and the clients of analysts.md give what the pages show."""

import re
import shlex
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.home.database import connect
from pipelines.settings import ROOT
from tools import question_page

CLIENTS = (ROOT / "docs" / "analysts.md").read_text()


def test_there_are_twenty_questions_each_with_its_answer() -> None:
    page = question_page.PAGE.read_text()
    titles = re.findall(r"^## \d+ .*\?$", page, re.MULTILINE)
    found = list(question_page.QUESTION.finditer(page))
    assert len(titles) == len(found) == 20
    assert all(match[0].count("\n|") >= 3 for match in found)


def test_the_answers_are_those_of_the_sample(database: Path) -> None:
    page = question_page.PAGE.read_text()
    with closing(connect(database)) as connection:
        assert question_page.answered(page, connection) == page, "run `make docs`"


def test_answering_puts_right_what_was_wrong_and_only_that(database: Path) -> None:
    page = "# One\n\n```sql\nSELECT 1 AS one\n```\n\n| one |\n| --- |\n| 2 |\n\nAfter it.\n"
    with closing(connect(database)) as connection:
        assert question_page.answered(page, connection) == page.replace("| 2 |", "| 1 |")


@pytest.mark.parametrize(
    "program",
    [one for one in re.findall(r"```python\n(.*?)```", CLIENTS, re.DOTALL) if "pandas" not in one],
)
def test_the_python_examples_run(program: str, published: Path, tmp_path: Path) -> None:
    (tmp_path / "warehouse").symlink_to(published)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"tencent/hy3" in done.stdout


def test_the_command_line_of_duckdb_opens_the_database(published: Path, tmp_path: Path) -> None:
    (tmp_path / "warehouse").symlink_to(published)
    (line,) = re.findall(r"^uvx --from duckdb-cli (.*)$", CLIENTS, re.MULTILINE)
    program, *arguments = shlex.split(line)
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments], cwd=tmp_path, capture_output=True
    )
    assert b"tencent/hy3" in done.stdout, done.stderr
