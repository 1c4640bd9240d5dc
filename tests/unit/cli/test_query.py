"""What DuckDB says of a query that fails reaches the reader, its hints included."""

import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from pipelines.cli.query import _heading
from pipelines.errors import RefusalError
from pipelines.home.database import connect
from pipelines.queries.written import QueryProcess, _answers, query_once
from tests.conftest import tokenhouse


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
    assert len(query_once(database, "FROM range(10)", most_rows=10).rows) == 10
    empty = query_once(database, "SELECT week FROM weekly_total WHERE week = 2")
    assert empty == (["week"], [])


@pytest.mark.parametrize("large", ["repeat('x', 99)", "[repeat('x', 99)]", "1, 2, 3, 4"])
def test_a_result_is_refused_before_it_fills_the_memory(database: Path, large: str) -> None:
    statement = f"SELECT {large} FROM range({{}})"
    assert len(query_once(database, statement.format(100), most_bytes=1_000_000).rows) == 100
    with pytest.raises(RefusalError, match="larger than 1 MB: read fewer rows"):
        query_once(database, statement.format(1_000_000_000_000), most_bytes=1_000_000)


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


@pytest.mark.accept
def test_where_duckdb_reaches_its_own_limit_that_one_is_named_and_the_process_goes_on(
    database: Path,
) -> None:
    with closing(QueryProcess(database)) as process:
        with pytest.raises(RefusalError, match="DuckDB may use 4 GB of memory for a query") as one:
            process.query("SELECT list(n) FROM range(3000000000) AS every(n)")
        assert "6 GB" not in f"{one.value}"
        assert process.query("SELECT 1 AS one").rows == [{"one": 1}]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
@pytest.mark.parametrize(
    ("most", "said"),
    [
        (400_000_000, r"a query may use 0\.4 GB of memory here \(`ulimit -d`\)"),
        (1_000_000, "ended before it was ready"),
    ],
)
def test_a_lower_limit_of_the_shell_is_the_one_that_is_named(
    database: Path, most: int, said: str
) -> None:
    with pytest.raises(RefusalError, match=said) as refused:
        query_of_a_shell(database, most, "SELECT repeat('x', 900000000) AS text")
    assert "6 GB" not in f"{refused.value}"


def query_of_a_shell(database: Path, most: int, statement: str) -> None:
    """Run a query whose process, as it begins, is bounded as by `ulimit -d`."""
    process = QueryProcess(database)
    with closing(process):
        resource.prlimit(process._process.pid, resource.RLIMIT_DATA, (most, most))
        process.query(statement)


def test_a_fault_of_duckdb_is_said_to_be_one() -> None:
    for fault in (duckdb.InternalException, duckdb.FatalException):
        answers = _answers(failing(fault("INTERNAL Error: broken\nstack")), "", "", 1, 1)
        said, goes_on = pickle.loads(next(answers))  # noqa: S301 made here
        assert "a fault of DuckDB" in said and "stack" not in said
        assert not goes_on


def failing(error: duckdb.Error) -> Any:
    """Return a connection whose statements end with an error."""

    def extract_statements(_: str) -> list[str]:
        raise error

    return SimpleNamespace(extract_statements=extract_statements)


def test_a_long_table_is_cut_and_says_so_and_an_empty_answer_has_its_header(
    database: Path,
) -> None:
    def printed(*arguments: str) -> str:
        return tokenhouse(database.parent, "query", *arguments).stdout

    table = printed("FROM range(3000)")
    assert "\n2,000 more: use --format csv\n" in table
    assert " 999\n" in table and " 1000\n" not in table
    assert "more:" not in printed("FROM range(1000)")
    assert len(printed("FROM range(3000)", "--format", "csv").splitlines()) == 3001
    none = "SELECT week, 1 AS one FROM marts.weekly_total WHERE false"
    assert printed(none, "--format", "csv") == "week,one\n"
    assert printed(none, "--format", "md") == "| week | one |\n| --- | --- |\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is a full disk")
@pytest.mark.parametrize("kind", ["table", "csv"])
@pytest.mark.parametrize("rows", [1, 900])
def test_a_full_disk_under_the_answer_is_one_line_and_no_file(
    database: Path, kind: str, rows: int
) -> None:
    command = [f"{Path(sys.executable).with_name('tokenhouse')}", "query", "--format", kind]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*command, f"SELECT repeat('x', 50) AS a FROM range({rows})"],
            env={**os.environ, "TOKENHOUSE_HOME": f"{database.parent}"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == (
        "tokenhouse: the answer cannot be written to stdout: No space left on device\n"
    )
    assert sorted(database.parent.iterdir()) == [database]


def test_the_tables_that_are_for_readers_are_shown(database: Path) -> None:
    assert query_once(database, "SHOW TABLES").rows == [{"name": "weekly_total"}]


def worked(process: int) -> float:
    """Return the CPU seconds of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


def the_query_of(process: int) -> int:
    """Return the process in which another one runs its query, once the query is under way."""
    children = Path(f"/proc/{process}/task/{process}/children")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = children.read_text().split()
        if found and worked(int(found[0])) >= 1:  # it has started, and computes
            return int(found[0])
    pytest.fail("the query is not under way")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are read from /proc")
@pytest.mark.parametrize(
    ("ended_by", "code", "lines"),
    [
        (signal.SIGINT, 130, ["", "tokenhouse: interrupted"]),
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
        try:
            query = the_query_of(asking.pid)
        except BaseException:
            asking.kill()
            raise
        asking.send_signal(ended_by)
        _, errors = asking.communicate(timeout=2)
    assert (asking.returncode, errors.splitlines()) == (code, lines)
    end = time.monotonic() + 2
    while Path(f"/proc/{query}").exists() and time.monotonic() < end:
        pass
    assert not Path(f"/proc/{query}").exists()


def test_duckdb_has_a_limit_of_its_own(database: Path) -> None:
    limit = query_once(database, "SELECT current_setting('memory_limit') AS most")
    assert limit.rows == [{"most": "3.7 GiB"}]


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
