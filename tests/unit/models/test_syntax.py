"""What was made of a text is kept for the next process, and never trusted for another text."""

from pathlib import Path

import pytest

from pipelines.home import kept
from pipelines.models import definition, syntax
from tests.unit.models.conftest import Begin

ONE = "SELECT 1 AS n FROM core.week"
OTHER = "WITH a AS (SELECT 2 AS n FROM core.day) SELECT n FROM a"


def fail(sql: str) -> frozenset[tuple[str, str]]:
    raise AssertionError(f"parsed again: {sql}")


def test_a_statement_is_parsed_once_and_a_changed_one_again(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {sql: syntax.tables(sql) for sql in (ONE, OTHER)}
    assert expected[OTHER] == {("core", "day")}
    kept.remember([ONE, OTHER])
    begin()
    assert syntax.tables(f"{ONE}, core.day") == {("core", "week"), ("core", "day")}
    monkeypatch.setattr(syntax, "_parsed", fail)
    assert {sql: syntax.tables(sql) for sql in (ONE, OTHER)} == expected


def test_a_front_matter_is_read_once_and_a_changed_one_again(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition.load.cache_clear()
    first = definition.load()
    begin()
    definition.load.cache_clear()
    monkeypatch.setattr(definition, "_fields", fail)
    assert definition.load() == first
    with pytest.raises(AssertionError, match="parsed again"):
        kept.made(f"{first[0].written}\nempty: Never.", definition._fields)


def test_another_parser_parses_again(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    syntax.tables(ONE)
    kept.remember([ONE])
    begin()
    monkeypatch.setattr(kept, "_version", lambda: "another")
    monkeypatch.setattr(syntax, "_parsed", fail)
    with pytest.raises(AssertionError, match="parsed again"):
        syntax.tables(ONE)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_file_is_ignored(begin: Begin, content: bytes) -> None:
    syntax.tables(ONE)
    kept.remember([ONE])
    kept._cache_file(kept.MODELS).write_bytes(content)
    begin()
    assert syntax.tables(ONE) == {("core", "week")}


def test_a_folder_that_cannot_be_made_is_no_fault(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    syntax.tables(ONE)
    kept.remember([ONE])
    begin()
    assert syntax.tables(ONE) == {("core", "week")}
