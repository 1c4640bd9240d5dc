"""From the wire into the lake and back: sources, raw answers, vintages, the gate, the lock."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines import attempts, holdings, lake, lock, publication, raw, snapshots
from pipelines.assets.warehouse import warehouse_of
from pipelines.errors import RefusalError
from pipelines.models import definition
from pipelines.replay import replay
from pipelines.settings import Settings
from pipelines.sources import plan
from pipelines.sources.tables import TABLES
from pipelines.weeks import in_calls, last_closed_week
from tests import wire
from tests.conftest import tokenhouse, use

WEEK = date(2026, 6, 15)


def chosen(home: Path, server: wire.Wire) -> Settings:
    return server.settings(home, openrouter_management_key=wire.MANAGEMENT)


def take(settings: Settings, *tables: str, week: date = WEEK) -> list[lake.Vintage]:
    with snapshots.open_client(settings, live=True) as client:
        return [
            vintage
            for table in tables
            for vintage in snapshots.take(settings, client, table, True, week, week)
        ]


def parquet(home: Path) -> dict[str, bytes]:
    files = sorted(home.joinpath("lake").glob("*/week=*/*.parquet"))
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files}


def ask(home: Path, question: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        return connection.sql(question).fetchall()


def publish(home: Path) -> None:
    dg.materialize([warehouse_of(definition.load())])


@pytest.fixture(scope="module")
def all_sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, wire.Wire]:
    home = tmp_path_factory.mktemp("all")
    with wire.serving() as server:
        take(chosen(home, server), *TABLES)
    return home, server


class TestSources:
    @pytest.mark.parametrize("table", TABLES)
    def test_a_filled_answer_of_every_source_becomes_rows(
        self, all_sources: tuple[Path, wire.Wire], table: str
    ) -> None:
        files = [f"{one.path}" for one in lake.vintages(all_sources[0] / "lake", table)]
        with closing(duckdb.connect()) as connection:
            rows = connection.sql(f"SELECT count(*) FROM read_parquet({files})").fetchall()
        assert rows[0][0] > 0
        assert "last_success" in attempts.read(all_sources[0])[table]

    def test_a_run_is_planned_below_its_limit_and_asks_what_was_planned(
        self, all_sources: tuple[Path, wire.Wire]
    ) -> None:
        settings = chosen(*all_sources)
        planned = [
            one for table in TABLES for one in snapshots.planned(settings, table, WEEK, WEEK)
        ]
        assert 80 < len(planned) <= plan.LARGEST_RUN
        asked = [path.removeprefix("/api/v1/") for path in all_sources[1].asked]
        assert [re.sub("%2F", "/", path) for path in asked] == [f"{one}" for one in planned]

    def test_only_the_own_account_is_asked_with_the_management_key(
        self, all_sources: tuple[Path, wire.Wire]
    ) -> None:
        _, server = all_sources
        management = [
            path
            for path, key in zip(server.asked, server.keys, strict=True)
            if key == f"Bearer {wire.MANAGEMENT}"
        ]
        assert management == ["/api/v1/activity"]

    def test_sampled_and_exact_slices_lie_apart_and_name_themselves(
        self, all_sources: tuple[Path, wire.Wire]
    ) -> None:
        slices = {
            table: {
                (row["dimension"], row["value"])
                for one in lake.vintages(all_sources[0] / "lake", table)
                for row in pq.read_table(one.path).select(["dimension", "value"]).to_pylist()
            }
            for table in ("rankings_filtered", "rankings_sampled")
        }
        assert ("modality", "tool_calling") in slices["rankings_filtered"]
        assert len(slices["rankings_filtered"]) == 6
        assert len(slices["rankings_sampled"]) == 14

    def test_no_key_reaches_the_home(self, all_sources: tuple[Path, wire.Wire]) -> None:
        home, _ = all_sources
        for path in home.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                if path.suffix == ".gz":
                    answer = raw.read(path)
                    content += answer.body + repr(answer.headers).encode()
                assert wire.KEY.encode() not in content
                assert wire.MANAGEMENT.encode() not in content


class TestRefusedAnswers:
    def test_an_essential_one_is_kept_makes_status_stale_and_is_forgotten_once_published(
        self, taken: Path, tmp_path: Path, server: wire.Wire
    ) -> None:
        shutil.copytree(taken, tmp_path, dirs_exist_ok=True)
        settings = chosen(tmp_path, server)
        before = parquet(tmp_path)
        body = wire.rankings("2026-05-18", "2026-06-21", LATER)
        server.replies.append(wire.as_reply({**body, "meta": {**body["meta"], "version": "v2"}}))
        with pytest.raises(RefusalError, match="only v1 is understood"):
            take(settings, "rankings_daily")
        status = tokenhouse(tmp_path, "status")
        assert status.returncode == 1
        assert re.search("stale since 20.*Z because .*only v1 is understood", status.stderr)
        done = replay(settings)
        assert parquet(tmp_path) == before
        assert len(done.refused) == 1
        assert "only v1 is understood" in done.refused[0]

    def test_one_does_not_cost_the_others_of_its_table(
        self, tmp_path: Path, server: wire.Wire
    ) -> None:
        settings = chosen(tmp_path, server)
        take(settings, "rankings_daily", "models")
        refused, *others = snapshots.planned(settings, "endpoints", WEEK, WEEK)
        server.is_gone = lambda path: path.endswith(f"{refused}")
        assert len(take(settings, "endpoints")) == len(others)
        reason = attempts.read(tmp_path)["endpoints"]["reason"]
        assert reason.startswith(f"1 of {len(others) + 1} requests failed, the first: {refused}")

    def test_three_in_a_row_are_enough(self, tmp_path: Path, server: wire.Wire) -> None:
        settings = chosen(tmp_path, server)
        server.asked.clear()
        server.is_gone = lambda _: True
        assert take(settings, "rankings_sampled") == []
        assert len(server.asked) == snapshots.MOST_REFUSED


def test_a_plan_on_an_empty_home_counts_what_it_cannot_name_yet(tmp_path: Path) -> None:
    answer = json.loads(tokenhouse(tmp_path, "plan", "--json").stdout)
    assert answer["at_most"] == len(answer["requests"]) + plan.MOST_ENDPOINTS <= plan.LARGEST_RUN
    assert "at most 100 models/…/endpoints" in tokenhouse(tmp_path, "plan").stdout


class TestReplay:
    def test_parquet_comes_back_bit_for_bit(
        self, all_sources: tuple[Path, wire.Wire], tmp_path: Path
    ) -> None:
        home = Path(shutil.copytree(all_sources[0], tmp_path / "home"))
        before = parquet(home)
        for table in TABLES:
            shutil.rmtree(home / "lake" / table)
        settings = Settings(tokenhouse_home=home)
        done = replay(settings)
        assert (done.answers, done.refused, done.orphans) == (len(all_sources[1].asked), [], [])
        assert parquet(home) == before

    @pytest.mark.parametrize("number", [0, 1])  # one for each process
    def test_a_damaged_raw_file_is_named(
        self, all_sources: tuple[Path, wire.Wire], tmp_path: Path, number: int
    ) -> None:
        home = Path(shutil.copytree(all_sources[0], tmp_path / "home"))
        path = list(raw.paths(home / "lake"))[number]
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(RefusalError, match=path.name):
            replay(Settings(tokenhouse_home=home))

    def test_a_vintage_that_no_raw_answer_makes_is_named(
        self, all_sources: tuple[Path, wire.Wire], tmp_path: Path
    ) -> None:
        home = Path(shutil.copytree(all_sources[0], tmp_path / "home"))
        gone = next(path for path in raw.paths(home / "lake") if "providers" in str(path))
        gone.unlink()
        done = replay(Settings(tokenhouse_home=home))
        assert [one.table for one in done.orphans] == ["providers"]


def restated(server: wire.Wire, as_of: str, change: Any) -> None:
    """Let the server answer the next rankings request with changed rows, later."""
    body = wire.rankings("2026-05-18", "2026-06-21", as_of)
    body["data"] = change(body["data"])
    server.replies.append(wire.as_reply(body))


def doubled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [
        {**row, "total_tokens": str(int(row["total_tokens"]) * 2)}
        if row["date"] == "2026-06-02" and row["model_permaslug"].startswith("deepseek/")
        else row
        for row in rows
    ]


def without_a_day(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if row["date"] != "2026-06-02"]


def a_little_different(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """One value is one token more, and the smallest row of a day has another name."""
    first = {**rows[0], "total_tokens": str(int(rows[0]["total_tokens"]) + 1)}
    smallest = {**rows[49], "model_permaslug": "openai/renamed"}
    return [first, *rows[1:49], smallest, *rows[50:]]


LATER = "2026-10-18T08:00:00Z"


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one answer each of rankings and models, published; tests must not change it."""
    home = tmp_path_factory.mktemp("taken")
    with wire.serving() as server, pytest.MonkeyPatch.context() as patch:
        use(home, patch)
        take(chosen(home, server), "rankings_daily", "models")
        publish(home)
    return home


