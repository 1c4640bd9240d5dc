"""Databases to report on: the real one, and copies in which something is hostile or missing."""

import shutil
from collections.abc import Callable
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from pipelines.report import page

Changed = Callable[..., Path]


class Reader(HTMLParser):
    """What a browser would see: elements, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="session")
def reported(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the report of the real sample; tests must not change it."""
    home = tmp_path_factory.mktemp("reported")
    (home / "warehouse.duckdb").symlink_to(database)
    page.write(home)
    return home


@pytest.fixture
def changed(database: Path, tmp_path: Path) -> Changed:
    """Return a home whose database is a copy in which some statements have run."""

    def change(*statements: str) -> Path:
        shutil.copy(database, tmp_path / "warehouse.duckdb")
        with closing(duckdb.connect(tmp_path / "warehouse.duckdb")) as connection:
            for statement in statements:
                connection.sql(statement)
        return tmp_path

    return change
