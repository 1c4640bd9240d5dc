"""What a gateway has loaded, compared with what was exported: from probes, and by asking it."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.exports import litellm, openclaw
from pipelines.exports.routing_document import RoutingDocument
from pipelines.probes import facts, gate, loaded, log, program
from pipelines.words import probes as words
from pipelines.words.language import english, languages
from tests.conftest import tokenhouse

FIXTURES = Path(__file__).parents[2] / "support" / "probes"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
CANARY = "sk-or-v1-canary"

Status = dict[str, Any]


def recorded() -> Status:
    status: Status = json.loads((FIXTURES / "models_status.json").read_text())
    return status


def agents(document: RoutingDocument) -> dict[str, Status]:
    """Return what OpenClaw reports of each agent once it has loaded the export."""
    return {
        target.name: recorded()
        | {
            "agentId": target.name,
            "resolvedDefault": openclaw.reference(target.chain[0]),
            "fallbacks": [openclaw.reference(one) for one in target.chain[1:]],
            "allowed": [],
        }
        for target in document.targets
    }


def compared(document: RoutingDocument, *statuses: Status, hours: int = 1) -> dict[str, str]:
    probes = facts.read("".join(map(json.dumps, statuses)), "-", NOW + timedelta(hours=hours))
    since = loaded.since(NOW, NOW + timedelta(hours=hours))
    found = loaded.compare(document, log.newest(probes, NOW + timedelta(hours=hours)), since)
    return {one.workload: one.result for one in found}


def test_an_agent_is_compared_by_its_chain_once_it_was_probed_after_the_export(
    signed: RoutingDocument,
) -> None:
    statuses = agents(signed)
    assert set(compared(signed, *statuses.values()).values()) == {"equal"}
    assert set(compared(signed, *statuses.values(), hours=-1).values()) == {"unknown"}
    first, *_ = statuses
    assert compared(signed, statuses[first])[first] == "equal"
    shorter = statuses[first] | {"fallbacks": statuses[first]["fallbacks"][:1]}
    (found,) = (
        one
        for one in loaded.compare(
            signed,
            log.newest(facts.read(json.dumps(shorter), "-", NOW), NOW),
            NOW,
        )
        if one.workload == first
    )
    assert (found.result, found.role, found.loaded) == ("differs", "fallback 2", None)
    for language in languages():
        assert f"{found.exported}" in words.comparison(language, found, {})


def test_litellm_is_compared_by_its_groups(signed: RoutingDocument) -> None:
    rows, settings = litellm_rows(signed), litellm_settings(signed)
    assert set(compared(signed, {"data": rows}, settings).values()) == {"equal"}
    assert set(compared(signed, {"data": rows}).values()) == {"unknown"}
    assert set(compared(signed, settings).values()) == {"unknown"}
    assert set(compared(signed, {"data": []}, settings).values()) == {"unknown"}
    broken: list[Any] = [None, {}, [None], [{"a": "b"}], [{"a": [{"model": "b"}]}]]
    for fallbacks in broken:
        unreadable = {"current_values": {"fallbacks": fallbacks}}
        assert set(compared(signed, {"data": rows}, unreadable).values()) == {"unknown"}
    first = signed.open_routes[0].workload
    rows[0]["litellm_params"] = {"model": "openrouter/made/up"}
    assert compared(signed, {"data": rows}, settings)[first] == "differs"
    assert compared(signed, {"data": rows[1:]}, settings)[first] == "differs"


def litellm_rows(document: RoutingDocument) -> list[Status]:
    """Return what LiteLLM reports of its groups once it has loaded the export."""
    return [
        {"model_name": name, "litellm_params": {"model": openclaw.reference(hop.model_id)}}
        for route in document.open_routes
        for name, hop in litellm.groups_of(route)
    ]


def litellm_settings(document: RoutingDocument) -> Status:
    """Return what LiteLLM reports of its fallbacks once it has loaded the export."""
    config = yaml.safe_load(litellm.render(document)["litellm/config.yaml"])
    return {"current_values": config["router_settings"], "fields": []}


def test_the_role_that_differs_is_the_one_that_was_loaded_otherwise(
    signed: RoutingDocument,
) -> None:
    def differing(rows: list[Status], *chain: str) -> tuple[str | None, str | None]:
        settings = litellm_settings(signed)
        if chain:
            settings["current_values"]["fallbacks"] = [{first: [*chain]}]
        documents = json.dumps({"data": rows}) + json.dumps(settings)
        newest = log.newest(facts.read(documents, "-", NOW), NOW)
        found = next(one for one in loaded.compare(signed, newest, NOW) if one.workload == first)
        return found.role, found.loaded

    route = next(one for one in signed.open_routes if one.escalation)
    first, rows = route.workload, litellm_rows(signed)
    other = {"model_name": first, "litellm_params": {"model": "openrouter/made/up"}}
    assert differing(rows) == (None, None)
    assert differing([*rows, other]) == ("primary", facts.hashed("openrouter/made/up"))
    assert differing([other, *rows]) == ("primary", facts.hashed("openrouter/made/up"))
    for name, role in (
        (first, "primary"),
        (f"{first}-fallback-1", "fallback 1"),
        (f"{first}-escalation", "escalation"),
    ):
        assert differing([row for row in rows if row["model_name"] != name]) == (role, None)
    second, third = (f"{first}-fallback-{place}" for place in (1, 2))
    assert differing(rows, second, third) == (None, None)
    assert differing(rows, second) == ("fallback 2", None)
    assert differing(rows, third, second)[0] == "fallback 1"
    assert differing(rows, second, third, first)[0] == "fallback 3"


@pytest.mark.parametrize(
    "status",
    [
        {"status": "healthy", "db": "Not connected"},
        {"ready": True},
        {"rpc": {"ok": True}, "service": {}},
        {"resolvedDefault": None, "agentId": "main"},
    ],
)
def test_what_is_loaded_is_unknown_where_only_something_else_was_probed(
    signed: RoutingDocument, status: Status
) -> None:
    assert set(compared(signed, status).values()) == {"unknown"}
    assert compared(signed, {"deploy": {"supervised": True}}) == {}


def test_what_was_loaded_a_day_ago_is_not_known_to_be_loaded(signed: RoutingDocument) -> None:
    documents = json.dumps({"data": litellm_rows(signed)}) + json.dumps(litellm_settings(signed))
    newest = log.newest(facts.read(documents, "-", NOW), NOW)
    for hours, result in ((23, "equal"), (25, "unknown")):
        since = loaded.since(NOW - timedelta(days=3), NOW + timedelta(hours=hours))
        assert {one.result for one in loaded.compare(signed, newest, since)} == {result}


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Status]], None]:
    """An `openclaw` on PATH that prints recorded statuses, and knows no other agent."""

    def install(statuses: dict[str, Status]) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name, status in statuses.items():
            (folder / f"{name}.json").write_text(json.dumps(status))
        script = folder / "openclaw"
        script.write_text(
            '#!/bin/sh\n[ "$1 $2 $3 $4" = "models status --json --agent" ] || exit 2\n'
            f'cat "{folder}/$5.json" || exit 1\n'
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return install


def test_the_users_own_openclaw_is_asked_about_every_agent(
    signed: RoutingDocument, fake: Callable[[dict[str, Status]], None]
) -> None:
    statuses = agents(signed)
    fake(statuses)
    assert all(one.is_passed for one in program.verify(signed))
    first, second, third, *_ = statuses
    chain = next(one.chain for one in signed.targets if one.name == first)
    patterns = {f"{openclaw.reference(one).rpartition('/')[0]}/*" for one in chain}
    fake({first: statuses[first] | {"allowed": sorted(patterns)}})
    assert all(one.is_passed for one in program.verify(signed))
    fake(
        {
            first: statuses[first] | {"allowed": [openclaw.reference(chain[0])]},
            second: statuses[second]
            | {"auth": {"missingProvidersInUse": [CANARY], "unusableProfiles": []}},
            third: {"ok": False, "error": {"message": CANARY}},
        }
    )
    found = {one.comparison.workload: one for one in program.verify(signed)}
    assert (found[first].comparison.result, found[first].allowed) == ("equal", "failed")
    assert found[second].secrets == "failed"
    assert found[third].unasked == "unreadable"
    assert not any(found[name].is_passed for name in (first, second, third))
    fake({first: statuses[second]})
    assert next(program.verify(signed)).unasked == "unreadable", "it is of another agent"


def test_the_command_says_what_it_could_not_ask(
    published: Path,
    tmp_path: Path,
    fake: Callable[[dict[str, Status]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    routes = RoutingDocument.model_validate_json((published / "exports/routing.json").read_bytes())
    statuses = agents(routes)
    fake(statuses)
    done = tokenhouse(published, "verify", "openclaw")
    assert done.returncode == 0, done.stderr
    changed = statuses["batch_refactor"] | {"resolvedDefault": f"openrouter/{CANARY}"}
    fake({"batch_refactor": changed})
    (tmp_path / "bin" / "inline_completion.json").unlink()
    done = tokenhouse(published, "verify", "openclaw")
    assert done.returncode == 1
    assert CANARY not in done.stdout + done.stderr
    answer = json.loads(tokenhouse(published, "verify", "openclaw", "--json").stdout)
    assert {one["is_passed"] for one in answer["agents"]} == {True, False}
    found = {one["comparison"]["workload"]: one for one in answer["agents"]}
    assert found["batch_refactor"]["comparison"]["role"] == "primary"
    assert found["inline_completion"]["unasked"] == "refused"
    empty = tokenhouse(published, "verify", "openclaw", "--to", f"{tmp_path}")
    assert "contains no export" in empty.stderr
    monkeypatch.setenv("PATH", "")
    (line,) = tokenhouse(published, "verify", "openclaw").stderr.splitlines()[-1:]
    assert "openclaw is not on PATH" in line
    assert tokenhouse(published, "verify", "codex").returncode == 2


def test_what_is_not_known_of_a_gateway_is_not_passed(published: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(published / "exports", home / "exports")
    (home / "warehouse.duckdb").symlink_to(published / "warehouse.duckdb")
    written = tmp_path / "status.json"

    def probed(*statuses: Status) -> tuple[int, Any]:
        written.write_text("".join(map(json.dumps, statuses)))
        done = tokenhouse(home, "probe", f"{written}", "--json")
        return done.returncode, json.loads(done.stdout)

    assert tokenhouse(home, "probe").returncode == 1, "no gateway is known to be well"
    code, answer = probed({"deploy": {"supervised": True, "workspace_local": False}})
    assert (code, answer["stored"], answer["checks"], answer["loaded"]) == (0, 1, [], [])
    assert answer["place"] == {"supervised": True, "workspace_local": False}
    shown = tokenhouse(home, "probe", f"{written}")
    assert shown.returncode == 0
    for name in answer["place"]:
        assert english().say(f"runbook.check.{name}") in shown.stdout
    code, answer = probed({"status": "healthy", "db": "Not connected"})
    assert {one["result"] for one in answer["checks"]} == {"passed"}
    assert {one["result"] for one in answer["loaded"]} == {"unknown"}
    assert code == 1, "it is ready, and what it has loaded is not known"
    legend = english().say("probe.loaded_unknown")
    assert legend in tokenhouse(home, "probe").stdout
    document = RoutingDocument.model_validate_json((home / "exports/routing.json").read_bytes())
    code, answer = probed({"data": litellm_rows(document)}, litellm_settings(document))
    assert (code, {one["result"] for one in answer["loaded"]}) == (0, {"equal"})
    done = tokenhouse(home, "probe")
    assert (done.returncode, legend in done.stdout) == (0, False)
    assert "litellm" in tokenhouse(home, "probe", "--forget", "codex").stderr
    forgotten = json.loads(tokenhouse(home, "probe", "--forget", "litellm", "--json").stdout)
    assert (forgotten["checks"], forgotten["place"]) == ([], answer["place"])
    assert gate.objections(home) == ["no gateway has been probed: run `tokenhouse probe`"]
    code, answer = probed({"data": litellm_rows(document)}, litellm_settings(document))
    assert answer["checks"] != [], "it is used again"
    (home / "exports/routing.json").unlink()
    before = (home / "probes.jsonl").read_bytes()
    written.write_text(json.dumps({"deploy": {"supervised": False}}))
    assert tokenhouse(home, "probe", f"{written}").returncode == 1
    assert (home / "probes.jsonl").read_bytes() == before, "nothing is exported, nothing is stored"


@pytest.mark.accept
def test_an_export_that_requires_a_probe_needs_gateways_that_are_well(
    published: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(published, tmp_path / "home"))
    required = {"TOKENHOUSE_EXPORT_REQUIRES": "probe"}
    refused = tokenhouse(home, "export", **required)
    assert refused.returncode == 1
    assert "no gateway has been probed: run `tokenhouse probe`" in refused.stderr
    routes = RoutingDocument.model_validate_json((home / "exports/routing.json").read_bytes())
    written = tmp_path / "cron.json"
    written.write_text((FIXTURES / "gateway_status.json").read_text())
    assert tokenhouse(home, "probe", f"{written}").returncode == 1
    refused = tokenhouse(home, "export", **required)
    assert "models_status.secrets_resolved is unknown" in refused.stderr
    written.write_text("".join(map(json.dumps, agents(routes).values())))
    done = tokenhouse(home, "probe", f"{written}", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {one["result"] for one in json.loads(done.stdout)["loaded"]} == {"equal"}
    assert tokenhouse(home, "export", **required).returncode == 0
    os.utime(written, (2e9, 2e9))  # of a machine whose clock is wrong
    done = tokenhouse(home, "probe", f"{written}", "--json")
    checked = json.loads(done.stdout)["checks"]
    assert max(datetime.fromisoformat(one["at"]) for one in checked) <= datetime.now(UTC)
    written.write_text("{")
    before = (home / "probes.jsonl").read_bytes()
    assert "is not JSON, or cut off" in tokenhouse(home, "probe", f"{written}").stderr
    assert (home / "probes.jsonl").read_bytes() == before
    assert "cannot be read" in tokenhouse(home, "probe", f"{tmp_path / 'none'}").stderr
