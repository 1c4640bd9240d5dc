"""Statuses of real gateways become a few facts, and nothing else of them is kept."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import RefusalError
from pipelines.probes import facts, gate, log
from pipelines.probes.facts import Probe, hashed
from pipelines.words import probes as words
from pipelines.words.language import languages

FIXTURES = Path(__file__).parents[2] / "support" / "probes"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
CANARY = "sk-or-v1-canary"


def text(name: str) -> str:
    return (FIXTURES / name).read_text()


def probe(name: str, at: datetime = NOW) -> Probe:
    (one,) = facts.read(text(name), name, at)
    return one


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        (
            "gateway_status.json",
            "gateway_status",
            {
                "reachable": True,
                "config_valid": True,
                "supervised": False,
                "version": "2026.9.6",
            },
        ),
        (
            "down_gateway_status.json",
            "gateway_status",
            {"reachable": False, "config_valid": True, "supervised": False},
        ),
        ("health.json", "health", {"reachable": True, "models_ready": True}),
        ("down_health.json", "health", {"reachable": False}),
        ("channels_status_probe.json", "channels", {"reachable": True, "channels_ready": True}),
        ("down_channels.json", "channels", {"reachable": False}),
        ("litellm_readiness.json", "litellm_readiness", {"ready": True}),
        (
            "gateway_log_model_fetch.jsonl",
            "model_fetch",
            {"round_trips": 4, "p50_ms": 5, "p99_ms": 50},
        ),
    ],
)
def test_each_status_becomes_its_facts(name: str, kind: str, expected: dict[str, Any]) -> None:
    assert probe(name)[1:] == (kind, None, expected)


def test_the_models_of_an_agent_are_hashes_that_can_be_compared() -> None:
    found = probe("models_status_probe.json")
    assert found.subject == hashed("volume")
    assert found.facts["primary"] == hashed("openrouter/deepseek/deepseek-v4-flash")
    assert found.facts["fallbacks"][0] == hashed("openrouter/minimax/minimax-m2.7")
    assert found.facts["secrets_resolved"] is True
    assert found.facts["p50_ms"] == 6101
    assert found.facts["answered"] == [hashed("openrouter/deepseek/deepseek-v4-flash")]
    groups = dict(probe("litellm_model_info.json").facts["groups"])
    chains = dict(probe("litellm_router_settings.json").facts["chains"])
    assert chains[hashed("agent-tool-loop")] == [
        hashed("agent_tool_loop-fallback-1"),
        hashed("agent_tool_loop-fallback-2"),
    ]
    assert groups[hashed("agent_tool_loop")] == hashed("openrouter/google/gemini-3.5-flash")


def test_a_key_that_is_missing_or_unusable_is_no_resolved_secret() -> None:
    document = json.loads(text("models_status.json"))
    for field, found in (("missingProvidersInUse", ["openrouter"]), ("unusableProfiles", [{}])):
        changed = {**document, "auth": {**document["auth"], field: found}}
        (one,) = facts.read(json.dumps(changed), "test", NOW)
        assert one.facts["secrets_resolved"] is False
    (older,) = facts.read(json.dumps({**document, "auth": {}}), "test", NOW)
    assert "secrets_resolved" not in older.facts


def test_a_status_is_as_old_as_it_says_and_never_younger_than_its_file() -> None:
    assert probe("health.json").at < datetime(2026, 11, 24, tzinfo=UTC)
    assert probe("gateway_status.json").at == NOW
    ahead = json.dumps({**json.loads(text("health.json")), "ts": 4102444800000})
    assert facts.read(ahead, "test", NOW)[0].at == NOW


def test_documents_follow_one_another() -> None:
    both = text("gateway_status.json") + text("models_status.json")
    assert [one.kind for one in facts.read(both, "-", NOW)] == ["gateway_status", "models_status"]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        (f'{{"1": "[model-fallback] {CANARY}", "_meta": {{}}}}', "is a log without any"),
        (f'{{"apiKey": "{CANARY}"}}', "document 1: is no status"),
        (f'["{CANARY}"]', "document 1: is no status"),
        ("[" * 100_000, "document 1: is not JSON, or cut off"),
        (f'{{"rpc": "{CANARY}', "document 1: is not JSON, or cut off"),
        (text("health.json") + text("gateway_status.json")[:700], "document 2: is not JSON"),
    ],
)
def test_what_is_no_status_is_one_line_that_repeats_nothing(written: str, why: str) -> None:
    with pytest.raises(RefusalError, match=why) as error:
        facts.read(written, "cron.json", NOW)
    assert CANARY not in f"{error.value}"
    assert "\n" not in f"{error.value}"


def leaves(value: Any, replaced: Any) -> Iterator[Any]:
    """Yield a document for each of its values, with that value replaced."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from ({**value, key: changed} for changed in leaves(one, replaced))
    elif isinstance(value, list) and value:
        for place, one in enumerate(value):
            yield from (
                [*value[:place], changed, *value[place + 1 :]] for changed in leaves(one, replaced)
            )
    else:
        yield replaced


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json*")), ids=lambda path: path.name)
def test_a_secret_in_any_field_is_kept_nowhere(path: Path, tmp_path: Path) -> None:
    for line in path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]:
        for document in leaves(json.loads(line), CANARY):
            try:
                found = facts.read(json.dumps(document), path.name, NOW)
            except RefusalError as error:
                assert CANARY not in f"{error}"
            else:
                assert CANARY not in f"{found}"
    log.add(tmp_path, facts.read(path.read_text().replace("openrouter", CANARY), "-", NOW))
    assert CANARY not in (tmp_path / "probes.jsonl").read_text()


