"""Rows of the ledger for tests, as an import would have written them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.home.lock import writing
from pipelines.models import checks, definition
from pipelines.models.rerun import rerun
from pipelines.reference.loader import load
from pipelines.usage import contract, ledger
from pipelines.weeks import monday

FLASH = "deepseek/deepseek-v4-flash-20260423"
SONNET = "anthropic/claude-4.6-sonnet-20260217"
MINIMAX = "minimax/minimax-m2.7-20260318"
LOCAL = "azure/gpt-x"

MILLION = 10**6

OWN = {
    f"marts.{name}"
    for name in (
        *("weekly_usage", "usage_tph", "usage_against_market", "usage_price_gap"),
        *("usage_repriced", "usage_forecast", "usage_control", "usage_bill", "calibration"),
    )
}
"""The marts of own usage."""

SHOWN = {
    f"marts.{name}"
    for name in (
        *("own_usage", "own_names", "own_hours", "catalogue", "weekly_model", "weekly_total"),
        *("routing_table", "workloads"),
    )
}
"""What the commands read besides."""


def request(number: int = 0, **changed: Any) -> dict[str, Any]:
    """Return one row, `number` minutes after noon of Wednesday, 15 July 2026."""
    started = changed.pop("started_at", datetime(2026, 7, 15, 12, tzinfo=UTC))
    started += timedelta(minutes=number)
    row: dict[str, Any] = {
        **dict.fromkeys(contract.COLUMNS),
        "week": monday(started.date()),
        "source": "openrouter",
        "scope": "default",
        "request_id": f"gen-{number}",
        "started_at": started,
        "model_raw": FLASH,
        "status": "ok",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "cost_kind": "none",
    }
    row |= changed
    if row["cost_usd"] is not None:
        row["cost_usd"] = Decimal(f"{row['cost_usd']}")
    return row


def check_week() -> list[dict[str, Any]]:
    """Return the invented week of four models whose totals are computed by hand elsewhere."""
    return [
        request(
            1,
            prompt_tokens=900 * MILLION,
            cache_read_tokens=600 * MILLION,
            completion_tokens=30 * MILLION,
            cost_usd="41.25",
            cost_kind="billed",
        ),
        request(
            2,
            model_raw="anthropic/claude-sonnet-4.6",
            prompt_tokens=120 * MILLION,
            cache_read_tokens=90 * MILLION,
            cache_write_tokens=8 * MILLION,
            completion_tokens=4 * MILLION,
            cost_usd="198.40",
            cost_kind="billed",
        ),
        request(
            3,
            model_raw=MINIMAX,
            prompt_tokens=200 * MILLION,
            cache_read_tokens=50 * MILLION,
            completion_tokens=10 * MILLION,
            cost_usd="48.10",
            cost_kind="billed",
        ),
        request(4, model_raw=LOCAL, prompt_tokens=50 * MILLION, completion_tokens=5 * MILLION),
    ]


def total(day: date, **changed: Any) -> dict[str, Any]:
    """Return what OpenRouter reports for a day and one model."""
    return {
        **dict.fromkeys(contract.REPORTED.columns),
        "week": monday(day),
        "date": day,
        "scope": "default",
        "model_raw": "DeepSeek: DeepSeek V4 Flash",
        "requests": 1,
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "credits_usd": Decimal(1),
        "byok_usd": Decimal(0),
        **changed,
    }


def table(rows: list[dict[str, Any]], of: contract.Table = contract.REQUESTS) -> pa.Table:
    """Return rows as a table with the columns and types of the ledger, or of another table."""
    with closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        connection.sql(f"CREATE TABLE ledger ({', '.join(map(' '.join, of.columns.items()))})")
        for row in rows:
            connection.execute(
                f"INSERT INTO ledger VALUES ({', '.join('?' for _ in of.columns)})",
                [row[name] for name in of.columns],
            )
        return connection.sql("FROM ledger").to_arrow_table()


def store(home: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows into the ledger of a home, a vintage for each week."""
    weeks: Mapping[Any, list[dict[str, Any]]] = {
        week: [row for row in rows if row["week"] == week] for week in {row["week"] for row in rows}
    }
    home.mkdir(exist_ok=True)
    with writing(home), closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        for week, of_week in weeks.items():
            connection.register("incoming", table(of_week))
            ledger.write(connection, home / "lake", week, "SELECT * FROM incoming")
            connection.unregister("incoming")


def judged(name: str, *entries: dict[str, str]) -> pa.Table:
    written = {"why": "a test", "recorded_on": date(2026, 7, 20)}
    return pa.Table.from_pylist([{**written, **one} for one in entries], schema=load(name).schema)


@contextmanager
def used(
    database: Path,
    ledger: list[dict[str, Any]],
    reported: Sequence[dict[str, Any]] = (),
    **reference: pa.Table,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection with the marts of own usage over the published market, all checks kept."""
    replaced: dict[str, object] = {"lake.usage_request": table(ledger)}
    replaced["lake.usage_reported"] = table([*reported], contract.REPORTED)
    replaced |= {f"reference.{name}": rows for name, rows in reference.items()}
    # Routes are as published, unless own tasks shall shape them.
    kept = set() if "workloads" in reference else {"staging.workload"}
    with rerun(database, replaced, OWN | SHOWN, kept=kept) as connection:
        made = [model for model in definition.load() if {"usage", "own"} & {*model.path.parts[-3:]}]
        for model in made:
            failed = [f"{one}" for one in checks.run(connection, model) if one.failures]
            assert failed == []
        yield connection
