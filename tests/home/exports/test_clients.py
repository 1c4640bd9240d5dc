"""opencode, Codex and Claude Code: what they read, and that the programs themselves accept it."""

import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipelines.exports import opencode, openrouter, preset_clients
from pipelines.exports.routing_document import RoutingDocument, escalation_name
from tests.support.api import Api, serving


def presets(document: RoutingDocument) -> set[str]:
    names = {Path(name).stem for name in openrouter.render(document) if "/presets/" in name}
    return {preset_clients.preset(name) for name in names}


@pytest.mark.accept
def test_each_agent_of_opencode_sends_its_chain_and_has_no_key(signed: RoutingDocument) -> None:
    (content,) = opencode.render(signed).values()
    assert b"apiKey" not in content
    written = json.loads(content)
    assert [*written["agent"]] == [target.name for target in signed.targets]
    for target in signed.targets:
        agent = written["agent"][target.name]
        assert agent["model"] == f"openrouter/{target.chain[0]}"
        assert agent["options"]["models"] == target.server_chain
        assert signed.run_id in agent["description"]
    internal = next(one for one in signed.open_routes if one.data_class == "internal")
    provider = written["agent"][internal.workload]["options"]["provider"]
    assert (provider["data_collection"], provider["zdr"]) == ("deny", True)


@pytest.mark.accept
def test_codex_and_claude_code_name_only_presets_that_are_exported(signed: RoutingDocument) -> None:
    profiles = [tomllib.loads(one.decode()) for one in preset_clients.codex(signed).values()]
    assert {one["model"] for one in profiles} == presets(signed)
    assert {one["model_provider"] for one in profiles} == {"openrouter"}
    assert {one["model_providers"]["openrouter"]["wire_api"] for one in profiles} == {"responses"}
    files = preset_clients.claude_code(signed)
    assert {Path(name).stem for name in files} == {one.workload for one in signed.open_routes}
    for route in signed.open_routes:
        body = json.loads(files[f"claude-code/{route.workload}.json"])["env"]
        named = {value for name, value in body.items() if name.endswith("_MODEL")}
        assert named <= presets(signed)
        assert len(named) == (2 if route.escalation else 1)
        settings = json.loads(files[f"claude-code/{route.workload}.json"])
        size = f"ANTHROPIC_DEFAULT_{settings['model'].upper()}_MODEL"
        assert body[size] == preset_clients.preset(route.workload)
        assert not any(name.endswith(("_TOKEN", "_KEY")) for name in body)


@pytest.mark.accept
@pytest.mark.skipif(not shutil.which("opencode"), reason="opencode is not on PATH")
def test_opencode_itself_reads_the_agents(signed: RoutingDocument, tmp_path: Path) -> None:
    (content,) = opencode.render(signed).values()
    path = tmp_path / "opencode.json"
    path.write_bytes(content)
    folders = {f"XDG_{name}_HOME": f"{tmp_path}" for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    done = subprocess.run(
        ["opencode", "debug", "config"],
        env={**os.environ, **folders, "OPENCODE_CONFIG": f"{path}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    loaded = json.loads(done.stdout)["agent"]
    for target in signed.targets:
        assert loaded[target.name]["model"] == f"openrouter/{target.chain[0]}"
        assert loaded[target.name]["options"]["models"] == target.server_chain


def asked(api: Api, folder: Path, *command: str, **environment: str) -> list[dict[str, Any]]:
    """Run a client without login in an empty home; return what it asked, once it was answered."""
    api.bodies.clear()
    folders = {f"XDG_{name}_HOME": f"{folder}" for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    done = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], "HOME": f"{folder}", **folders, **environment},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "answer of " in done.stdout, done.stdout + done.stderr
    return [*api.bodies]


@pytest.mark.accept
@pytest.mark.skipif(not shutil.which("opencode"), reason="opencode is not on PATH")
def test_opencode_itself_sends_the_chain_of_the_agent(
    signed: RoutingDocument, tmp_path: Path
) -> None:
    (content,) = opencode.render(signed).values()
    target = signed.targets[0]
    with serving() as api:
        options = {"baseURL": f"{api.url}/v1", "apiKey": "none"}
        own = json.loads(content) | {"provider": {"openrouter": {"options": options}}}
        path = tmp_path / "opencode.json"
        path.write_text(json.dumps(own))
        command = ("opencode", "run", "--agent", target.name, "hello")
        bodies = asked(api, tmp_path, *command, OPENCODE_CONFIG=f"{path}")
    (sent,) = (one for one in bodies if "models" in one)
    assert (sent["model"], sent["models"]) == (target.chain[0], target.server_chain)


@pytest.mark.accept
@pytest.mark.skipif(not shutil.which("codex"), reason="codex is not on PATH")
def test_codex_itself_asks_the_preset_of_each_profile(
    signed: RoutingDocument, tmp_path: Path
) -> None:
    for name, content in preset_clients.codex(signed).items():
        (tmp_path / Path(name).name).write_bytes(content)
    own = {"CODEX_HOME": f"{tmp_path}", "OPENROUTER_API_KEY": "none"}
    with serving() as api:
        there = f'model_providers.openrouter.base_url="{api.url}/v1"'
        for target in signed.targets:
            command = ("codex", "exec", "--skip-git-repo-check", "-p", target.name, "-c", there)
            bodies = asked(api, tmp_path, *command, "hello", **own)
            assert {one["model"] for one in bodies} == {preset_clients.preset(target.name)}


@pytest.mark.accept
@pytest.mark.skipif(not shutil.which("claude"), reason="claude is not on PATH")
def test_claude_code_itself_asks_the_escalation_only_where_a_person_chooses_it(
    signed: RoutingDocument, tmp_path: Path
) -> None:
    own = {
        "ANTHROPIC_AUTH_TOKEN": "none",
        "ANTHROPIC_API_KEY": "",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    files = preset_clients.claude_code(signed)
    with serving() as api:
        for route in signed.open_routes:
            settings = json.loads(files[f"claude-code/{route.workload}.json"])
            settings["env"]["ANTHROPIC_BASE_URL"] = api.url
            path = tmp_path / "settings.json"
            path.write_text(json.dumps(settings))
            command = ("claude", "--settings", f"{path}", "-p", "hello")
            named = {one["model"] for one in asked(api, tmp_path, *command, **own)}
            assert named == {preset_clients.preset(route.workload)}
            largest = escalation_name(route) if route.escalation else route.workload
            for size in ("opus", "fable"):
                bodies = asked(api, tmp_path, *command, "--model", size, **own)
                assert preset_clients.preset(largest) in {one["model"] for one in bodies}
