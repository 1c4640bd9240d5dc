"""An unexpected error is one line that names a file in the home; no key is in either."""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import duckdb
import pytest
import typer
from typer.testing import CliRunner

from pipelines import cli
from pipelines.cli.app import app, reason
from pipelines.errors import RefusalError
from pipelines.home import error_log, paths
from pipelines.settings import settings
from pipelines.text import PATTERN

KEY = "sk-or-v1-0123456789abcdef"
TOPIC = "ntfy://my-secret-topic"


Line = Callable[[Exception], str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TOKENHOUSE_HOME", f"{tmp_path}")
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    monkeypatch.setenv("NOTIFY_URLS", f"{TOPIC}, json://host")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    """What the command line prints when a command fails with an error nobody expected."""

    def of(error: Exception) -> str:
        def broken_command() -> None:
            raise error

        monkeypatch.setattr(cli, "app", broken_command)
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert end.value.code == 1
        return capsys.readouterr().err

    return of


def test_ctrl_c_in_a_statement_is_an_interruption(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        with closing(duckdb.connect()) as connection:
            pressed = Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
            pressed.start()
            connection.execute("CREATE TABLE t AS SELECT md5(range::VARCHAR) FROM range(3000000)")
            pressed.join()  # where the statement took less

    monkeypatch.setattr(cli, "app", command)
    monkeypatch.setattr(sys, "argv", ["tokenhouse", "run"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == cli.INTERRUPTED
    assert capsys.readouterr().err.splitlines() == [
        "",
        "tokenhouse: interrupted; what was fetched is stored: run the command again",
    ]


def test_the_stack_is_in_the_named_file_and_the_keys_are_nowhere(home: Path, line: Line) -> None:
    printed = line(ValueError(f"the server said\n{KEY} to {TOPIC}"))
    assert printed.startswith("tokenhouse: ValueError: the server said [key] to [key] (details in ")
    assert printed.count("\n") == 1
    found = re.search(r"details in (.*)\)", printed)
    assert found
    stack = Path(found[1]).read_text()
    assert "in broken_command" in stack
    assert "[key] to [key]" in stack
    assert KEY not in stack
    assert TOPIC not in stack


def test_a_key_at_the_end_of_a_long_message_is_not_cut_in_half(home: Path, line: Line) -> None:
    message = "x" * (cli.LONGEST_LINE - len("ValueError: ") - 10) + KEY
    printed = line(ValueError(message))
    assert KEY[:8] not in printed


def test_only_the_last_files_are_kept(home: Path, line: Line) -> None:
    for number in range(error_log.KEPT + 2):
        line(ValueError(f"number {number}"))
    stacks = [path.read_text() for path in sorted(paths.errors(home).glob("*"))]
    assert [f"number {number}" in stack for number, stack in enumerate(stacks, 2)] == (
        [True] * error_log.KEPT
    )


def test_a_home_that_cannot_be_written_leaves_the_line(home: Path, line: Line) -> None:
    paths.errors(home).write_text("a file where the folder belongs")
    printed = line(ValueError(f"broken {KEY}"))
    assert printed == "tokenhouse: ValueError: broken [key] (python -X dev shows where)\n"


def test_a_terminal_escape_of_a_server_is_printed_as_text(home: Path, line: Line) -> None:
    message = "HTTP 403 \x1b]0;owned\x07 \x9b2J \u202eabc \ud800"
    assert line(RefusalError(message)) == (
        "tokenhouse: HTTP 403 \\u001b]0;owned\\u0007 \\u009b2J \\u202eabc \\ud800\n"
    )
    printed = line(ValueError(message))
    assert PATTERN.findall(printed) == ["\n"]
    found = re.search(r"details in (.*)\)", printed)
    assert found
    assert set(PATTERN.findall(Path(found[1]).read_text())) == {"\n"}


def test_without_settings_nothing_of_the_message_is_printed(
    home: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_BASE_URL", "nonsense")
    settings.cache_clear()
    assert line(ValueError(KEY)) == "tokenhouse: ValueError (python -X dev shows where)\n"


@pytest.mark.parametrize("why", ["", " ", "a\nb", "half \udcff", "\x1b[31mred"])
def test_a_reason_that_no_log_should_contain_is_refused(why: str) -> None:
    with pytest.raises(typer.BadParameter, match="--why must"):
        reason(why)
    assert reason(" it is right ") == "it is right"


def test_a_home_that_begins_with_an_error_is_its_owners_alone(home: Path, line: Line) -> None:
    home.rmdir()
    line(ValueError("before any run"))
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_value_that_is_not_offered_is_refused_without_the_words_of_a_library() -> None:
    cli.load(("report",))
    refused = CliRunner().invoke(app, ["report", "--format", "foo"])
    assert refused.exit_code == 2
    assert "'foo'" in refused.output
    assert "Value error" not in refused.output
