"""Own usage next to the real market: an invented week with totals that can be computed by hand."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.exports import delivery, mart_files
from pipelines.home.database import rows
from pipelines.models import build, publish
from pipelines.orchestration import status
from pipelines.queries import usage
from pipelines.reference.loader import load
from pipelines.report import page_files
from pipelines.settings import settings
from tests.home.sql.conftest import Select
from tests.support.building import models_of
from tests.support.ledger import (
    FLASH,
    LOCAL,
    MILLION,
    MINIMAX,
    OWN,
    SONNET,
    check_week,
    judged,
    request,
    store,
    total,
    used,
)
from tests.support.usage import FILES
from tests.support.variants import changed
from tests.unit.usage.test_importing import add, ledger_of

WEEK = date(2026, 7, 13)


@pytest.fixture(scope="module")
def week(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with used(database, check_week()) as connection:
        yield connection


def ask_rows(connection: duckdb.DuckDBPyConnection, question: str) -> list[dict[str, Any]]:
    return rows(connection.sql(question))


def test_without_own_usage_every_mart_exists_and_is_empty(select: Select) -> None:
    for name in sorted(OWN):
        assert select(f"SELECT count(*) FROM {name}") == [(0,)], name


def test_a_week_has_its_bill_its_cache_and_what_is_not_known(
    week: duckdb.DuckDBPyConnection,
) -> None:
    found = {row["model"]: row for row in ask_rows(week, "FROM marts.weekly_usage")}
    assert {name: row["resolved_by"] for name, row in found.items()} == {
        FLASH: "permaslug",
        SONNET: "id",
        MINIMAX: "permaslug",
        LOCAL: "unresolved",
    }
    sonnet, local = found[SONNET], found[LOCAL]
    assert (sonnet["tokens"], sonnet["billed_usd"]) == (124 * MILLION, 198.4)
    assert sonnet["usd_per_million"] == pytest.approx(1.6)
    assert sonnet["cache_hit_share"] == pytest.approx(90 / 120)
    assert (local["billed_usd"], local["cost_coverage"], local["usd_per_million"]) == (
        None,
        0,
        None,
    )
    assert (local["cache_hit_share"], local["cache_coverage"]) == (None, 0)
    assert local["model_permaslug"] is None
    # OpenRouter's export has no failed requests: none seen is not none failed.
    assert {row["rate_limited_share"] for row in found.values()} == {None}


def test_the_distance_from_the_market_is_at_least_what_coarser_groups_say(
    week: duckdb.DuckDBPyConnection,
) -> None:
    found = dict(
        week.sql("SELECT DISTINCT grain, distance FROM marts.usage_against_market").fetchall()
    )
    assert found["model"] == pytest.approx(0.8568, abs=5e-5)
    assert found["vendor"] == pytest.approx(0.6679, abs=5e-5)
    assert found["vendor"] >= found["bloc"]
    ((own, market, bound),) = week.sql(
        "SELECT own_share, market_share, market_share_max FROM marts.usage_against_market "
        "WHERE grain = 'model' AND key = 'outside'"
    ).fetchall()
    assert own == pytest.approx(55 / 1319)
    assert market == pytest.approx(0.0548, abs=5e-5)
    assert bound is None


def test_the_markets_own_mix_has_no_distance(database: Path, select: Select) -> None:
    market = select(
        "SELECT key, tokens FROM marts.dual_metric WHERE week = ? AND grain = 'model'", WEEK
    )
    ledger = [
        request(number, model_raw=key, prompt_tokens=tokens, completion_tokens=0)
        for number, (key, tokens) in enumerate(market)
    ]
    with used(database, ledger) as connection:
        found = connection.sql("SELECT max(distance) FROM marts.usage_against_market").fetchall()
        assert found[0][0] < 1e-12


def test_the_price_gap_is_mix_and_rate(week: duckdb.DuckDBPyConnection, select: Select) -> None:
    (gap,) = ask_rows(week, "FROM marts.usage_price_gap")
    assert (gap["models"], gap["own_tokens"]) == (3, 1264 * MILLION)
    assert gap["own_usd_per_million"] == pytest.approx(0.22765, abs=5e-6)
    parts = gap["mix_usd_per_million"] + gap["rate_usd_per_million"]
    assert parts == pytest.approx(gap["gap_usd_per_million"], abs=1e-12)
    ((tokens, usd),) = select(
        "SELECT sum(tokens), sum(revenue_usd_mid) FROM marts.dual_metric "
        "WHERE week = ? AND grain = 'model' AND key IN (?, ?, ?)",
        *(WEEK, FLASH, SONNET, MINIMAX),
    )
    assert gap["market_usd_per_million"] == pytest.approx(1e6 * usd / float(tokens))
    assert gap["mix_usd_per_million"] < 0 < gap["rate_usd_per_million"]
    assert gap["verdict"] == "as_market"


def test_k_is_billed_over_own_tokens_at_list_price(week: duckdb.DuckDBPyConnection) -> None:
    found = {
        row["subject"]: row
        for row in ask_rows(week, "FROM marts.calibration WHERE source = 'own_usage'")
    }
    estimated = {name: row["estimated_usd"] for name, row in found.items()}
    assert estimated == pytest.approx(
        {"deepseek": 47.04, "anthropic": 183.0, "minimax": 50.0, "all": 280.04}
    )
    assert found["deepseek"]["k"] == pytest.approx(0.9754, abs=5e-5)
    assert found["anthropic"]["k"] == pytest.approx(1.0168, abs=5e-5)
    assert found["minimax"]["k"] == pytest.approx(0.9924, abs=5e-5)
    assert (found["all"]["model_weeks"], found["all"]["unmatched"]) == (3, 0)
    assert {row["coverage"] for row in found.values()} == {None}


def test_a_source_without_a_bill_does_not_change_k(database: Path) -> None:
    gateway = request(
        9, source="litellm", model_raw=SONNET, prompt_tokens=100 * MILLION, cost_usd=1,
        cost_kind="source_estimate",
    )  # fmt: skip
    with used(database, [*check_week(), gateway]) as connection:
        ((estimated,),) = connection.sql(
            "SELECT estimated_usd FROM marts.calibration WHERE subject = 'anthropic'"
        ).fetchall()
        assert estimated == pytest.approx(183.0)


def test_the_recorded_calls_are_calibrated_as_computed_by_hand(database: Path) -> None:
    one = {"prompt_tokens": 123, "cache_read_tokens": 100, "completion_tokens": 7}
    bill = {"cost_usd": "0.000042", "cost_kind": "billed", "source": "openclaw_rpc"}
    calls = [
        request(1, model_raw="openrouter/anthropic/claude-sonnet-4.6", **one, **bill),
        request(2, model_raw="openrouter/minimax/minimax-m2.7", **one, **bill),
    ]
    with used(database, calls) as connection:
        found = dict(connection.sql("SELECT subject, k FROM marts.calibration").fetchall())
        hits = connection.sql("SELECT DISTINCT cache_hit_share FROM marts.weekly_usage").fetchall()
    assert found["anthropic"] == pytest.approx(0.841176, abs=5e-7)
    assert found["minimax"] == pytest.approx(1.273239, abs=5e-7)
    assert hits == [(pytest.approx(100 / 123),)]


def test_tokens_repriced_at_five_weeks(week: duckdb.DuckDBPyConnection) -> None:
    found = {
        f"{row['price_week']:%m-%d}": row
        for row in ask_rows(
            week,
            "SELECT price_week, sum(usd) AS usd, sum(unpriced_tokens) AS unpriced "
            "FROM marts.usage_repriced WHERE basis = 'week' GROUP BY price_week",
        )
    }
    expected = {"05-04": 306.88, "05-18": 298.80, "06-08": 277.40, "07-06": 277.56, "07-13": 280.04}
    assert {name: found[name]["usd"] for name in expected} == pytest.approx(expected)
    assert {found[name]["unpriced"] for name in expected} == {55 * MILLION}


def test_every_basis_of_a_repricing_covers_the_same_rows(week: duckdb.DuckDBPyConnection) -> None:
    tokens = week.sql(
        "SELECT DISTINCT sum(tokens) FROM marts.usage_repriced "
        "GROUP BY basis, price_week, workload, is_billed HAVING is_billed"
    ).fetchall()
    assert tokens == [(1264 * MILLION,)]
    ((billed, own),) = week.sql(
        "SELECT sum(usd) FILTER (WHERE basis = 'as_billed'), "
        "sum(usd) FILTER (WHERE basis = 'own_week') FROM marts.usage_repriced WHERE is_billed"
    ).fetchall()
    assert billed == pytest.approx(287.75)
    assert own == pytest.approx(280.04)
    raw = {"deepseek": 41.25 / 47.04, "anthropic": 198.4 / 183, "minimax": 48.1 / 50}
    by_model = week.sql(
        "SELECT split_part(model, '/', 1), usd FROM marts.usage_repriced "
        "WHERE basis = 'own_week' AND is_billed"
    ).fetchall()
    assert sum(raw[vendor] * usd for vendor, usd in by_model) == pytest.approx(billed)


def test_a_routing_table_reprices_warm_and_cold(
    week: duckdb.DuckDBPyConnection, select: Select
) -> None:
    found = ask_rows(
        week,
        "FROM marts.usage_repriced "
        "WHERE basis = 'table' AND is_billed AND price_week = '2026-07-13'",
    )
    assert len(found) > 0
    prompt, read, written, completion = 1220, 740, 8, 44
    for row in found:
        ((price, read_price, out),) = select(
            "SELECT band.prompt_price, coalesce(band.cache_read_price, band.prompt_price), "
            "band.completion_price FROM core.list_price AS listed "
            "INNER JOIN core.price_band AS band "
            "ON listed.week = band.week AND listed.model_id = band.model_id "
            "WHERE listed.week = ? AND listed.model_permaslug = ? "
            "AND from_tokens <= 272000 AND before_tokens > 272000",
            *(WEEK, row["model"]),
        )
        cold = prompt * price + completion * out
        assert row["usd_high"] == pytest.approx(cold)
        warm = (prompt - read - written) * price + read * read_price + completion * out
        assert row["usd"] >= warm * (1 - 1e-12)
        assert row["usd"] <= warm + written * price * 2


def test_a_long_prompt_without_its_price_is_marked(database: Path) -> None:
    long = request(
        1, model_raw="google/gemini-3.1-pro-preview", prompt_tokens=201_000, cost_usd=1,
        cost_kind="billed",
    )  # fmt: skip
    with used(database, [long, request(2, cost_usd=1, cost_kind="billed")]) as connection:
        known = connection.sql(
            "SELECT model, price_week, conditional_price_known, usd FROM marts.usage_repriced "
            "WHERE basis = 'week' AND price_week IN ('2026-06-08', '2026-07-13') ORDER BY ALL"
        ).fetchall()
    found = {(model.partition("/")[0], f"{week}"): row for model, week, *row in known}
    assert found["google", "2026-06-08"][0] is False
    assert found["google", "2026-07-13"][0] is True
    assert found["google", "2026-06-08"][1] < found["google", "2026-07-13"][1]
    assert found["deepseek", "2026-06-08"][0] is True


@pytest.mark.accept
def test_long_prompts_of_june_cost_half_without_their_price(database: Path) -> None:
    """91.8M tokens in 360 prompts above 200K: June's catalogues list no price for those."""
    june = [
        request(
            number,
            started_at=datetime(2026, 6, 10, tzinfo=UTC),
            model_raw="google/gemini-3.1-pro-preview",
            prompt_tokens=250_000,
            completion_tokens=5_000,
            cost_usd=1,
            cost_kind="billed",
        )
        for number in range(360)
    ]
    with used(database, june) as connection:
        found = connection.sql(
            "SELECT basis, tokens, usd, conditional_price_known FROM marts.usage_repriced "
            "WHERE basis = 'own_week' OR (basis = 'week' AND price_week = '2026-07-13') "
            "ORDER BY basis"
        ).fetchall()
    assert found == [
        ("own_week", 91_800_000, pytest.approx(201.60), False),
        ("week", 91_800_000, pytest.approx(392.40), True),
    ]