def results(home: Path, now: datetime = NOW) -> dict[tuple[str, str], str]:
    return {(one.kind, one.fact): one.result for one in gate.checks(log.read(home), now)}


def test_the_gate_wants_every_check_true_and_young(tmp_path: Path) -> None:
    assert results(tmp_path) == {}
    log.add(tmp_path, [probe("gateway_status.json")])
    assert results(tmp_path) == {
        ("gateway_status", "reachable"): "passed",
        ("gateway_status", "config_valid"): "passed",
        ("models_status", "secrets_resolved"): "unknown",
    }
    log.add(tmp_path, [probe("models_status.json")])
    assert set(results(tmp_path).values()) == {"passed"}
    later = NOW + timedelta(hours=25)
    assert set(results(tmp_path, later).values()) == {"old"}
    log.add(tmp_path, [probe("down_gateway_status.json", later)])
    assert results(tmp_path, later)["gateway_status", "reachable"] == "failed"


def test_a_clock_that_is_ahead_passes_nothing(tmp_path: Path) -> None:
    ahead = NOW + timedelta(days=1000)
    log.add(tmp_path, [probe("litellm_readiness.json", ahead)])
    assert results(tmp_path) == {("litellm_readiness", "ready"): "unknown"}
    document = {"status": "unhealthy", "db": "Not connected"}
    log.add(tmp_path, facts.read(json.dumps(document), "-", NOW))
    assert results(tmp_path) == {("litellm_readiness", "ready"): "failed"}
    assert results(tmp_path, ahead) == {("litellm_readiness", "ready"): "passed"}


def test_of_several_agents_the_worst_counts(tmp_path: Path) -> None:
    document = json.loads(text("models_status.json"))
    other = {**document, "agentId": "other"}
    other["auth"] = {**document["auth"], "missingProvidersInUse": ["openrouter"]}
    both = json.dumps(document) + json.dumps(other)
    log.add(tmp_path, facts.read(both, "-", NOW))
    assert results(tmp_path)["models_status", "secrets_resolved"] == "failed"


def test_litellm_must_be_ready_and_channels_only_where_they_were_probed(tmp_path: Path) -> None:
    log.add(tmp_path, [probe("litellm_model_info.json")])
    assert results(tmp_path) == {("litellm_readiness", "ready"): "unknown"}
    log.add(tmp_path, [probe("litellm_readiness.json")])
    assert results(tmp_path) == {("litellm_readiness", "ready"): "passed"}
    log.add(tmp_path, [probe("down_channels.json")])
    assert results(tmp_path)["channels", "channels_ready"] == "unknown"


def test_probes_are_only_added_and_a_torn_line_is_none(tmp_path: Path) -> None:
    first = probe("gateway_status.json")
    assert log.add(tmp_path, [first]) == 1
    before = (tmp_path / "probes.jsonl").read_bytes()
    assert log.add(tmp_path, [first, probe("models_status.json")]) == 1
    assert (tmp_path / "probes.jsonl").read_bytes().startswith(before)
    with (tmp_path / "probes.jsonl").open("ab") as file:
        file.write(b'{"at": "2026')
    assert len(log.read(tmp_path)) == 2
    (tmp_path / "probes.jsonl").write_text('{"at": 1}\n')
    with pytest.raises(RefusalError, match="is damaged"):
        log.read(tmp_path)


def test_a_round_trip_stands_next_to_the_latency_of_the_models() -> None:
    measured = [probe("gateway_log_model_fetch.jsonl")]
    for language in languages():
        first, models = words.round_trips(language, measured, {"a/b": 1.5, "c/d": None})
        assert "50" in first
        assert "a/b" in models
        assert "c/d" not in models
        assert words.round_trips(language, measured, {"c/d": None})[1] != models
        assert words.round_trips(language, [probe("health.json")], {"a/b": 1.5}) == []
