"""OpenRouter's own totals of an account: fetched over a real connection, stored once, never cut."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import RefusalError
from pipelines.home.database import rows
from pipelines.sources.client import Client
from pipelines.usage import forgetting, ledger, reported
from pipelines.usage.contract import REPORTED
from pipelines.usage.reported import Fetched
from pipelines.weeks import monday
from tests.conftest import tokenhouse
from tests.support.wire import KEY, MANAGEMENT, Wire, serving


def today() -> date:
    """Return the day that it is now: midnight may pass between two tests."""
    return datetime.now(UTC).date()


def total(days_ago: int, **changed: Any) -> dict[str, Any]:
    """Return one row of an answer: counts are strings, as the source writes them."""
    return {
        "date__day": f"{today() - timedelta(days=days_ago)}",
        "model": "DeepSeek: DeepSeek V4 Flash",
        "variant": "standard",
        "request_count": "7",
        "tokens_prompt": "1000",
        "cached_tokens": "400",
        "reasoning_tokens": "50",
        "tokens_completion": "100",
        "credits_usage": 0.05,
        "byok_usage": 0,
        **changed,
    }


@pytest.fixture
def wire() -> Iterator[Wire]:
    with serving() as server:
        yield server


def fetch(wire: Wire, home: Path, scope: str = "default") -> Fetched:
    chosen = wire.settings(home, openrouter_management_key=MANAGEMENT)
    with Client(chosen) as client:
        return reported.fetch(chosen, client, scope)


def stored(home: Path) -> list[dict[str, Any]]:
    with closing(duckdb.connect()) as connection:
        weeks = [*ledger.current(home / "lake", table=REPORTED).values()]
        return rows(connection.sql(f"{ledger.scan(weeks, REPORTED)} ORDER BY ALL"))


def test_closed_days_are_stored_exactly_and_today_is_not(wire: Wire, tmp_path: Path) -> None:
    wire.reported = [total(0), total(1), total(300, model=None, credits_usage=1.2e-05)]
    done = fetch(wire, tmp_path)
    assert (done.rows, len(done.weeks)) == (2, 2)
    assert (done.first, done.last) == (today() - timedelta(days=365), today() - timedelta(days=1))
    older, newer = stored(tmp_path)
    assert (older["model_raw"], older["credits_usd"]) == (None, Decimal("0.000012"))
    assert (newer["requests"], newer["prompt_tokens"], newer["cache_read_tokens"]) == (7, 1000, 400)
    assert newer["week"] == monday(newer["date"])
    assert wire.keys == [f"Bearer {MANAGEMENT}"]
    files = [one.path for one in ledger.history(tmp_path / "lake", table=REPORTED)]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


@pytest.mark.accept
def test_the_same_totals_again_change_nothing_and_others_replace_their_days(
    wire: Wire, tmp_path: Path
) -> None:
    wire.reported = [total(1), total(30)]
    fetch(wire, tmp_path)
    fetch(wire, tmp_path, "other")
    assert fetch(wire, tmp_path).weeks == []
    wire.reported = [total(1, tokens_prompt="2000")]
    assert len(fetch(wire, tmp_path).weeks) == 2
    assert [(row["scope"], row["prompt_tokens"]) for row in stored(tmp_path)] == [
        ("other", 1000),
        ("default", 2000),
        ("other", 1000),
    ]


def test_an_answer_that_is_cut_is_requested_by_halves(wire: Wire, tmp_path: Path) -> None:
    wire.reported = [total(days_ago) for days_ago in range(1, 40)]
    wire.most_reported = 10
    assert fetch(wire, tmp_path).rows == 39
    assert len(stored(tmp_path)) == 39
    wire.reported = [total(1, variant=f"{number}") for number in range(11)]
    with pytest.raises(RefusalError, match="is cut at"):
        fetch(wire, tmp_path)
    assert len(stored(tmp_path)) == 39


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        (KEY, "HTTP 403 needs a management key: this key has no access to it"),
        ("sk-or-v1-of-nobody", "HTTP 401 No auth credentials: check OPENROUTER_MANAGEMENT_KEY"),
    ],
)
def test_a_key_that_may_not_ask_is_refused_by_name_and_never_repeated(
    wire: Wire, tmp_path: Path, key: str, fault: str
) -> None:
    wire.reported = [total(1)]
    chosen = wire.settings(tmp_path, openrouter_management_key=key)
    with Client(chosen) as client, pytest.raises(RefusalError, match=fault) as refused:
        reported.fetch(chosen, client, "default")
    assert key not in f"{refused.value}"
    assert stored(tmp_path) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"request_count": "many"}, "request_count"),
        ({"tokens_prompt": "-1"}, "tokens_prompt"),
        ({"credits_usage": -0.1}, "credits_usage"),
        ({"model": "a\x1b[31m"}, "unprintable"),
        ({"model": "word " * 100}, "more than 300"),
    ],
)
def test_an_answer_that_breaks_its_contract_is_refused(
    wire: Wire, tmp_path: Path, changed: dict[str, Any], fault: str
) -> None:
    wire.reported = [total(1), total(2, **changed)]
    with pytest.raises(RefusalError, match=fault):
        fetch(wire, tmp_path)
    assert stored(tmp_path) == []


def test_totals_of_forgotten_days_are_deleted_and_not_fetched_again(
    wire: Wire, tmp_path: Path
) -> None:
    wire.reported = [total(1), total(30)]
    fetch(wire, tmp_path)
    before = today() - timedelta(days=10)
    assert forgetting.forget(tmp_path, "default", before) == [monday(today() - timedelta(days=30))]
    assert fetch(wire, tmp_path).first == before
    assert [row["date"] for row in stored(tmp_path)] == [today() - timedelta(days=1)]


@pytest.mark.accept
def test_the_command_fetches_with_the_management_key_only(wire: Wire, tmp_path: Path) -> None:
    wire.reported = [total(1)]
    environment = {"OPENROUTER_BASE_URL": wire.url, "OPENROUTER_MANAGEMENT_KEY": ""}
    done = tokenhouse(tmp_path, "usage", "add", "openrouter", **environment)
    assert (done.returncode, done.stdout, wire.asked) == (1, "", [])
    assert "set OPENROUTER_MANAGEMENT_KEY" in done.stderr
    environment["OPENROUTER_MANAGEMENT_KEY"] = MANAGEMENT
    done = tokenhouse(tmp_path, "usage", "add", "openrouter", "--json", **environment)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert date.fromisoformat(answer["last"]) == today() - timedelta(days=1)
    assert answer["rows"] == 1
    again = tokenhouse(tmp_path, "usage", "add", "openrouter", **environment)
    assert "1 by day and model: nothing changed" in again.stdout
    assert MANAGEMENT not in f"{done}{again}"