def test_a_witness_adds_latency_and_failures_and_no_tokens(database: Path) -> None:
    ledger = [request(1, cost_usd=1, cost_kind="billed")]
    seen = {"source": "litellm", "model_raw": FLASH}
    ledger += [request(number, latency_ms=number, **seen) for number in range(1, 4)]
    failed = {"status": "rate_limited", "prompt_tokens": 0, "completion_tokens": 0}
    ledger.append(request(9, **seen, **failed))
    ledger.append(request(10, **seen, **failed | {"status": "failed"}))
    ledger.append(request(11, **seen, **failed | {"status": "cancelled"}))
    role = judged("usage_scope", {"source": "litellm", "scope": "default", "role": "witness"})
    with used(database, ledger, usage_scope=role) as connection:
        (row,) = ask_rows(connection, "FROM marts.weekly_usage")
    assert (row["requests"], row["tokens"], row["billed_usd"]) == (1, 1100, 1.0)
    assert (row["p50_ms"], row["p95_ms"], row["p99_ms"]) == (2, 3, 3)
    assert (row["rate_limited_share"], row["failed_share"]) == (1 / 6, 1 / 3)


def test_the_ledger_is_checked_against_what_openrouter_reports(database: Path) -> None:
    wednesday, thursday = date(2026, 7, 15), date(2026, 7, 16)
    logged = [
        request(1, cost_usd="0.9", cost_kind="byok"),
        request(2, source="litellm", model_raw=f"openrouter/{FLASH}"),
        request(3, source="claude_code", model_raw="claude-sonnet-4-6"),
        request(4, source="openclaw", model_raw=f"openrouter/{FLASH}"),
    ]
    witness = judged("usage_scope", {"source": "openclaw", "scope": "default", "role": "witness"})
    reported = [
        total(wednesday, requests=3, prompt_tokens=3000, completion_tokens=300),
        total(thursday, byok_usd=Decimal("0.5")),
    ]
    with used(database, logged, reported, usage_scope=witness) as connection:
        found = ask_rows(
            connection, "FROM marts.usage_control WHERE source = 'analytics' ORDER BY date"
        )
        counted = connection.sql("SELECT sum(requests) FROM marts.weekly_usage").fetchall()
    first, second = found
    assert (first["ledger_requests"], first["reported_requests"]) == (2, 3)
    assert (first["ledger_tokens"], first["reported_tokens"]) == (2200, 3300)
    assert (first["ledger_usd"], first["reported_usd"]) == (0.9, 1.0)
    assert (second["ledger_tokens"], second["reported_usd"]) == (0, 1.5)
    assert counted == [(3,)]  # totals are never counted as requests


