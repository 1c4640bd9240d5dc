"""From the wire into the lake: every source, the plan, refused responses."""

import json
import re
import shutil
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import time_machine

from pipelines.errors import RefusalError
from pipelines.home import refusals, source_health
from pipelines.lake import ingest, raw
from pipelines.lake.replay import replay
from pipelines.lake.vintages import list_vintages
from pipelines.settings import Settings
from pipelines.sources import plan
from pipelines.sources.datasets import DATASETS
from pipelines.weeks import last_closed_week
from tests.conftest import tokenhouse, use
from tests.support import wire
from tests.support.ingesting import LATER, WEEK, chosen, ingest_tables, parquet, publish


class TestSources:
    @pytest.mark.parametrize("table", DATASETS)
    def test_a_full_response_of_every_source_becomes_rows(
        self, all_sources: tuple[Path, wire.Wire], table: str
    ) -> None:
        files = [f"{one.path}" for one in list_vintages(all_sources[0] / "lake", table)]
        with closing(duckdb.connect()) as connection:
            rows = connection.sql(f"SELECT count(*) FROM read_parquet({files})").fetchall()
        assert rows[0][0] > 0
        assert "last_success" in source_health.read(all_sources[0])[table]

    def test_a_run_is_planned_below_its_limit_and_sends_the_planned_requests(
        self, all_sources: tuple[Path, wire.Wire]
    ) -> None:
        settings = chosen(*all_sources)
        planned = [one for table in DATASETS for one in ingest.planned(settings, table, WEEK, WEEK)]
        assert 80 < len(planned) <= plan.LARGEST_RUN
        asked = [path.removeprefix("/api/v1/") for path in all_sources[1].asked]
        assert [re.sub("%2F", "/", path) for path in asked] == [f"{one}" for one in planned]

    def test_only_your_own_account_is_requested_with_the_management_key(
        self, all_sources: tuple[Path, wire.Wire]
    ) -> None:
        _, server = all_sources
        management = [
            path
            for path, key in zip(server.asked, server.keys, strict=True)
            if key == f"Bearer {wire.MANAGEMENT}"
        ]
        assert management == ["/api/v1/activity?group_by=workspace"]

    def test_sampled_and_exact_slices_are_separate_and_named(
        self, all_sources: tuple[Path, wire.Wire]
    ) -> None:
        slices = {
            table: {
                (row["dimension"], row["value"])
                for one in list_vintages(all_sources[0] / "lake", table)
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
    @pytest.mark.accept
    def test_an_essential_one_is_stored_and_makes_status_stale_until_the_source_responds(
        self,
        ingested: Path,
        tmp_path: Path,
        server: wire.Wire,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        use(tmp_path, monkeypatch)
        shutil.copytree(ingested, tmp_path, dirs_exist_ok=True)
        settings = chosen(tmp_path, server)
        before = parquet(tmp_path)
        body = wire.rankings("2026-05-18", "2026-06-21", LATER)
        server.replies.append(wire.as_reply({**body, "meta": {**body["meta"], "version": "v2"}}))
        with pytest.raises(RefusalError, match="only v1 is supported"):
            ingest_tables(settings, "rankings_daily")
        done = replay(settings)
        assert parquet(tmp_path) == before
        assert len(done.refused) == 1
        assert "only v1 is supported" in done.refused[0]
        publish()  # a published build says nothing about the source's next response
        status = tokenhouse(tmp_path, "status")
        assert status.returncode == 1
        assert re.search("stale since 20.*Z because .*only v1 is supported", status.stderr)
        ingest_tables(settings, "models")
        assert [one["cause"] for one in refusals.read_all(tmp_path)] == ["rankings_daily"]
        ingest_tables(settings, "rankings_daily")
        assert refusals.read_all(tmp_path) == []

    def test_one_does_not_cost_the_others_of_its_table(
        self, tmp_path: Path, server: wire.Wire
    ) -> None:
        settings = chosen(tmp_path, server)
        ingest_tables(settings, "rankings_daily", "models")
        refused, *others = ingest.planned(settings, "endpoints", WEEK, WEEK)
        server.is_gone = lambda path: path.endswith(f"{refused}")
        assert len(ingest_tables(settings, "endpoints")) == len(others)
        reason = source_health.read(tmp_path)["endpoints"]["reason"]
        assert reason.startswith(f"1 of {len(others) + 1} requests failed, the first: {refused}")

    def test_a_week_without_any_reported_day_is_one_refusal_of_one_request(
        self, tmp_path: Path, server: wire.Wire
    ) -> None:
        server.replies.append(
            wire.as_reply(wire.rankings("2026-05-18", "2026-06-14", "2026-06-22T08:00:00Z"))
        )
        with pytest.raises(RefusalError, match="reports nothing for the weeks 2026-06-15"):
            ingest_tables(chosen(tmp_path, server), "rankings_daily")
        reason = source_health.read(tmp_path)["rankings_daily"]["reason"]
        assert reason == "rankings-daily: the source reports nothing for the weeks 2026-06-15"

    def test_three_in_a_row_are_enough(self, tmp_path: Path, server: wire.Wire) -> None:
        settings = chosen(tmp_path, server)
        server.asked.clear()
        server.is_gone = lambda _: True
        assert ingest_tables(settings, "rankings_sampled") == []
        assert len(server.asked) == ingest.MOST_REFUSED


def test_a_damaged_catalogue_names_no_endpoints_and_ends_no_run(
    ingested: Path, tmp_path: Path
) -> None:
    shutil.copytree(ingested / "lake", tmp_path / "lake")
    settings = Settings(tokenhouse_home=tmp_path)
    assert ingest.planned(settings, "endpoints", WEEK, WEEK) != []
    (catalogue,) = list_vintages(settings.lake, "models")
    catalogue.path.write_bytes(catalogue.path.read_bytes()[:-100])
    assert ingest.planned(settings, "endpoints", WEEK, WEEK) == []


def test_a_plan_on_an_empty_home_counts_what_it_cannot_name_yet(tmp_path: Path) -> None:
    answer = json.loads(tokenhouse(tmp_path, "plan", "--json").stdout)
    assert answer["at_most"] == len(answer["requests"]) + plan.MOST_ENDPOINTS <= plan.LARGEST_RUN
    assert "at most 100 models/…/endpoints" in tokenhouse(tmp_path, "plan").stdout


@pytest.mark.parametrize(
    ("now", "window"),
    [
        ("2026-06-22T07:59:00Z", ("2026-05-11", "2026-06-20")),  # the week is not closed yet
        ("2026-06-22T08:00:00Z", ("2026-05-18", "2026-06-21")),
        ("2026-06-25T00:00:00Z", ("2026-05-18", "2026-06-24")),
        ("2026-06-28T23:59:00Z", ("2026-05-18", "2026-06-27")),
    ],
)
def test_a_run_without_a_week_requests_35_days_and_those_since(
    tmp_path: Path, now: str, window: tuple[str, str]
) -> None:
    with time_machine.travel(now, tick=False):
        week = last_closed_week()
        (request,) = ingest.planned(
            Settings(tokenhouse_home=tmp_path), "rankings_daily", week, week, with_open_week=True
        )
    assert (request.parameter("start_date"), request.parameter("end_date")) == window
