"""The daily fetch: what it requests, and that waiting for the next run is no fault."""

import gzip
import json
import shutil
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
import time_machine

from pipelines.cli.jobs import GRAPH
from pipelines.errors import RefusalError
from pipelines.lake import ingest, log
from pipelines.lake.vintages import Vintage, days_of
from pipelines.models import build
from pipelines.settings import SAMPLE, Settings
from tests.conftest import tokenhouse, use
from tests.support import wire
from tests.support.building import models_of
from tests.support.ingesting import chosen, ingest_tables, publish

MORNING = datetime(2026, 7, 10, 6, tzinfo=UTC)


def fetch(settings: Settings, server: wire.Wire, now: datetime = MORNING) -> list[Vintage]:
    server.as_of = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    with (
        time_machine.travel(now),
        ingest.open_client(settings, live=True) as client,
    ):
        return ingest.ingest_last_days(settings, client)


def noticed(home: Path) -> tuple[int, list[str]]:
    """Return how many responses wait, and for which reasons the database is stale."""
    status = json.loads(tokenhouse(home, "status", "--json").stdout)
    reasons = [one["reason"] for one in status["refusals"] if one["cause"] == "build"]
    return status["waiting_responses"], reasons


@pytest.mark.accept
def test_it_waits_for_the_next_run_and_a_killed_run_is_still_noticed(
    ingested: Path, tmp_path: Path, server: wire.Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(tmp_path, monkeypatch)
    shutil.copytree(ingested, tmp_path, dirs_exist_ok=True)
    settings = chosen(tmp_path, server)
    publish()
    server.asked.clear()
    catalogue, rankings = fetch(settings, server)
    assert (catalogue.table, rankings.table, len(server.asked)) == ("models", "rankings_daily", 2)
    last = MORNING.date() - timedelta(days=1)
    assert days_of(rankings)[1] == {last - timedelta(days=k) for k in range(7)}
    assert noticed(tmp_path) == (2, [])
    assert "2 responses of daily fetches: the next run publishes them" in (
        tokenhouse(tmp_path, "status").stdout
    )
    ingest_tables(settings, "models")  # as a run that is killed before it publishes
    assert noticed(tmp_path) == (2, ["not_published"])
    publish()
    assert noticed(tmp_path) == (0, [])


def test_a_refused_table_does_not_cost_the_other(tmp_path: Path, server: wire.Wire) -> None:
    settings = chosen(tmp_path, server)
    server.replies.append((200, b"{}", {}))
    with pytest.raises(RefusalError):
        fetch(settings, server)
    (name,) = log.read(tmp_path / "lake").waiting
    assert (tmp_path / "lake" / name).parent.parent.name == "rankings_daily"


@pytest.fixture
def live(tmp_path: Path, server: wire.Wire, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose live source is the tests' own server, on the morning of the fetch."""
    monkeypatch.setenv("OPENROUTER_BASE_URL", server.url)
    monkeypatch.setenv("OPENROUTER_API_KEY", wire.KEY)
    use(tmp_path, monkeypatch)
    server.as_of = f"{MORNING:%Y-%m-%dT%H:%M:%SZ}"
    return tmp_path


def run_job() -> dg.ExecuteInProcessResult:
    with time_machine.travel(MORNING):
        return GRAPH.resolve_job_def("daily_fetch").execute_in_process(raise_on_error=False)


def test_the_job_fetches_two_responses(live: Path, server: wire.Wire) -> None:
    assert run_job().success
    assert [path.split("?")[0] for path in server.asked] == [
        "/api/v1/models",
        "/api/v1/datasets/rankings-daily",
    ]
    assert len(log.read(live / "lake").waiting) == 2
    assert len(list(live.glob("lake/models/week=*/*"))) == 1


def test_a_refusal_fails_the_job_in_one_line_and_loses_nothing(
    live: Path, server: wire.Wire
) -> None:
    server.is_gone = lambda path: "rankings" in path
    (event,) = [one for one in run_job().all_events if one.is_step_failure]
    failure = event.step_failure_data.error_display_string
    assert failure.startswith("datasets/rankings-daily?")
    assert failure.count("\n") == 1, "no stack"
    assert len(list(live.glob("lake/models/week=*/*"))) == len(log.read(live / "lake").waiting) == 1
    server.is_gone = lambda _: False
    assert run_job().success
    assert len(log.read(live / "lake").waiting) == 2


MONDAY = datetime(2026, 7, 20, 8, 5, tzinfo=UTC)
OPUS = "anthropic/claude-4.8-opus-20260528"
PUBLISHED = {
    name: f"FROM marts.{name} WHERE week = '2026-07-13'"
    for name in (
        "weekly_model",
        "weekly_revenue",
        "dual_metric",
        "estimate_quality",
        "restatements",
    )
} | {
    "weekly_total": "SELECT total_tokens, wow, days_seen FROM marts.weekly_total",
    "prices": "SELECT model_permaslug, prices FROM core.model_value "
    "WHERE prices > 1 AND week = '2026-07-13'",
    "dates": "SELECT last_seen_before, seen_at, round(change, 6) FROM marts.dated_price_changes",
}


def dearer_opus() -> wire.Reply:
    """Answer with the recorded catalogue in which one model costs twice as much."""
    newest = max((SAMPLE / "models").iterdir())
    body = json.loads(gzip.decompress(newest.read_bytes()))
    for offer in body["data"]:
        if offer["canonical_slug"] == OPUS:
            price = offer["pricing"]
            price["prompt"] = f"{2 * float(price['prompt']):.12f}"
    return wire.as_reply(body)


def closed_week(
    home: Path, server: wire.Wire, days: tuple[int, ...] = (), dear_on: int | None = None
) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the run of a Monday publishes after daily fetches on some days of the week."""
    settings = chosen(home, server)
    for day in days:
        morning = datetime(2026, 7, day, 6, tzinfo=UTC)
        if day == dear_on:
            server.replies.append(dearer_opus())
        fetch(settings, server, morning)
    server.as_of = f"{MONDAY:%Y-%m-%dT%H:%M:%SZ}"
    with time_machine.travel(MONDAY):
        ingest_tables(settings, "rankings_daily", "models", week=date(2026, 7, 13))
    aside, _ = build.build(home, models_of(" ".join(PUBLISHED.values())))
    with closing(duckdb.connect(aside, read_only=True)) as connection:
        return {
            name: connection.sql(sql).order("ALL").fetchall() for name, sql in PUBLISHED.items()
        }


@pytest.mark.accept
def test_daily_fetches_change_nothing_of_a_week_but_dated_prices(
    tmp_path: Path, server: wire.Wire
) -> None:
    alone = closed_week(tmp_path / "alone", server)
    assert closed_week(tmp_path / "days", server, (14, 15, 17)) == alone
    assert alone["prices"] == alone["restatements"] == alone["dates"] == []
    dated = closed_week(tmp_path / "dear", server, (14, 15, 17), dear_on=15)
    assert dated["prices"] == [(OPUS, 3)]
    mornings = [datetime(2026, 7, day, 6, tzinfo=UTC) for day in (14, 15, 17)]
    assert [change for *_, change in dated["dates"]] == [1.0, -0.5]
    for (before, after, _), (from_, to) in zip(dated["dates"], pairwise(mornings), strict=True):
        assert timedelta(0) <= before - from_ < timedelta(minutes=1)
        assert timedelta(0) <= after - to < timedelta(minutes=1)
    changed = [name for name, rows in alone.items() if rows != dated[name]]
    assert changed == ["weekly_revenue", "dual_metric", "estimate_quality", "prices", "dates"]


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-07-14T00:01:00Z", date(2026, 7, 13)),
        ("2026-07-13T06:00:00Z", date(2026, 7, 11)),
        ("2026-07-13T08:00:00Z", date(2026, 7, 12)),
        ("2026-07-12T06:00:00Z", date(2026, 7, 11)),
    ],
)
def test_the_last_day_is_yesterday_unless_it_would_close_a_week_too_early(
    now: str, last: date
) -> None:
    catalogue, rankings = ingest.planned_days(datetime.fromisoformat(now))
    assert catalogue.table == "models"
    assert rankings.parameter("end_date") == f"{last}"
    assert rankings.parameter("start_date") == f"{last - timedelta(days=6)}"


def test_without_a_key_it_says_so_in_one_line(tmp_path: Path) -> None:
    done = tokenhouse(tmp_path, "fetch")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "tokenhouse: OPENROUTER_API_KEY is not set: the recorded sample has no newer days\n"
    )