def test_a_third_of_the_recorded_attempts_was_refused(database: Path, tmp_path: Path) -> None:
    add(tmp_path / "home", FILES / "litellm" / "callback.jsonl")
    with used(database, ledger_of(tmp_path / "home")) as connection:
        found = connection.sql(
            "SELECT sum(requests), sum(tokens), sum(estimated_usd), "
            "sum(rate_limited_share * requests) / sum(requests) FROM marts.weekly_usage"
        ).fetchall()
    assert found == [(3, 260, pytest.approx(8.4e-05), pytest.approx(1 / 3))]


def test_names_mean_what_the_alias_the_permaslug_or_the_id_says(database: Path) -> None:
    names = {
        "openrouter/anthropic/claude-sonnet-4.6": ("id", SONNET),
        "Anthropic/Claude-Sonnet-4.6": ("id", SONNET),
        FLASH: ("permaslug", FLASH),
        "my-flash": ("alias", FLASH),
        "claude-sonnet-4-6": ("unresolved", None),
        "gpt-oss-120b": ("unresolved", None),
        "us.anthropic.claude-sonnet-4-6": ("unresolved", None),
        "openrouter/@preset/fast": ("preset", None),
        "openrouter/auto": ("permaslug", "openrouter/auto"),
        "openrouter/nobody-knows": ("router", None),
        "~anthropic/claude-sonnet-latest": ("router", None),
    }
    alias = judged(
        "usage_alias", {"source": "openrouter", "model_raw": "my-flash", "model_permaslug": FLASH}
    )
    ledger = [request(number, model_raw=name) for number, name in enumerate(names)]
    with used(database, ledger, usage_alias=alias) as connection:
        found = connection.sql(
            "SELECT model_raw, resolved_by, model_permaslug FROM core.usage_model"
        ).fetchall()
    assert {name: (by, slug) for name, by, slug in found} == names


