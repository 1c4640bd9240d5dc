"""Homes to test in: one made by the real command, and one per test, built without Dagster."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines import snapshots
from pipelines.models import build, definition
from pipelines.settings import Settings, settings
from pipelines.sources import sample
from pipelines.weeks import contiguous
from tests import wire

# Whatever the developer's own environment or .env says, tests ask nobody outside.
os.environ["OPENROUTER_API_KEY"] = ""

Command = Callable[..., subprocess.CompletedProcess[str]]


def tokenhouse(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command on a home."""
    return subprocess.run(
        [Path(sys.executable).with_name("tokenhouse"), *arguments],
        env={**os.environ, "TOKENHOUSE_HOME": f"{home}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home filled by `tokenhouse run` from the whole sample; tests must not change it."""
    home = tmp_path_factory.mktemp("published")
    done = tokenhouse(home, "run")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="session")
def sample_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the whole sample; tests must not change it."""
    home = tmp_path_factory.mktemp("sample")
    chosen = Settings(tokenhouse_home=home)
    with snapshots.open_client(chosen, False) as client:
        for weeks in contiguous(sample.recorded_weeks()):
            for table in snapshots.SAMPLED_TABLES:
                snapshots.take(chosen, client, table, False, *weeks)
    return home / "lake"


@pytest.fixture
def home(tmp_path: Path, sample_lake: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home with the sample in its lake and nothing published."""
    shutil.copytree(sample_lake, tmp_path / "lake")
    monkeypatch.setenv("TOKENHOUSE_HOME", f"{tmp_path}")
    settings.cache_clear()
    return tmp_path


@pytest.fixture(scope="session")
def database(sample_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published database of the whole sample, built without Dagster."""
    home = tmp_path_factory.mktemp("database")
    shutil.copytree(sample_lake, home / "lake")
    aside, results = build.build(home, definition.load())
    assert [str(result) for result in results if result.failures] == []
    build.publish(aside, home / "warehouse.duckdb")
    return home / "warehouse.duckdb"


@pytest.fixture
def server() -> Iterator[wire.Wire]:
    """A real server on loopback that speaks OpenRouter's wire."""
    with wire.serving() as running:
        yield running
