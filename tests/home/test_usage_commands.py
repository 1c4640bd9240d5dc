"""What the commands of own usage print, over an invented ledger and the real market."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.queries import published
from pipelines.words import usage as words
from pipelines.words.language import english
from tests.conftest import tokenhouse
from tests.support.ledger import MILLION, check_week, request, total, used

Run = Callable[..., CompletedProcess[str]]

JUNE = datetime(2026, 6, 1, 10, tzinfo=UTC)


def june() -> list[dict[str, object]]:
    """Return calls of June through a gateway: half of them billed, all with long prompts."""
    gemini: dict[str, Any] = {
        "source": "litellm",
        "model_raw": "openrouter/google/gemini-3.1-pro-preview",
    }
    kinds = ["billed", "source_estimate"]
    return [
        request(
            request_id=f"june-{n}",
            started_at=JUNE + timedelta(hours=n),
            prompt_tokens=250_000,
            latency_ms=1000 + n,
            cost_usd="0.9",
            cost_kind=kinds[n % 2],
            **gemini,
        )
        for n in range(4)
    ] + [
        request(
            request_id="june-agent",
            started_at=JUNE,
            source="claude_code",
            model_raw="claude-sonnet-4-6",
            workload="main",
        )
    ]


@pytest.fixture(scope="module")
def connection(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    reported = [total(date(2026, 7, 15), prompt_tokens=1_250 * MILLION, completion_tokens=0)]
    with used(database, [*check_week(), *june()], reported) as connection:
        yield connection


@pytest.fixture
def run(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    @contextmanager
    def reading(_: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        yield connection

    monkeypatch.setattr(published, "reading", reading)
    return lambda *arguments: tokenhouse(tmp_path, *arguments)


def test_a_week_is_shown_with_its_coverage_first(run: Run) -> None:
    done = run("usage")
    assert done.returncode == 0, done.stderr
    first, second, *_ = done.stdout.splitlines()
    assert first == "week 2026-07-13, scope default"
    assert second == (
        "4 requests, 1.32B tokens: 95.8% with a bill (287.75 USD), 4.2% without a cost"
    )
    assert "reports 1.2B tokens and 1 USD for 1 day of scope default" in done.stdout
    assert "the ledger has 105.5% of the tokens" in done.stdout
    assert "at least 0.86 from the market's" in done.stdout
    answer = json.loads(run("usage", "--week", "2026-07-13", "--json").stdout)
    rows = {row["key"]: row for row in answer["rows"]}
    assert answer["billed_usd"] == 287.75
    assert rows["azure/gpt-x"]["market_share"] is None
    flash = rows["deepseek/deepseek-v4-flash-20260423"]
    assert flash["share"] == pytest.approx(930 / 1319)
    assert flash["market_share"] == pytest.approx(0.0858, abs=5e-5)


def test_a_month_adds_up_by_vendor_workload_and_hour(run: Run) -> None:
    for group in ("vendor", "workload"):
        answer = json.loads(run("usage", "--month", "2026-06", "--by", group, "--json").stdout)
        assert sum(row["tokens"] for row in answer["rows"]) == answer["tokens"] == 1_001_500
        assert (answer["billed_usd"], answer["estimated_usd"]) == (1.8, 1.8)
    hours = json.loads(run("usage", "--month", "2026-06", "--by", "hour", "--json").stdout)["rows"]
    assert [row["hour"] for row in hours] == [10, 11, 12, 13]
    assert hours[0]["requests"] == 2


def test_a_small_bill_is_not_printed_as_nothing() -> None:
    assert [english().amount(usd) for usd in (0, 0.00006, 0.01, 1234.5)] == [
        *("0.00", "0.00006", "0.01"),
        "1,234.50",
    ]
    assert words.repriced_usd(english(), {"usd": 0.0045, "usd_high": 0.0045}) == "0.0045"


def test_an_unresolved_name_is_a_line_to_complete_and_never_guessed(run: Run) -> None:
    done = run("usage", "--unresolved")
    assert "claude_code,claude-sonnet-4-6,<permaslug>,<why>," in done.stdout
    assert "looks like anthropic/claude-4.6-sonnet-20260217" in done.stdout
    names = json.loads(run("usage", "--unresolved", "--json").stdout)["unresolved"]
    assert {row["model_raw"]: row["suggestions"] for row in names} == {
        "azure/gpt-x": [],
        "claude-sonnet-4-6": ["anthropic/claude-4.6-sonnet-20260217"],
    }


def test_speed_is_shown_where_a_source_reports_it(run: Run) -> None:
    answer = json.loads(run("usage", "--month", "2026-06", "--speed", "--json").stdout)
    found = {row["model"].partition("/")[0]: row for row in answer["models"]}
    assert (found["google"]["p50_ms"], found["google"]["rate_limited_share"]) == (1001, 0)
    assert found["claude-sonnet-4-6"]["p50_ms"] is None
    assert found["claude-sonnet-4-6"]["rate_limited_share"] is None
    assert answer["hours"][0]["active_hours"] == 4
    assert run("usage", "--speed").returncode == 0


def test_a_month_is_repriced_over_the_same_tokens(run: Run) -> None:
    answer = json.loads(run("reprice", "--month", "2026-07", "--at", "2026-05-04", "--json").stdout)
    lines = {row["basis"]: row for row in answer["lines"] if row["basis"] != "table"}
    assert {name: row["usd"] for name, row in lines.items()} == pytest.approx(
        {"as_billed": 287.75, "own_week": 280.04, "week": 306.88}
    )
    assert {row["tokens"] for row in answer["lines"]} == {1_264_000_000}
    tables = {row["price_week"] for row in answer["lines"] if row["basis"] == "table"}
    assert tables == {"2026-07-13"}
    printed = run("reprice", "--month", "2026-06").stdout
    assert "long prompts at the price of short ones: google/gemini-3.1-pro" in printed
    assert "the same tokens in every line; success is not compared" in printed
    assert "In no line: 501.3K tokens" in printed


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["usage", "--week", "2026-05-04"], 1, "no own usage in week 2026-05-04"),
        (["usage", "--month", "June"], 1, "is no month"),
        (["usage", "--month", "2026-06", "--week", "2026-06-01"], 2, "two periods"),
        (["reprice", "--month", "2026-01"], 1, "there are bills in 2026-06, 2026-07"),
        (["reprice", "--month", "2026-07", "--at", "2025-01-06"], 1, "no catalogue of the week"),
        (["reprice", "--month", "2026-07", "--table", "2025-01-06"], 1, "no routing table of"),
    ],
)
def test_what_there_is_not_is_said(run: Run, arguments: list[str], code: int, said: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("arguments", "types"),
    [
        (("usage",), {"tokens": pl.Int64, "billed_usd": pl.Float64}),
        (("reprice", "--month", "2026-06"), {"basis": pl.String, "usd": pl.Float64}),
    ],
)
def test_csv_opens_with_the_types_of_the_database(
    run: Run, arguments: tuple[str, ...], types: dict[str, type[pl.DataType]]
) -> None:
    done = run(*arguments, "--format", "csv")
    assert done.returncode == 0, done.stderr
    frame = pl.read_csv(StringIO(done.stdout), infer_schema_length=None)
    assert len(frame) > 0
    assert {name: frame.schema[name] for name in types} == types


def test_without_own_usage_the_command_says_how_to_import_it(
    database: Path, tmp_path: Path
) -> None:
    (tmp_path / "warehouse.duckdb").symlink_to(database)
    done = tokenhouse(tmp_path, "usage")
    assert (done.returncode, done.stdout) == (1, "")
    assert "`tokenhouse usage add` imports it" in done.stderr