class TestVintages:
    @pytest.fixture
    def settings(
        self, taken: Path, tmp_path: Path, server: wire.Wire, monkeypatch: pytest.MonkeyPatch
    ) -> Settings:
        shutil.copytree(taken, tmp_path, dirs_exist_ok=True)
        use(tmp_path, monkeypatch)
        return chosen(tmp_path, server)

    def test_small_changes_are_listed_and_published(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        restated(server, LATER, a_little_different)
        take(settings, "rankings_daily")
        publish(settings.tokenhouse_home)
        assert ask(
            settings.tokenhouse_home,
            "SELECT change, count(*), sum(difference) FILTER (WHERE change = 'value') "
            "FROM marts.restatements GROUP BY change ORDER BY change",
        ) == [("new_row", 1, None), ("value", 1, 1), ("vanished_row", 1, None)]

    def test_a_large_restatement_stops_publication_until_accepted_by_name(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        home = settings.tokenhouse_home
        before = (home / "warehouse.duckdb").read_bytes()
        restated(server, LATER, doubled)
        take(settings, "rankings_daily")
        with pytest.raises(dg.Failure, match="restatement-2026-06-01-20261018T080000Z"):
            publish(home)
        assert (home / "warehouse.duckdb").read_bytes() == before
        refusal = publication.refusal(home)
        assert refusal is not None
        assert refusal["reason"] == "restatement"
        stale = tokenhouse(home, "status")
        assert stale.returncode == 1
        assert f"stale since {refusal['since']} because restatement-2026-06-01" in stale.stderr
        publication.accept(settings.lake, "restatement-2026-06-01-20261018T080000Z", "checked")
        publish(home)
        assert publication.refusal(home) is None
        assert ask(home, "SELECT is_accepted FROM marts.publication_findings") == [(True,)]

    def test_a_vanished_day_is_a_restatement_and_the_day_is_not_lost(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        home = settings.tokenhouse_home
        restated(server, LATER, without_a_day)
        take(settings, "rankings_daily")
        with pytest.raises(dg.Failure, match="restatement"):
            publish(home)
        publication.accept(settings.lake, "restatement-2026-06-01-20261018T080000Z", "known hole")
        publish(home)
        changes = ask(
            home, "SELECT change, count(*), count(later_tokens) FROM marts.restatements GROUP BY 1"
        )
        assert changes == [("vanished_day", 51, 0)]
        assert ask(home, "SELECT days_seen FROM core.week WHERE week = '2026-06-01'") == [(7,)]

    def test_any_past_view_can_be_built_again(
        self, settings: Settings, server: wire.Wire, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        home, other = settings.tokenhouse_home, tmp_path_factory.mktemp("then")
        question = "SELECT tokens FROM marts.weekly_model WHERE week = '2026-06-01' AND rank = 1"
        then = ask(home, question)
        restated(server, LATER, doubled)
        take(settings, "rankings_daily")
        publication.accept(settings.lake, "restatement-2026-06-01-20261018T080000Z", "test")
        publish(home)
        assert ask(home, question) != then
        done = tokenhouse(home, "run", "--known-at", "2026-10-12T00:00Z", "--home", f"{other}")
        assert done.returncode == 0, done.stderr
        assert ask(other, question) == then
        known = "SELECT sum(tokens) FROM staging.rankings_known_at(TIMESTAMPTZ '{}')"
        early, late = (
            ask(home, known.format(instant))
            for instant in ("2026-10-12 00:00Z", "2026-10-19 00:00Z")
        )
        assert early[0][0] < late[0][0]

    def test_a_history_that_shrinks_is_not_published(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        def without_a_week(rows: list[dict[str, str]]) -> list[dict[str, str]]:
            return [row for row in rows if not "2026-05-25" <= row["date"] <= "2026-05-31"]

        home = settings.tokenhouse_home
        shutil.rmtree(home / "lake" / "rankings_daily")
        restated(server, LATER, without_a_week)
        take(settings, "rankings_daily")
        with pytest.raises(dg.Failure, match="shrunken_history-2026-05-25"):
            publish(home)

    def test_an_unknown_author_is_named_and_too_much_of_it_stops_publication(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        home = settings.tokenhouse_home

        def renamed(rows: list[dict[str, str]]) -> list[dict[str, str]]:
            return [
                {**row, "model_permaslug": row["model_permaslug"].replace("deepseek/", "nobody/")}
                for row in rows
            ]

        shutil.rmtree(home / "lake" / "rankings_daily")
        restated(server, LATER, renamed)
        take(settings, "rankings_daily")
        with pytest.raises(dg.Failure, match="author_coverage-2026-05-18"):
            publish(home)

    def test_two_values_of_one_instant_stop_publication(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        restated(server, server.as_of, doubled)
        take(settings, "rankings_daily")
        with pytest.raises(dg.Failure, match="conflicting_keys-2026-06-01"):
            publish(settings.tokenhouse_home)

    def test_a_total_that_jumps_stops_publication(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        def tripled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
            return [
                {**row, "total_tokens": str(int(row["total_tokens"]) * 3)}
                if row["date"] >= "2026-06-15"
                else row
                for row in rows
            ]

        home = settings.tokenhouse_home
        shutil.rmtree(home / "lake" / "rankings_daily")
        restated(server, LATER, tripled)
        take(settings, "rankings_daily")
        with pytest.raises(dg.Failure, match="total_move-2026-06-15"):
            publish(home)


class TestBackfill:
    def test_what_is_missing_is_taken_and_a_second_time_nothing(
        self, tmp_path: Path, server: wire.Wire
    ) -> None:
        environment = {
            "OPENROUTER_API_KEY": wire.KEY,
            "OPENROUTER_BASE_URL": server.url,
            "OPENROUTER_REQUESTS_PER_MINUTE": "10000",
        }
        arguments = ("backfill", "--from", "2026-05-18", "--to", "2026-06-15", "--json")
        take(chosen(tmp_path, server), "models", "rankings_daily", week=date(2026, 5, 18))
        server.asked.clear()
        first = tokenhouse(tmp_path, *arguments, **environment)
        assert first.returncode == 0, first.stderr
        assert json.loads(first.stdout)["taken"] == [
            "2026-05-25",
            "2026-06-01",
            "2026-06-08",
            "2026-06-15",
        ]
        assert len(server.asked) == 1
        assert ask(tmp_path, "SELECT count(*) FROM core.week WHERE source = 'daily_rows'") == [(6,)]
        second = tokenhouse(tmp_path, *arguments, **environment)
        assert json.loads(second.stdout) == {"taken": [], "calls": 0}
        assert len(server.asked) == 1

    @pytest.mark.parametrize(
        ("as_of", "missing"),
        [
            ("2026-06-30T08:00:00Z", [WEEK]),  # the source may tell it yet
            ("2026-10-11T00:27:00Z", []),  # it is a hole
        ],
    )
    def test_a_week_lacks_a_day_until_it_is_told_or_history(
        self, tmp_path: Path, server: wire.Wire, as_of: str, missing: list[date]
    ) -> None:
        body = wire.rankings("2026-06-15", "2026-06-21", as_of)
        body["data"] = [row for row in body["data"] if row["date"] != "2026-06-17"]
        server.replies.append(wire.as_reply(body))
        settings = chosen(tmp_path, server)
        with snapshots.open_client(settings, live=True) as client:
            request = snapshots._window(WEEK, WEEK + timedelta(days=6))
            snapshots._take_one(settings, client, request)
        assert holdings.missing_weeks(settings, True, WEEK, WEEK) == missing

    def test_a_week_that_a_run_asked_only_in_part_is_missing(
        self, tmp_path: Path, server: wire.Wire
    ) -> None:
        """A first run on a Tuesday: the 35 days before it begin within a week."""
        settings = chosen(tmp_path, server)
        with snapshots.open_client(settings, live=True) as client:
            request = snapshots._window(WEEK + timedelta(days=1), WEEK + timedelta(days=13))
            snapshots._take_one(settings, client, request)
        later = WEEK + timedelta(days=7)
        assert holdings.missing_weeks(settings, True, WEEK, later) == [WEEK]
        take(settings, "rankings_daily")
        assert holdings.missing_weeks(settings, True, WEEK, later) == []

    def test_a_call_never_spans_more_than_a_year(self) -> None:
        calls = list(in_calls(date(2025, 1, 6), date(2026, 11, 9)))
        assert calls == [
            (date(2025, 1, 6), date(2025, 12, 29)),
            (date(2026, 1, 5), date(2026, 11, 9)),
        ]
        for first, last in calls:
            requests = plan.requests("rankings_daily", first, last, [])
            assert len(requests) == 1 or first == last


class TestOneWriter:
    def test_a_second_writer_is_refused_by_name_and_a_dead_one_forgotten(
        self, tmp_path: Path
    ) -> None:
        program = (
            "import sys, time; from pathlib import Path; from pipelines.lock import writing\n"
            "with writing(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
        )
        other = subprocess.Popen(
            [sys.executable, "-c", program, f"{tmp_path}"], stdout=subprocess.PIPE, text=True
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RefusalError, match=f"process {other.pid}"), lock.writing(tmp_path):
            pass
        refused = tokenhouse(tmp_path, "run")
        assert refused.returncode == 1
        assert f"process {other.pid}" in refused.stderr
        other.kill()
        other.wait()
        with lock.writing(tmp_path), lock.writing(tmp_path):
            assert (tmp_path / "writer.lock").read_text() == f"{os.getpid()}\n"

    def test_what_a_killed_writer_left_is_swept_away(self, tmp_path: Path) -> None:
        for name in ("lake/raw/x/.a.json.gz.12.tmp", "warehouse.12.tmp.duckdb", "notes.tmp"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"torn")
        with lock.writing(tmp_path):
            assert [path.name for path in tmp_path.rglob("*.tmp*")] == ["notes.tmp"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_read_only_home_is_refused_in_one_line_and_still_answers(
    published: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    bound = [["--bind", f"{published}"], ["-o", "remount,ro,bind"]]
    mounted = [
        subprocess.run(["mount", *options, tmp_path / "home"], check=False).returncode
        for options in bound
    ]
    try:
        if any(mounted):
            pytest.skip("mounting is not allowed here")
        refused = tokenhouse(tmp_path / "home", "replay")
        assert tokenhouse(tmp_path / "home", "top").returncode == 0
    finally:
        subprocess.run(["umount", tmp_path / "home"], check=False)
    assert refused.returncode == 1
    assert "cannot be written: Read-only file system" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_run_killed_at_any_moment_is_finished_by_the_next(
    published: Path, tmp_path: Path
) -> None:
    """Ten kill points of one home here; `make torture` tries two hundred of forty."""
    from tests import torture

    table = torture.kill_points(
        tmp_path / "home", published, count=10, seed=7, kills_a_home=10, longest=8
    )
    assert table == {"kill points": 10, "torn files": 0, "rows lost": 0}


def test_the_newest_week_is_asked_with_the_days_since() -> None:
    settings = Settings()
    newest = last_closed_week()
    (request,) = snapshots.planned(settings, "rankings_daily", newest, newest)
    end = date.fromisoformat(request.parameter("end_date") or "")
    assert end >= newest + timedelta(days=6)
    assert end < datetime.now(UTC).date()
