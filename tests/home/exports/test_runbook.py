"""The runbook of a published week: ticked where a program has seen it, in every language."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.drill import card, losses
from pipelines.drill.card import Card
from pipelines.drill.router import Outcome
from pipelines.exports.routing_document import RoutingDocument
from pipelines.probes import facts, log
from pipelines.probes.facts import hashed
from pipelines.runbook import checklist
from pipelines.words.language import english, languages
from tests.conftest import tokenhouse
from tests.home.exports.test_probes import agents, recorded


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "home"))


def items(home: Path, **environment: str) -> dict[str, bool | None]:
    done = tokenhouse(home, "runbook", "--json", **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, bool | None] = json.loads(done.stdout)["items"]
    return found


def test_only_what_a_program_has_seen_is_ticked(home: Path) -> None:
    assert items(home) == dict.fromkeys(checklist.ITEMS) | {"exported": True}
    document = RoutingDocument.model_validate_json((home / "exports/routing.json").read_bytes())
    statuses = agents(document)
    fallbacks = [f"openrouter/{route.chain[1]}" for route in document.open_routes]
    tried = recorded()["auth"] | {
        "probes": {"results": [{"model": one, "status": "ok"} for one in fallbacks]}
    }
    statuses["batch_refactor"]["auth"] = tried
    now = datetime.now(UTC)
    log.add(home, facts.read("".join(map(json.dumps, statuses.values())), "-", now))
    synced_at = f"{now - timedelta(hours=3):%Y-%m-%dT%H:%M:%S}+00:00"
    written = {"deploy": {"workspace_local": True, "workspace_synced_at": synced_at}}
    log.add(home, facts.read(json.dumps(written), "-", now))
    status = facts.Probe(now, "gateway_status", None, {"reachable": True})
    log.add(home, [status._replace(at=now - timedelta(days=day, hours=1)) for day in range(7)])
    seen = items(home)
    assert {name for name, is_seen in seen.items() if is_seen} == {
        "exported",
        "loaded",
        "green_all_week",
        "fallback_warm",
        "workspace_synced",
    }
    log.add(home, [status._replace(facts={"reachable": False})])
    other = facts.Probe(
        datetime.now(UTC) + timedelta(seconds=1),
        "models_status",
        hashed("batch_refactor"),
        {"primary": hashed("other"), "fallbacks": []},
    )
    log.add(home, [other])
    seen = items(home)
    assert (seen["green_all_week"], seen["loaded"]) == (False, False)


def test_the_page_says_what_moved_and_what_runs_unattended_in_every_language(home: Path) -> None:
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("UPDATE marts.routing_candidate SET throughput_p50 = 60")
        connection.execute(
            "INSERT INTO marts.usage_tph BY NAME SELECT DATE '2026-07-13' AS week, "
            "'lab' AS scope, 5 AS active_hours, 9000000 AS tokens, 3000000 AS peak, 0 AS p50, "
            "0 AS p95, 1500000 AS active_p50, 3000000 AS active_p95, 0 AS sustained"
        )
        connection.execute(
            "INSERT INTO marts.usage_forecast BY NAME SELECT DATE '2026-07-13' AS week, "
            "'inline_completion' AS workload, 50000 AS tasks, 1.5 AS tokens_ratio"
        )
        connection.execute(
            "INSERT INTO marts.weekly_usage BY NAME "
            "SELECT week, 'lab' AS scope, model_permaslug AS model, model_permaslug, "
            "10 AS requests, 400 AS completion_tokens, 2000 AS p50_ms FROM marts.routing_table "
            "WHERE week = DATE '2026-07-13' AND workload = 'inline_completion' AND role = 'primary'"
        )
        connection.execute(
            "UPDATE marts.routing_table SET model_id = 'made/up' "
            "WHERE workload = 'batch_refactor' AND role = 'primary'"
        )
    now = datetime.now(UTC)
    for hours, is_up in ((30, True), (20, False), (18, False), (16, True)):
        at = now - timedelta(hours=hours)
        log.add(home, [facts.Probe(at, "gateway_status", None, {"reachable": is_up})])
    trips = {"round_trips": 4, "p50_ms": 5, "p99_ms": 50}
    log.add(home, [facts.Probe(now, "model_fetch", None, trips)])
    document = RoutingDocument.model_validate_json((home / "exports/routing.json").read_bytes())
    route = next(one for one in document.open_routes if one.workload == "batch_refactor")
    answered = Outcome(
        workload=route.workload, fault="429", verdict="pass", seconds=0.1, answered_by="made/up"
    )
    card.store(
        home,
        Card(
            run_id=document.run_id,
            drilled_at="2026-07-20T12:00:00Z",
            outcomes=[answered],
            losses=[losses.of(route)],
            openclaw=[],
        ),
    )
    done = tokenhouse(home, "runbook", TOKENHOUSE_GATEWAY_TARGET="laptop")
    assert done.returncode == 0, done.stderr
    assert "→ made/up" in done.stdout
    assert "batch_refactor: runs while nobody watches" in done.stdout
    assert (
        "inline_completion: the completions of a task take 6 s on the primary and 2 s"
        in done.stdout
    )
    assert "own tasks have 1.5 times the tokens of the forecast, so 9 s" in done.stdout
    assert "batch_refactor: answered within 1 s 1; without one vendor: survives" in done.stdout
    assert "10,000 begin in an active hour, so 25 run at a time" in done.stdout
    assert "lab, week 2026-07-13: an hour without the gateway holds up 1.5M tokens" in done.stdout
    assert "1 h pass until the tokens of a usual hour are worked off" in done.stdout
    assert "did not answer for 4 h of the last seven days, which is 6M tokens" in done.stdout
    assert "50 ms (p99) in 4 requests" in done.stdout
    assert english().say("probe.no_latencies") in done.stdout
    assert "laptop: 14.3% of the checks" in done.stdout
    assert "tokenhouse export --rollback" in done.stdout
    unsuited = "batch_refactor: runs while nobody watches"
    assert unsuited in tokenhouse(home, "explain", "batch_refactor").stdout
    assert "nobody watches" not in tokenhouse(home, "explain", "inline_completion").stdout
    pages = sorted(path.name for path in (home / "report").glob("runbook*"))
    assert pages == ["runbook.md", "runbook.ru.md"]
    for language in languages():
        assert set(language.words["runbook"]["item"]) == set(checklist.ITEMS)
    refused = tokenhouse(home, "runbook", TOKENHOUSE_GATEWAY_TARGET="moon")
    assert "setting TOKENHOUSE_GATEWAY_TARGET: 'moon' is none of laptop" in refused.stderr
