"""A wheel, installed where there is no checkout, publishes the sample in the user's own folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import ROOT

pytestmark = pytest.mark.accept

UV = ROOT / ".tools" / "bin" / "uv"


def uv(*arguments: object) -> None:
    subprocess.run([UV, *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not UV.exists():
        pytest.skip("`make .venv/development` installs uv")
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
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
    settings = tmp_path / ".config" / "tokenhouse" / "env"
    settings.parent.mkdir(parents=True)
    settings.write_text("TOKENHOUSE_HOME=moved\n")
    shutil.move(home, tmp_path / "moved")
    assert "2026-07-13" in tokenhouse("top")


def test_reading_needs_neither_dagster_nor_the_report(
    wheel: Path, published: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "small"
    uv("venv", "--python", sys.executable, environment)
    python = environment / "bin" / "python"
    uv("pip", "install", "--python", python, "-c", ROOT / "requirements.lock", wheel)
    size = sum(path.stat().st_size for path in environment.rglob("*") if path.is_file())
    assert size < 200 * 2**20
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
    for command in ("run", "report"):
        refused = tokenhouse(command)
        assert refused.returncode == 1
        (line,) = refused.stderr.splitlines()
        assert "install tokenhouse[" in line
