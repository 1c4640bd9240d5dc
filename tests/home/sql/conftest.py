from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

Select = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def select(database: Path) -> Select:
    """Query the database of the whole sample."""

    def answer(question: str, *parameters: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(database, read_only=True) as connection:
            return connection.execute(question, list(parameters)).fetchall()

    return answer
