"""What DuckDB says of a query that fails reaches the reader, its hints included."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.cli.query import _heading
from pipelines.errors import RefusalError
from pipelines.queries.published import Connection, query_once, reading


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with duckdb.connect(tmp_path / "small.duckdb") as small:
        small.sql("CREATE SCHEMA marts; CREATE TABLE marts.weekly_total AS SELECT 1 AS week")
    with reading(tmp_path / "small.duckdb") as connection:
        yield connection


@pytest.mark.parametrize(
    ("statement", "hint"),
    [
        ("SELECT wek FROM marts.weekly_total", 'Candidate bindings: "week"'),
        ("FROM marts.weekly_totl", 'Did you mean "weekly_total"?'),
    ],
)
def test_the_hints_of_an_error_are_shown(connection: Connection, statement: str, hint: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        query_once(connection, statement)
    assert len(f"{refusal.value}".splitlines()) > 1
    assert hint in f"{refusal.value}"


def test_columns_of_numbers_and_dates_are_marked_whole_and_others_are_not() -> None:
    assert _heading("x", [None, 1, 2.5, Decimal(3)]) == ">x"
    assert _heading("x", [date(2026, 7, 13), None]) == "=x"
    others: list[list[object]] = [[], [None], [True], [1, "a"]]
    assert [_heading("x", values) for values in others] == ["x"] * 4
