"""A wheel, installed where there is no checkout, publishes the sample in the user's own folder."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from mcp import Client, StdioServerParameters

from pipelines.settings import ROOT
from tests.conftest import tokenhouse

pytestmark = pytest.mark.accept

UV = ROOT / ".tools" / "bin" / "uv"

NOT_FOR_READING = ("dagster", "numpy", "polars", "pyarrow")


def uv(*arguments: object, **environment: str) -> str:
    done = subprocess.run(
        [UV, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist, and the wheel that is built from it."""
    if not UV.exists():
        pytest.skip("`make .venv/development` installs uv")
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--out-dir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (built,) = dist.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The command in an environment that holds the locked packages, the wheel, and nothing else."""
    environment = wheel.parent / "environment"
    uv("venv", "--python", sys.executable, environment)
    install = ("pip", "install", "--python", environment / "bin" / "python")
    uv(*install, "--require-hashes", "-r", ROOT / "requirements.lock")
    uv(*install, "--no-deps", wheel)
    for path in environment.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    return environment / "bin" / "tokenhouse"


def run_id(home: Path) -> str:
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        ((found,),) = connection.sql("SELECT run_id FROM meta.build").fetchall()
    return f"{found}"


def test_it_publishes_what_a_checkout_publishes(
    installed: Path, published: Path, tmp_path: Path
) -> None:
    elsewhere = {"HOME": f"{tmp_path}", "PATH": os.defpath}

    def tokenhouse(*arguments: str) -> str:
        done = subprocess.run(
            [installed, *arguments], env=elsewhere, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    home = tmp_path / ".local" / "share" / "tokenhouse"
    assert f"written: {home / 'warehouse.duckdb'}" in tokenhouse("run")
    assert run_id(home) == run_id(published)
    for command in ("top", "routes", "status", "export", "report", "check-reference"):
        assert tokenhouse(command)
    server = StdioServerParameters(command=f"{installed}", args=["mcp"], env=elsewhere)
    assert asyncio.run(_first_model(server))["citation"].startswith("Source: OpenRouter")
    settings = tmp_path / ".config" / "tokenhouse" / "env"
    settings.parent.mkdir(parents=True)
    settings.write_text("TOKENHOUSE_HOME=moved\n")
    shutil.move(home, tmp_path / "moved")
    assert "2026-07-13" in tokenhouse("top")


async def _first_model(server: StdioServerParameters) -> Any:
    async with Client(server) as client:
        answer: Any = await client.call_tool("top_models", {"count": 1})
        return json.loads(answer.content[0].text)


def test_reading_needs_neither_dagster_nor_the_report(
    wheel: Path, published: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "small"
    uv("venv", "--python", sys.executable, environment)
    python = environment / "bin" / "python"
    uv("pip", "install", "--python", python, "-c", ROOT / "requirements.lock", wheel)
    size = sum(path.stat().st_size for path in environment.rglob("*") if path.is_file())
    assert size < 200 * 2**20
    assert not [
        path for name in NOT_FOR_READING for path in environment.rglob(f"{name}*.dist-info")
    ]
    outside = {"TOKENHOUSE_HOME": f"{published}", "PATH": os.defpath, "HOME": f"{tmp_path}"}

    def tokenhouse(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [f"{environment}/bin/tokenhouse", *arguments]
        return subprocess.run(command, env=outside, cwd=tmp_path, capture_output=True, text=True)

    reading = (
        ("top",),
        ("routes",),
        ("explain", "pr_review"),
        ("query", "FROM marts.weekly_total"),
    )
    for arguments in reading:
        done = tokenhouse(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
    for command, extra in (("run", "pipeline"), ("export", "pipeline"), ("report", "report")):
        refused = tokenhouse(command)
        assert refused.returncode == 1
        (line,) = refused.stderr.splitlines()
        assert f"install tokenhouse[{extra}]" in line
    (line,) = tokenhouse("mcp").stderr.splitlines()
    assert "install tokenhouse[mcp]" in line


def test_who_only_wants_to_look_needs_no_home(wheel: Path, database: Path, tmp_path: Path) -> None:
    outside = {
        "PYTHONPATH": "",  # a checkout must not come first
        "TOKENHOUSE_HOME": f"{tmp_path / 'home'}",
        "UV_CACHE_DIR": uv("cache", "dir").strip(),
        "XDG_CACHE_HOME": f"{tmp_path / 'cache'}",
    }
    shown = uv("tool", "run", "--from", wheel, "tokenhouse", "top", "--json", **outside)
    at_home = tokenhouse(database.parent, "top", "--json").stdout
    assert json.loads(shown) == json.loads(at_home)
    assert not (tmp_path / "home").exists()


def test_the_same_checkout_gives_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    uv("build", "--out-dir", tmp_path, ROOT)
    names = sorted(path.name for path in tmp_path.glob("tokenhouse-*"))
    assert [name.rpartition(".")[2] for name in names] == ["whl", "gz"]
    assert all((tmp_path / name).read_bytes() == (dist / name).read_bytes() for name in names)
