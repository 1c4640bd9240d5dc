"""opencode, Codex and Claude Code: what they read, and that the programs themselves accept it."""

import json
import os
import shutil
import subprocess
import tomllib
from itertools import takewhile
from pathlib import Path

import pytest

from pipelines.exports import opencode, openrouter, preset_clients
from pipelines.exports.routing_document import RoutingDocument


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


@pytest.mark.accept
@pytest.mark.skipif(not shutil.which("codex"), reason="codex is not on PATH")
def test_codex_itself_starts_with_the_preset_of_each_profile(
    signed: RoutingDocument, tmp_path: Path
) -> None:
    for name, content in preset_clients.codex(signed).items():
        (tmp_path / Path(name).name).write_bytes(content)
    nowhere = 'model_providers.openrouter.base_url="http://127.0.0.1:9"'
    for target in signed.targets:
        with subprocess.Popen(
            ["codex", "exec", "--skip-git-repo-check", "-p", target.name, "-c", nowhere, "hello"],
            env={**os.environ, "CODEX_HOME": f"{tmp_path}", "OPENROUTER_API_KEY": "none"},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as program:
            header = list(takewhile(lambda line: "provider:" not in line, program.stdout or ()))
            program.kill()
        assert f"model: {preset_clients.preset(target.name)}\n" in header, header
