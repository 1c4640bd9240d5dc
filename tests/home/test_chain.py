"""The whole chain, as a new user runs it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from pipelines.home import source_health
from pipelines.settings import ROOT
from pipelines.sources import plan
from pipelines.sources.datasets import DATASETS
from tests.conftest import tokenhouse
from tests.support import wire


def tree(home: Path, *folders: str) -> dict[str, bytes]:
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for folder in folders
        for path in sorted(home.joinpath(folder).rglob("*"))
        if path.is_file()
    }


def test_run_prints_top_ten_split_routes_and_paths_and_says_that_it_reads_the_sample(
    published: Path,
) -> None:
    done = tokenhouse(published, "run", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert "recorded sample" in done.stderr
    assert answer["up_to_date"] is True
    assert answer["week"] == "2026-07-13"
    assert len(answer["top"]) == 10
    assert {row["scope"] for row in answer["origin"]} == {"top9", "top10", "top20", "named"}
    assert {row["workload"] for row in answer["routes"]} >= {"agent_tool_loop", "inline_completion"}
    assert all(Path(path).exists() for path in answer["paths"])
    assert "2026-08-22T23:59:59Z at the latest" in answer["citation"]


def test_duckdb_1_opens_the_database(published: Path) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("duckdb"),
            "-readonly",
            "-csv",
            published / "warehouse.duckdb",
            "SELECT version()[:3], total_tokens FROM marts.weekly_total WHERE week = '2026-05-18'",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[1] == "v1.,28920204910828"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, wire.Wire]:
    home = tmp_path_factory.mktemp("live")
    with wire.serving() as server:
        done = tokenhouse(
            home,
            *("run", "--live", "--from", "2026-06-01", "--to", "2026-06-15"),
            OPENROUTER_API_KEY=wire.KEY,
            OPENROUTER_BASE_URL=server.url,
            OPENROUTER_REQUESTS_PER_MINUTE="10000",
        )
    assert done.returncode == 0, done.stderr
    return home, server


@pytest.mark.accept
class TestLive:
    def test_the_essential_is_requested_first_and_a_range_is_one_call_of_35_days(
        self, live: tuple[Path, wire.Wire]
    ) -> None:
        assert live[1].asked[:2] == [
            "/api/v1/datasets/rankings-daily?start_date=2026-05-18&end_date=2026-06-21&period=day",
            "/api/v1/models?output_modalities=all",
        ]
        assert 30 < len(live[1].asked) < plan.LARGEST_RUN

    def test_the_numbers_are_those_of_the_sample(
        self, live: tuple[Path, wire.Wire], published: Path
    ) -> None:
        question = (
            "SELECT week, model_permaslug, bloc, rank, tokens, wow FROM marts.weekly_model "
            "WHERE week BETWEEN '2026-06-01' AND '2026-06-15' ORDER BY week, rank, 2"
        )
        answers = [tokenhouse(home, "query", question, "--json") for home in (live[0], published)]
        assert len(json.loads(answers[0].stdout)) > 150
        assert answers[0].stdout == answers[1].stdout

    def test_late_prices_are_said_to_be_late(self, live: tuple[Path, wire.Wire]) -> None:
        rows = json.loads(tokenhouse(live[0], "routes", "--week", "2026-06-15", "--json").stdout)
        assert rows["routes"]
        assert {row["prices_of_week"] for row in rows["routes"]} == {False}
        assert {row["prices_as_of"] > "2026-06-23" for row in rows["routes"]} == {True}

    def test_a_partition_fetched_late_says_that_it_does_not_describe_its_week(
        self, live: tuple[Path, wire.Wire], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DAGSTER_HOME", f"{live[0] / 'dagster'}")
        describes = {}
        with dg.DagsterInstance.get() as instance:
            for table in ("rankings_daily", "models"):
                event = instance.get_latest_materialization_event(dg.AssetKey(["lake", table]))
                assert event is not None
                assert event.asset_materialization is not None
                describes[table] = event.asset_materialization.metadata["describes_its_week"].value
        assert describes == {"rankings_daily": True, "models": False}

    def test_status_shows_the_last_success_of_every_source(
        self, live: tuple[Path, wire.Wire]
    ) -> None:
        answer = json.loads(tokenhouse(live[0], "status", "--json").stdout)
        succeeded = {name for name, one in answer["sources"].items() if "last_success" in one}
        assert succeeded == DATASETS.keys() - {"activity"}  # which needs the management key

    def test_the_key_is_nowhere_in_the_home(self, live: tuple[Path, wire.Wire]) -> None:
        files = [path for path in live[0].rglob("*") if path.is_file()]
        assert set(live[1].keys) == {f"Bearer {wire.KEY}"}
        assert [path for path in files if wire.KEY.encode() in path.read_bytes()] == []


class TestRefusals:
    """Each is one line on stderr, exit code 1, and leaves what was published as it was."""

    @pytest.fixture
    def copied(self, published: Path, tmp_path: Path) -> Path:
        return Path(shutil.copytree(published, tmp_path, dirs_exist_ok=True))

    def refused(self, home: Path, *arguments: str, **environment: str) -> str:
        before = tree(home, "exports")
        done = tokenhouse(home, *arguments, **environment)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        assert tree(home, "exports") == before
        assert list(home.glob("*.tmp*")) == []
        return done.stderr.strip().splitlines()[-1]

    def test_a_week_outside_the_sample(self, published: Path) -> None:
        line = self.refused(published, "run", "--week", "2026-03-02")
        assert "2026-03-02 is not in the recorded sample" in line

    def test_a_week_outside_the_database(self, published: Path) -> None:
        line = self.refused(published, "top", "--week", "2026-03-02")
        assert "2026-03-02 is not in the database" in line

    def test_an_open_week(self, published: Path) -> None:
        key = {"OPENROUTER_API_KEY": wire.KEY, "OPENROUTER_BASE_URL": "http://127.0.0.1:9"}
        assert "not closed yet" in self.refused(published, "run", "--week", "2097-01-07", **key)

    def test_live_without_a_key(self, published: Path) -> None:
        assert "OPENROUTER_API_KEY" in self.refused(published, "run", "--live")

    @pytest.mark.accept
    def test_a_wrong_key(self, copied: Path, server: wire.Wire) -> None:
        line = self.refused(
            copied,
            *("run", "--week", "2026-05-18"),
            OPENROUTER_API_KEY="sk-wrong",
            OPENROUTER_BASE_URL=server.url,
        )
        assert "HTTP 401" in line
        assert "sk-wrong" not in line
        (copied / "exports" / "digest.md").write_text("edited by hand")
        stated = json.loads(tokenhouse(copied, "status", "--json").stdout)["refusals"]
        reasons = [(one["reason"], one["since"] is None) for one in stated]
        assert reasons == [("source_failed", False), ("not_exported", True)]
        (copied / "exports" / "feed.xml").unlink()
        (copied / "exports" / "feed.xml").mkdir()
        again = json.loads(tokenhouse(copied, "status", "--json").stdout)["refusals"]
        assert again == stated
        (copied / "exports" / "feed.xml").rmdir()
        assert tokenhouse(copied, "export").returncode == 0
        # The sample makes no source well: `run` and `status` say the same.
        stale = self.refused(copied, "status")
        assert stale.startswith(f"tokenhouse: stale since {stated[0]['since']} because ")
        assert self.refused(copied, "run") == stale

    def test_an_unreadable_setting(self, published: Path) -> None:
        assert "TOKENHOUSE_ENGINE" in self.refused(published, "run", TOKENHOUSE_ENGINE="oracle")

    @pytest.mark.accept
    def test_a_damaged_lake_file(self, copied: Path) -> None:
        database = (copied / "warehouse.duckdb").read_bytes()
        damaged = next(copied.glob("lake/rankings_daily/*/*.parquet"))
        damaged.write_bytes(damaged.read_bytes()[:-100])
        (copied / "exports" / "manifest.json").write_text("{}")
        line = self.refused(copied, "run", "--week", "2025-01-06")
        assert damaged.name in line
        assert "damaged" in line
        assert (copied / "warehouse.duckdb").read_bytes() == database
        assert f"{damaged.name} is damaged" in self.refused(copied, "status")

    def test_nothing_published_yet(self, tmp_path: Path, published: Path) -> None:
        assert "does not exist yet: run `tokenhouse run`" in self.refused(tmp_path, "status")
        source_health.record(tmp_path, "providers", "HTTP 404")
        done = tokenhouse(tmp_path, "status")
        assert (done.returncode, "HTTP 404" in done.stdout) == (1, True)
        answers = [
            json.loads(tokenhouse(home, "status", "--json").stdout)
            for home in (tmp_path, published)
        ]
        assert answers[0].keys() == answers[1].keys()

    def test_a_broken_statement(self, published: Path) -> None:
        done = tokenhouse(published, "query", "SELECT * FROM nowhere")
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert "nowhere" in done.stderr.splitlines()[0]

    def test_several_statements(self, published: Path) -> None:
        assert "one statement" in self.refused(published, "query", "SELECT 1; SELECT 2")

    @pytest.mark.parametrize(
        "statement", ["DROP TABLE marts.weekly_total", "COPY (SELECT 1) TO 'x'"]
    )
    def test_a_statement_that_would_write(self, published: Path, statement: str) -> None:
        assert self.refused(published, "query", statement)


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--week", "2026-05-19"),
        ("run", "--week", "soon"),
        ("run", "--from", "2026-05-18"),
        ("run", "--week", "2026-05-18", "--from", "2026-05-18", "--to", "2026-05-18"),
        ("top", "-n", "0"),
        ("dance",),
    ],
)
def test_wrong_usage_is_exit_code_2(published: Path, arguments: tuple[str, ...]) -> None:
    assert tokenhouse(published, *arguments).returncode == 2


@pytest.mark.parametrize("command", ["top", "routes", "status"])
def test_every_command_prints_tables_and_json(published: Path, command: str) -> None:
    assert json.loads(tokenhouse(published, command, "--json").stdout)
    assert "2026-07-13" in tokenhouse(published, command).stdout


def test_a_query_keeps_every_column_and_stays_json(published: Path) -> None:
    done = tokenhouse(published, "query", "SELECT 1 AS a, 2 AS a, 1 / 0 AS b", "--json")
    assert json.loads(done.stdout) == [{"a": 1, "a#2": 2, "b": None}]


def test_status_counts_the_weeks_it_is_behind(published: Path) -> None:
    answer = json.loads(tokenhouse(published, "status", "--json").stdout)
    assert len(answer["weeks"]) == 13
    assert answer["newest_week"] == "2026-07-13"
    assert answer["weeks_behind"] > 10


def test_the_home_defaults_to_the_checkout() -> None:
    from pipelines.settings import Settings

    assert Settings().tokenhouse_home == ROOT / "warehouse"