@pytest.mark.accept
def test_hours_are_provisioned_over_all_and_over_active_ones(database: Path) -> None:
    start = datetime(2026, 7, 13, tzinfo=UTC)
    hours = [0, 1, 2, 3, 10, 11, 50]
    tokens = [700, 500, 600, 400, 900, 100, 300]
    ledger = [
        request(number, started_at=start + timedelta(hours=hour), prompt_tokens=count,
                completion_tokens=0)
        for number, (hour, count) in enumerate(zip(hours, tokens, strict=True))
    ]  # fmt: skip
    with used(database, ledger) as connection:
        (row,) = ask_rows(connection, "FROM marts.usage_tph")
    assert (row["peak"], row["active_hours"], row["tokens"]) == (900, 7, 3500)
    assert (row["p50"], row["p95"]) == (0, 0)  # 161 of 168 hours are empty
    assert (row["active_p50"], row["active_p95"]) == (500, 900)
    assert row["sustained"] == 500

    ledger = [
        request(request_id=f"{n}", started_at=start + timedelta(hours=n), completion_tokens=n)
        for n in range(168)
    ]
    with used(database, ledger) as connection:
        (row,) = ask_rows(connection, "FROM marts.usage_tph")
    assert (row["p50"], row["p95"]) == (row["active_p50"], row["active_p95"]) == (1083, 1159)


