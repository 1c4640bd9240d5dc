"""What the documents show must run as it is shown, and what they link to must exist."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.home.database import connect
from pipelines.models import build, definition
from pipelines.queries.published import query
from pipelines.settings import ROOT
from tests.conftest import tokenhouse
from tests.support.building import models_of
from tools import cli_page, fault_page

DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("notebooks/*.md")],
)
WRITTEN = [path for path in DOCUMENTS if path.name not in ("cli.md", "torture.md", "CHANGELOG.md")]
"""Those that people write and no program generates."""

README = (ROOT / "README.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language, without the indentation of a list."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def sessions() -> Iterator[tuple[str, list[str]]]:
    """Yield each command that a document shows with the lines that it prints."""
    for path in WRITTEN:
        for block in blocks(path.read_text(), "console"):
            for part in block.split("$ tokenhouse ")[1:]:
                command, *lines = part.splitlines()
                yield command, [_plain(line) for line in lines if line.strip()]


def _plain(line: str) -> str:
    return " ".join(line.split())


def test_the_readme_fits_on_a_page() -> None:
    assert len(README.split()) <= 900


@pytest.mark.parametrize(("command", "shown"), list(sessions()), ids=lambda one: str(one)[:40])
def test_a_command_prints_what_the_document_shows(
    command: str, shown: list[str], published: Path
) -> None:
    """A line with only an ellipsis represents the rest of the output."""
    done = tokenhouse(published, *shlex.split(command))
    printed = [_plain(line) for line in done.stdout.splitlines() if line.strip()]
    is_cut = shown[-1] == "…"
    whole = shown[:-1] if is_cut else shown
    assert printed[: len(whole)] == whole
    assert is_cut or len(printed) == len(whole)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_command_and_option_named_exists(path: Path) -> None:
    known = dict(cli_page.commands())
    text = path.read_text()
    code = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)]
    used = re.findall(r"\btokenhouse ([a-z][a-z-]*)([^\n|#]*)", "\n".join(code))
    for name, rest in used:
        assert name in known, f"tokenhouse {name}"
        name = next((one for one in known if one == " ".join([name, *rest.split()[:1]])), name)
        options = {one for each in known[name].params for one in (*each.opts, *each.secondary_opts)}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= options, f"{name}{rest}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in link:
            file, _, anchor = link.partition("#")
            target = path.parent / file if file else path
            assert target.exists(), link
            assert not anchor or anchor in _anchors(target.read_text()), link


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_the_sql_of_the_documents_runs(database: Path) -> None:
    documents = [path for path in WRITTEN if path.name not in ("questions.md", "CONTRIBUTING.md")]
    statements = [one for path in documents for one in blocks(path.read_text(), "sql")]
    assert statements
    with closing(connect(database)) as connection:
        for statement in statements:
            assert query(connection, statement)


def test_the_model_of_the_recipe_builds(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (sql,) = blocks((ROOT / "CONTRIBUTING.md").read_text(), "sql")
    path = tmp_path_factory.mktemp("sql") / "marts" / "your_model.sql"
    path.parent.mkdir()
    path.write_text(sql)
    _, results = build.build(home, [*models_of(sql), definition.read(path)])
    own = [result for result in results if result.table == "marts.your_model"]
    assert len(own) == 3
    assert not any(result.failures for result in own)


def test_the_files_that_the_recipes_name_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"`((?:pipelines|sql|tests|docs|warehouse|tools)/[\w./*-]+)`", text)
    assert len(named) > 20
    for name in named:
        assert list(ROOT.glob(name.rstrip("/"))), name


def test_the_table_of_faults_is_current() -> None:
    page = fault_page.PAGE.read_text()
    assert fault_page.with_faults(page) == page, "run `make docs`"


def test_every_make_target_is_in_help_and_every_one_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    helped = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    targets = set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE))
    assert {"run", "test", "check", "ui", "lock", "bench", "lint", "clean", "help"} <= targets
    assert all(f"make {target}" in helped for target in targets)
    for path in DOCUMENTS:
        named = re.findall(r"^make ([a-z]+)|`make ([a-z]+)`", path.read_text(), re.MULTILINE)
        assert {first or second for first, second in named} <= targets, path.name
