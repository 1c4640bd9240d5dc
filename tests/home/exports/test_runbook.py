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
    ready = facts.Probe(now, "litellm_readiness", None, {"ready": True})
    log.add(home, [ready])
    assert items(home)["green_all_week"] is None, "LiteLLM was probed today alone"
    log.add(home, [status._replace(facts={"reachable": False})])
    other = facts.Probe(
        datetime.now(UTC),
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
    found = json.loads(
        tokenhouse(home, "runbook", "--json", TOKENHOUSE_GATEWAY_TARGET="laptop").stdout
    )
    assert [one["after"] for one in found["changes"]] == ["made/up"]
    assert found["unattended"] == ["batch_refactor"]
    (pace,) = (one for one in found["paces"] if one["workload"] == "inline_completion")
    assert (pace["task_seconds"], pace["slowest_seconds"]) == (6, 2)
    assert (pace["tokens_ratio"], pace["tasks_per_hour"]) == (1.5, 10_000)
    (own,) = found["own_paces"]
    assert (own["scope"], own["active_p50"], own["hours_behind"]) == ("lab", 1_500_000, 1)
    assert found["hours_down"] == pytest.approx(4)
    assert found["deployment"]["checks"]["never_sleeps"] is False

    done = tokenhouse(home, "runbook", TOKENHOUSE_GATEWAY_TARGET="laptop")
    assert done.returncode == 0, done.stderr
    page = done.stdout
    for figure in ("→ made/up", "1.5M", "3M", "10,000", "25 run", "6M", "50 ms (p99)", "14.3%"):
        assert figure in page
    assert english().say("probe.no_latencies") in page
    unsuited = english().say("runbook.unsuited", workloads="batch_refactor")
    assert unsuited in page
    assert unsuited in tokenhouse(home, "explain", "batch_refactor").stdout
    other = english().say("runbook.unsuited", workloads="inline_completion")
    assert other not in tokenhouse(home, "explain", "inline_completion").stdout
    pages = sorted(path.name for path in (home / "report").glob("runbook*"))
    assert pages == ["runbook.md", "runbook.ru.md"]
    for language in languages():
        assert set(language.words["runbook"]["item"]) == set(checklist.ITEMS)
    refused = tokenhouse(home, "runbook", TOKENHOUSE_GATEWAY_TARGET="moon")
    assert "setting TOKENHOUSE_GATEWAY_TARGET: 'moon' is none of laptop" in refused.stderr


def said(home: Path, **environment: str) -> str:
    done = tokenhouse(home, "runbook", **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_the_page_does_not_know_is_not_said_to_be_none(home: Path, tmp_path: Path) -> None:
    """Each sentence of an empty section, on the cases in which it would be false."""

    def none(name: str) -> str:
        return english().say(f"runbook.none.{name}")

    page = said(home)
    assert none("unwatched") in page
    assert none("findings") not in page
    clean = tmp_path / "clean.yaml"
    clean.write_text(
        "model_list: [{model_name: a, litellm_params: "
        "{model: openrouter/z-ai/glm-5.2, timeout: 9}}]"
    )
    watched = said(home, TOKENHOUSE_LINT_FILES=f"{clean}")
    assert none("findings") in watched
    assert none("unwatched") not in watched
    internal = said(home, TOKENHOUSE_LINT_FILES=f"internal={clean}")
    assert none("findings") not in internal
    assert english().say("runbook.no_way_back") in page

    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("DELETE FROM marts.rank_moves WHERE week = DATE '2026-07-13'")
    page = said(home)
    assert none("moves") in page
    assert none("entrants") in page
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute(
            "UPDATE marts.weekly_total SET is_complete = FALSE WHERE week = DATE '2026-07-06'"
        )
    page = said(home)
    assert none("moves") not in page
    assert page.count(none("uncompared")) == 2, "neither moves nor entrants are known"


def test_a_held_folder_is_said_to_be_held_and_a_previous_export_to_be_there(home: Path) -> None:
    assert tokenhouse(home, "export", "--hold").returncode == 0
    run_id = json.loads((home / "exports/manifest.json").read_bytes())["run_id"]
    held = json.loads(tokenhouse(home, "runbook", "--json").stdout)["held"]
    assert run_id in held
    assert f"{run_id} since " in said(home)
    shutil.copytree(home / "exports", home / "previous")
    (home / "previous").rename(home / "exports/.previous")
    assert english().say("runbook.back") in said(home)


def test_an_entrant_is_worth_an_evaluation_only_where_its_author_may_see_the_data(
    home: Path,
) -> None:
    def worth() -> dict[str, str | None]:
        found = json.loads(tokenhouse(home, "runbook", "--json").stdout)["entrants"]
        return {one["model_permaslug"]: one["worth_for"] for one in found}

    internal = {"pr_review", "complex_enterprise"}
    before = worth()
    assert before
    assert not internal & {name for one in before.values() for name in f"{one}".split(", ")}
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("UPDATE marts.routing_candidate SET permission = 'allowed'")
    assert worth() == before, "no provider may serve it"
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("UPDATE marts.routing_provider SET is_allowed = TRUE")
    assert internal <= {name for one in worth().values() for name in f"{one}".split(", ")}
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("UPDATE marts.routing_candidate SET rejected_because = 'calls_no_tools'")
    assert {*worth().values()} == {None}


def test_the_slowest_fallback_is_known_only_if_every_fallback_is(home: Path) -> None:
    def slowest() -> dict[str, float | None]:
        found = json.loads(tokenhouse(home, "runbook", "--json").stdout)["paces"]
        return {one["workload"]: one["slowest_seconds"] for one in found}

    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("UPDATE marts.routing_candidate SET throughput_p50 = 60")
    assert None not in slowest().values()
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute(
            "UPDATE marts.routing_candidate SET throughput_p50 = NULL WHERE model_id = ("
            "SELECT model_id FROM marts.routing_table WHERE week = DATE '2026-07-13' "
            "AND workload = 'batch_refactor' AND role = 'fallback' ORDER BY position LIMIT 1)"
        )
    assert slowest()["batch_refactor"] is None
    for language in languages():
        assert language.say("runbook.task_seconds_of_primary", workload="a", seconds=1)