@pytest.mark.accept
def test_each_workload_is_repriced_on_its_own_route_and_the_rest_stays_as_billed(
    database: Path,
) -> None:
    flash, *rest = check_week()
    labelled = [{**flash, "workload": "agent"}, *rest]
    labels = judged(
        "usage_workload", {"source": "openrouter", "label": "agent", "workload": "agent_tool_loop"}
    )
    on_table = (
        f"FROM marts.usage_repriced WHERE price_week = '{WEEK}' AND is_billed AND "
        "basis = '{}' ORDER BY workload NULLS FIRST, model"
    )
    with used(database, [labelled[0]], usage_workload=labels) as connection:
        alone = {row["workload"]: row for row in ask_rows(connection, on_table.format("table"))}
        (routed,) = ask_rows(connection, on_table.format("routed"))
    carried = alone["agent_tool_loop"]
    assert {**routed, "basis": "table"} == carried
    assert 41.25 < carried["usd"] < carried["usd_high"]
    with used(database, labelled, usage_workload=labels) as connection:
        found = ask_rows(connection, on_table.format("routed"))
        line = usage.repriced(connection, date(2026, 7, 1), None, WEEK)[0][3]
    assert [(row["workload"], row["model"]) for row in found] == [
        (None, SONNET),
        (None, MINIMAX),
        ("agent_tool_loop", carried["model"]),
    ]
    assert (line["basis"], line["tokens"]) == ("routed", 1264 * MILLION)
    assert line["usd"] == pytest.approx(198.4 + 48.1 + carried["usd"])
    assert line["usd_high"] == pytest.approx(198.4 + 48.1 + carried["usd_high"])
    assert line["unrouted_tokens"] == 334 * MILLION


@pytest.mark.accept
def test_a_workload_takes_its_tokens_from_own_tasks_where_it_says_so(database: Path) -> None:
    calls = [
        request(n, workload="agent", task_id=f"{n // 3}", prompt_tokens=30_000 + n, cost_usd=None)
        for n in range(6)
    ]
    more = [
        request(7, workload="agent", prompt_tokens=10**6),
        request(8, workload="agent", task_id="0", source="litellm", prompt_tokens=10**6),
        request(9, workload="agent", task_id="9", prompt_tokens=0, completion_tokens=0),
        request(10, workload="agent", task_id="9", started_at=datetime(2026, 5, 1, tzinfo=UTC)),
        request(11, workload="chat", task_id="9", prompt_tokens=10**6),
    ]
    labels = [
        {"source": source, "label": label, "workload": workload}
        for source, label, workload in (
            ("openrouter", "agent", "agent_tool_loop"),
            ("litellm", "agent", "agent_tool_loop"),
            ("openrouter", "chat", "inline_completion"),
        )
    ]
    witness = {"source": "litellm", "scope": "default", "role": "witness"}
    own = changed("workloads", agent_tool_loop={"tokens_per_task": "own_usage"})
    workloads: Any = own["reference.workloads"]
    with used(
        database,
        [*calls, *more],
        usage_workload=judged("usage_workload", *labels),
        usage_scope=judged("usage_scope", witness),
        workloads=workloads,
    ) as connection:
        found = {row["workload"]: row for row in ask_rows(connection, "FROM marts.workloads()")}
    shape = found["agent_tool_loop"]
    # Seven requests with and without tokens of three tasks: six of them are two requests a task.
    assert (shape["own_tasks"], shape["round_trips"], shape["trip_output_tokens"]) == (3, 2, 100)
    assert shape["prompt_tokens"] == pytest.approx(sum(30_000 + n for n in range(6)) / 3, abs=1)
    written = {row["workload"]: row for row in load("workloads").to_pylist()}["agent_tool_loop"]
    assert shape["context_end_tokens"] / shape["context_start_tokens"] == pytest.approx(
        written["context_end_tokens"] / written["context_start_tokens"], rel=1e-3
    )
    assert found["inline_completion"]["own_tasks"] is None
    assert found["inline_completion"]["prompt_tokens"] == 4000


