"""Homes for tests: one made by the real command, and one per test, built without Dagster."""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import settings as hypothesis_settings

from pipelines import cli
from pipelines.cli import formats
from pipelines.errors import warn
from pipelines.home import paths
from pipelines.lake import ingest
from pipelines.settings import Settings, settings
from pipelines.sources import sample
from pipelines.sources.datasets import DATASETS
from pipelines.weeks import contiguous
from tests.support import ingesting, terminals, wire

pytest_plugins = ["tests.support.pages"]

# DuckDB's binding prints a page of "leaked" objects where modules outlive the interpreter.
atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))

# Whatever the developer's own environment or .env says, tests contact no outside host.
os.environ["OPENROUTER_API_KEY"] = ""

# Time limits belong into `make bench`.
hypothesis_settings.register_profile("suite", deadline=None)
hypothesis_settings.load_profile("suite")

LONGEST = (
    "test_chain",
    "test_importing",
    "test_query",
    "test_lint",
    "test_claims",
    "test_public_copy",
    "test_rules_on_rows",
    "test_digest",
    "test_mcp",
    "test_own_usage",
    "test_runbook",
    "test_ingest",
    "test_formats",
    "test_strange_sources",
    "test_drill",
    "test_page",
    "test_forgetting",
    "test_delivery",
    "test_document",
    "test_build",
    "test_token_mix",
    "test_dictionary",
    "test_vega",
    "test_faults",
    "test_choice",
)
"""The slowest files, in this order; the second needs no home, while the first makes that of all."""

LONGEST_OF_ACCEPT = (
    "test_chain",
    "test_dagster",
    "test_bench",
    "test_wheel",
    "test_writer",
    "test_container",
    "test_pages",
    "test_old_home",
    "test_engines",
    "test_usage_content",
    "test_parity",
    "test_command",
    "test_set",
    "test_privacy",
    "test_claims_bounds",
    "test_known_at",
    "test_archive",
    "test_drill",
    "test_what_if",
    "test_publication",
    "test_backup",
    "test_killed_shared",
    "test_mcp",
    "test_backfill",
    "test_permissions",
    "test_rehearsal",
    "test_page",
    "test_lint",
    "test_reference",
    "test_calibration",
    "test_query",
    "test_notebooks",
)
"""The same of `make accept`: the second needs no home here, too."""

Command = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest: each file runs in one process, and short ones fill the end."""
    longest = LONGEST_OF_ACCEPT if config.option.markexpr == "accept" else LONGEST
    rank = {name: number for number, name in enumerate(longest)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


WIDE = {"COLUMNS": "1000"}
"""Lines are as long as this says: tests of layouts choose a width, others fold nothing."""


def installed(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command on a home, in a process of its own."""
    return subprocess.run(
        [Path(sys.executable).with_name("tokenhouse"), *arguments],
        env={**os.environ, **WIDE, "TOKENHOUSE_HOME": f"{home}"},
        capture_output=True,
        text=True,
        check=False,
    )


def tokenhouse(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a home in this process, which has imported most of it already."""
    for cached in (settings, warn):
        cached.cache_clear()
    output, errors, code = StringIO(), StringIO(), 0
    with (
        patch.dict(os.environ, {**WIDE, "TOKENHOUSE_HOME": f"{home}", **environment}),
        patch.object(sys, "argv", ["tokenhouse", *arguments]),
        patch.dict(formats._chosen),  # what a command chose is its own
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
    settings.cache_clear()
    return subprocess.CompletedProcess(arguments, code, output.getvalue(), errors.getvalue())


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that one test process makes and all of them read."""
    root = factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    done = root / f"{name}.made"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(root / name)
            done.touch()
    return root / name


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home filled by `tokenhouse run` from the whole sample; tests must not change it.

    Next to it is a text of what the run showed.
    """

    def run(home: Path) -> None:
        home.with_suffix(".txt").write_text(terminals.run_in(home, terminals.WIDTHS[0]))

    return made_once(tmp_path_factory, "ran", run)


@pytest.fixture(scope="session")
def published(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of `ran` without Dagster's record, cheap to copy; tests must not change it."""
    ignored = shutil.ignore_patterns("dagster")
    return made_once(
        tmp_path_factory, "published", lambda home: shutil.copytree(ran, home, ignore=ignored)
    )


@pytest.fixture(scope="session")
def sample_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the whole sample; tests must not change it."""

    def fill(home: Path) -> None:
        chosen = Settings(tokenhouse_home=home)
        with ingest.open_client(chosen, False) as client:
            for weeks in contiguous(sample.recorded_weeks()):
                for table in ingest.SAMPLED_TABLES:
                    ingest.ingest_table(chosen, client, table, False, *weeks)

    return made_once(tmp_path_factory, "sample", fill) / "lake"


@pytest.fixture(scope="session")
def database(ran: Path, sample_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published database of the whole sample; tests must not change it.

    No decision is recorded next to it, and nothing exported.
    """

    def fill(home: Path) -> None:
        shutil.copytree(sample_lake, home / "lake")
        shutil.copytree(paths.draws(ran), paths.draws(home))
        for file in ran.glob("*.duckdb"):
            shutil.copy(file, home)

    return made_once(tmp_path_factory, "database", fill) / "warehouse.duckdb"


def use(home: Path, patch: pytest.MonkeyPatch) -> None:
    """Make `home` the one that assets read and write."""
    patch.setenv("TOKENHOUSE_HOME", f"{home}")
    settings.cache_clear()


@pytest.fixture(
    params=[False, pytest.param(True, marks=pytest.mark.accept)], ids=["gate", "everything"]
)
def is_whole(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether commands rebuild everything and export; else they publish the gate's tables only.

    Then exports and report, which do not follow, are taken for current. Dagster records neither.
    """
    publish = ingesting.rebuild if request.param else lambda *_: ingesting.publish()
    monkeypatch.setattr("pipelines.cli.jobs.rebuild", publish)
    if not request.param:
        monkeypatch.setattr("pipelines.exports.delivery.is_current", lambda *_: True)
        monkeypatch.setattr("pipelines.report.page_files.are_current", lambda *_: True)
    return bool(request.param)


@pytest.fixture
def home(tmp_path: Path, sample_lake: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home with the sample in its lake and nothing published."""
    shutil.copytree(sample_lake, tmp_path / "lake")
    use(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def server() -> Iterator[wire.Wire]:
    """A real server on loopback that speaks OpenRouter's wire."""
    with wire.serving() as running:
        yield running


@pytest.fixture(scope="session")
def all_sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, wire.Wire]:
    """A home with a response of every source, and its server; tests must not change it."""
    home = tmp_path_factory.mktemp("all")
    with wire.serving() as server:
        ingesting.ingest_tables(ingesting.chosen(home, server), *DATASETS)
    return home, server


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published home with one response each of rankings and models; tests must not change it."""

    def fill(home: Path) -> None:
        with wire.serving() as server, pytest.MonkeyPatch.context() as patch:
            use(home, patch)
            ingesting.ingest_tables(ingesting.chosen(home, server), "rankings_daily", "models")
            ingesting.publish()

    return made_once(tmp_path_factory, "ingested", fill)
