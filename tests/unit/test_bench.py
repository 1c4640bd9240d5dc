"""What benchmarks run in processes of their own is text, which no type checker reads."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import bench
from tests.bench import archive, usage

IMPORT = re.compile(r"^(from \S+ )?import \w", re.MULTILINE)


def programs() -> Iterator[tuple[str, str]]:
    """Yield the file and the text of each."""
    for path in sorted(Path(*bench.__path__).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                text = node.value.value
                if isinstance(text, str) and IMPORT.search(text):
                    yield path.name, text


def imported(program: str) -> Iterator[tuple[str, str | None]]:
    """Yield the modules that a program imports, each with a name of it or without."""
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Import):
            yield from ((one.name, None) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}", one.name) for one in node.names)


def exists(module: str, name: str | None) -> bool:
    try:
        found = importlib.import_module(module)
        return (
            name is None
            or hasattr(found, name)
            or bool(importlib.import_module(f"{module}.{name}"))
        )
    except ModuleNotFoundError:
        return False


def test_what_programs_of_benchmarks_import_exists() -> None:
    found = [*programs()]
    assert {file for file, _ in found} >= {"archive.py", "history.py", "peers.py", "usage.py"}
    missing = [(file, *one) for file, text in found for one in imported(text) if not exists(*one)]
    assert missing == []


@pytest.mark.parametrize("name", ["pipelines.replay", "pipelines.lake.replay.gone"])
def test_what_was_moved_does_not_exist(name: str) -> None:
    module, _, last = name.rpartition(".")
    assert not exists(module, last)


def test_those_who_read_an_archive_find_the_same_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "ARCHIVE", 2)
    archive.archive(tmp_path)
    rows = {_printed(one, tmp_path) for one in (archive.PLAIN, archive.SQL)}
    assert rows == {2 * 35 * 51}
    assert _printed(archive.REPLAY, tmp_path) == 2


def test_folds_and_what_is_typed_for_them_run_on_a_small_ledger(tmp_path: Path) -> None:
    usage.write_ledger(tmp_path, 0.0001, weeks=2)
    tmp_path.joinpath("typed").mkdir()
    assert _printed(usage.FOLDED, tmp_path, 2) > 0
    assert _printed(usage.TYPED, tmp_path) > 0


def _printed(program: str, *arguments: object) -> float:
    """Return the number that a program of a benchmark prints."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(printed.split()[0].strip("(),"))