def test_a_forecast_is_compared_with_the_bill_of_the_tasks(database: Path, select: Select) -> None:
    ((workload, cost, million, low, high),) = select(
        "SELECT route.workload, route.cost_per_task_usd, route.cost_per_million_usd, cost_p10, "
        "cost_p90 FROM marts.routing_table AS route INNER JOIN marts.routing_option AS option "
        "ON route.week = option.week AND route.workload = option.workload "
        "AND route.model_id = option.model_id AND option.escalation_model_id = '' "
        "WHERE route.week = ? AND position = 0 AND cost_p10 IS NOT NULL "
        "ORDER BY route.workload LIMIT 1",
        WEEK,
    )
    inside = (low + high) / 2
    calls = [
        request(number, workload="agent", task_id=f"t{number // 2}", cost_usd=f"{inside / 2:.12f}",
                cost_kind="billed")
        for number in range(20)
    ]  # fmt: skip
    label = judged(
        "usage_workload", {"source": "openrouter", "label": "agent", "workload": workload}
    )
    with used(database, calls, usage_workload=label) as connection:
        (row,) = ask_rows(connection, "FROM marts.usage_forecast")
    assert (row["tasks"], row["workload"], row["inside"]) == (10, workload, True)
    assert row["billed"] == pytest.approx(10 * inside)
    assert (row["low"], row["high"]) == pytest.approx((10 * low, 10 * high))
    assert row["ratio"] == pytest.approx(inside / cost)
    assert row["tokens_ratio"] == pytest.approx(2200 * million / 1e6 / cost)
    assert row["tokens_ratio"] * row["price_ratio"] == pytest.approx(row["ratio"])

    with used(
        database, [request(1, workload="agent", task_id="t")], usage_workload=label
    ) as connection:
        (row,) = ask_rows(connection, "FROM marts.usage_forecast")
    assert (row["billed"], row["inside"], row["billed_coverage"]) == (None, None, 0)


def test_catalogues_have_no_price_condition_within_a_band_of_lengths(select: Select) -> None:
    bands = {32_000, 128_000, 200_000, 256_000, 272_000}
    found = select("SELECT DISTINCT from_tokens FROM core.price_condition WHERE from_tokens > 0")
    assert {tokens for (tokens,) in found} <= bands


@pytest.mark.accept
def test_an_import_after_a_run_is_unpublished_until_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((delivery, "is_current"), (page_files, "are_current")):
        monkeypatch.setattr(module, name, lambda *_: True)
    models = models_of("FROM marts.weekly_total")
    for ledger in ([], check_week()):
        store(home, ledger)
        assert status.is_unpublished(settings())
        assert status.waiting_usage(settings()) == [WEEK] * bool(ledger)
        publish.publish(build.build(home, models)[0], settings().database)
        assert not status.is_unpublished(settings())
        soon = time.time() + 60 * len(ledger)  # own usage is dated in whole seconds
        os.utime(settings().database, (soon, soon))
        assert status.waiting_usage(settings()) == []
        os.utime(settings().database, (0, 0))


@pytest.mark.accept
def test_a_build_reads_folds_and_its_exports_have_nothing_of_own_usage(home: Path) -> None:
    store(home, check_week())
    models = models_of("FROM marts.weekly_usage, marts.calibration, marts.weekly_total")
    built, results = build.build(home, models)
    assert [f"{one}" for one in results if one.failures] == []
    with closing(duckdb.connect(built, read_only=True)) as connection:
        week = connection.sql("SELECT count(*), sum(billed_usd) FROM marts.weekly_usage").fetchall()
        sources = connection.sql("SELECT DISTINCT source FROM marts.calibration").fetchall()
    assert week == [(4, pytest.approx(287.75))]
    assert sources == [("own_usage",)]
    folds = list(home.joinpath("lake", "usage_fold").rglob("*.parquet"))
    assert {path.stat().st_mode & 0o777 for path in folds} == {0o600}
    before = {path: path.stat().st_mtime_ns for path in folds}
    assert len(before) == 2

    exported = mart_files.render(models, built)
    assert "marts/weekly_total.parquet" in exported
    assert "marts/weekly_usage.parquet" not in exported
    calibration = pq.read_table(pa.BufferReader(exported["marts/calibration.parquet"]))
    assert calibration.num_rows == 0

    later = request(started_at=datetime(2026, 7, 22, tzinfo=UTC))
    store(home, [later])
    build.build(home, models_of("FROM marts.weekly_usage"))
    after = {
        path: path.stat().st_mtime_ns
        for path in home.joinpath("lake", "usage_fold").rglob("*.parquet")
    }
    assert len(after) == 4
    assert {path: after[path] for path in before} == before
