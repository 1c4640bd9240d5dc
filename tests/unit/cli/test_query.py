"""What DuckDB says of a query that fails reaches the reader, its hints included."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.cli.query import _heading
from pipelines.errors import RefusalError
from pipelines.home.database import connect
from pipelines.queries.written import query_once


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as small:
        small.sql("CREATE SCHEMA marts; CREATE SCHEMA meta; CREATE SCHEMA core")
        small.sql("CREATE TABLE core.inside AS SELECT 1 AS week")
        small.sql("CREATE TABLE marts.weekly_total AS SELECT 1 AS week")
    return path


@pytest.mark.parametrize(
    ("statement", "hint"),
    [
        ("SELECT wek FROM marts.weekly_total", 'Candidate bindings: "week"'),
        ("FROM marts.weekly_totl", 'Did you mean "weekly_total"?'),
    ],
)
def test_the_hints_of_an_error_are_shown(database: Path, statement: str, hint: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        query_once(database, statement)
    assert len(f"{refusal.value}".splitlines()) > 1
    assert hint in f"{refusal.value}"


ENDLESS = "SELECT levenshtein(repeat('x', 300000), repeat('y', 300000)) AS one"
"""Minutes within one expression, in which DuckDB does not notice that it was interrupted."""


def test_a_query_is_stopped_at_its_limit_of_time_and_of_rows(database: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(RefusalError, match=r"stopped after 0\.5 seconds"):
        query_once(database, ENDLESS, seconds=0.5)
    assert time.monotonic() - begun < 2.5
    with pytest.raises(RefusalError, match="more than 9 rows: add a LIMIT"):
        query_once(database, "FROM range(10)", most_rows=9)
    assert len(query_once(database, "FROM range(10)", most_rows=10)) == 10
    assert query_once(database, "SELECT week FROM weekly_total WHERE week = 2") == []


@pytest.mark.parametrize("large", ["repeat('x', 99)", "[repeat('x', 99)]", "1, 2, 3, 4"])
def test_a_result_is_refused_before_it_fills_the_memory(database: Path, large: str) -> None:
    statement = f"SELECT {large} FROM range({{}})"
    assert len(query_once(database, statement.format(100), most_bytes=20_000)) == 100
    with pytest.raises(RefusalError, match="larger than 0 MB: read fewer rows"):
        query_once(database, statement.format(1_000_000_000_000), most_bytes=20_000)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT repeat('x', 300000000) AS a, repeat('y', 300000000) AS b",
        "SELECT repeat('x', 20000000) AS text FROM range(100)",
        "SELECT [repeat('x', 100000000 + n) FOR n IN range(5)] AS texts",
    ],
)
def test_a_query_that_needs_more_memory_than_is_allowed_is_refused_in_one_line(
    database: Path, statement: str
) -> None:
    with pytest.raises(RefusalError, match=r"a query may use 0\.4 GB") as refused:
        query_once(database, statement, memory=4 * 10**8)
    assert len(f"{refused.value}".splitlines()) == 1


def test_the_tables_that_are_for_readers_are_shown(database: Path) -> None:
    assert query_once(database, "SHOW TABLES") == [{"name": "weekly_total"}]


def worked(process: int) -> float:
    """Return the CPU seconds of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


def the_query_of(process: int) -> int:
    """Return the process in which another one runs its query, once the query is under way."""
    children = Path(f"/proc/{process}/task/{process}/children")
    while not (found := children.read_text().split()):
        pass
    while worked(int(found[0])) < 1:  # it has started, and computes
        pass
    return int(found[0])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are read from /proc")
@pytest.mark.parametrize(
    ("ended_by", "code", "lines"),
    [
        (
            signal.SIGINT,
            130,
            ["", "tokenhouse: interrupted; what was fetched is stored: run the command again"],
        ),
        (signal.SIGKILL, -signal.SIGKILL, []),
    ],
)
@pytest.mark.accept
def test_a_query_ends_at_once_with_the_command_that_asked(
    database: Path, ended_by: signal.Signals, code: int, lines: list[str]
) -> None:
    command = [f"{Path(sys.executable).with_name('tokenhouse')}", "query", ENDLESS]
    with subprocess.Popen(
        command,
        env={**os.environ, "TOKENHOUSE_HOME": f"{database.parent}"},
        stderr=subprocess.PIPE,
        text=True,
    ) as asking:
        query = the_query_of(asking.pid)
        asking.send_signal(ended_by)
        _, errors = asking.communicate(timeout=2)
    assert (asking.returncode, errors.splitlines()) == (code, lines)
    end = time.monotonic() + 2
    while Path(f"/proc/{query}").exists() and time.monotonic() < end:
        pass
    assert not Path(f"/proc/{query}").exists()


def test_duckdb_has_a_limit_of_its_own(database: Path) -> None:
    limit = query_once(database, "SELECT current_setting('memory_limit') AS most")
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
