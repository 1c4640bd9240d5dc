"""What DuckDB says of a query that fails reaches the reader, its hints included."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.cli.query import _heading
from pipelines.errors import RefusalError
from pipelines.home.database import connect
from pipelines.queries import published
from pipelines.queries.published import Connection, query_once, reading


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with duckdb.connect(tmp_path / "small.duckdb") as small:
        small.sql("CREATE SCHEMA marts; CREATE SCHEMA meta; CREATE SCHEMA core")
        small.sql("CREATE TABLE core.inside AS SELECT 1 AS week")
        small.sql("CREATE TABLE marts.weekly_total AS SELECT 1 AS week")
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


ENDLESS = (
    "SELECT count(*) FROM range(1000000000) AS a, range(1000000000) AS b WHERE a.range < b.range"
)


def test_a_query_is_stopped_at_its_limit_of_time_and_of_rows(connection: Connection) -> None:
    with pytest.raises(RefusalError, match=r"stopped after 0\.1 seconds"):
        query_once(connection, ENDLESS, seconds=0.1)
    with pytest.raises(RefusalError, match="more than 9 rows: add a LIMIT"):
        query_once(connection, "FROM range(10)", most_rows=9)
    assert len(query_once(connection, "FROM range(10)", most_rows=10)) == 10
    assert query_once(connection, "SELECT week FROM marts.weekly_total") == [{"week": 1}]


def test_a_result_is_refused_before_its_texts_fill_the_memory(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "QUERY_CHARACTERS", 10_000)
    statement = "SELECT repeat('x', 99) AS text FROM range({})"
    assert len(query_once(connection, statement.format(101))) == 101
    with pytest.raises(RefusalError, match="more than 10,000 characters"):
        query_once(connection, statement.format(1_000_000_000_000), seconds=60)


def test_the_tables_that_are_for_readers_are_shown(connection: Connection) -> None:
    assert query_once(connection, "SHOW TABLES") == [{"name": "weekly_total"}]


def test_ctrl_c_stops_a_query(connection: Connection) -> None:
    def press() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(0.2, press).start()
    with pytest.raises(KeyboardInterrupt):
        query_once(connection, ENDLESS)
    assert query_once(connection, "SELECT week FROM marts.weekly_total") == [{"week": 1}]


def test_a_query_has_a_limit_of_memory(connection: Connection) -> None:
    limit = query_once(connection, "SELECT current_setting('memory_limit') AS most")
    assert limit == [{"most": "3.7 GiB"}]


def test_columns_of_numbers_and_dates_are_marked_whole_and_others_are_not() -> None:
    assert _heading("x", [None, 1, 2.5, Decimal(3)]) == ">x"
    assert _heading("x", [date(2026, 7, 13), None]) == "=x"
    others: list[list[object]] = [[], [None], [True], [1, "a"]]
    assert [_heading("x", values) for values in others] == ["x"] * 4


def test_a_database_that_another_program_writes_is_not_to_be_deleted(tmp_path: Path) -> None:
    path = tmp_path / "small.duckdb"
    program = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program, f"{path}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(RefusalError, match="close it in the program") as refused:
            connect(path)
        other.communicate("\n")
    assert "delete" not in f"{refused.value}"
