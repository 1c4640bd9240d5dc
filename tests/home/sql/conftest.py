from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def ask(database: Path) -> Ask:
    """Ask the database of the whole sample."""

    def answer(question: str, *parameters: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(database, read_only=True) as connection:
            return connection.sql(question, params=list(parameters)).fetchall()

    return answer
