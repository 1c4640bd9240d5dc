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
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment that holds the locked packages, the wheel, and nothing else."""
    if not UV.exists():
        pytest.skip("`make .venv/development` installs uv")
    folder = tmp_path_factory.mktemp("wheel")
    environment = folder / "environment"
    uv("build", "--wheel", "--out-dir", folder, ROOT)
    uv("venv", "--python", sys.executable, environment)
    install = ("pip", "install", "--python", environment / "bin" / "python")
    uv(*install, "--require-hashes", "-r", ROOT / "requirements.lock")
    uv(*install, "--no-deps", *folder.glob("*.whl"))
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
