"""Which past weeks are fetched, and that they are published despite interrupted calls."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines.home import refusals
from pipelines.lake import coverage, ingest
from pipelines.sources import plan
from pipelines.weeks import in_calls
from tests.conftest import tokenhouse
from tests.support import wire
from tests.support.ingesting import LATER, WEEK, chosen, ingest_tables, select


class TestBackfill:
    @pytest.mark.accept
    @pytest.mark.usefixtures("is_whole")
    def test_what_an_interrupted_call_took_is_published_by_the_next_and_then_nothing_is_done(
        self, tmp_path: Path, server: wire.Wire
    ) -> None:
        settings = chosen(tmp_path, server)
        weeks = date(2026, 5, 18), WEEK
        ingest_tables(settings, "models", "rankings_daily", week=weeks[0])
        missing = coverage.missing_weeks(settings, True, *weeks)
        assert missing == [date(2026, 5, 25), date(2026, 6, 1), date(2026, 6, 8), WEEK]
        ingest_tables(settings, "rankings_daily")  # and killed before it could publish
        asked = len(server.asked)
        nothing = {"ingested": [], "requests": 0, "incomplete": [], "never_reported": []}
        for is_published in (True, False):
            done = tokenhouse(
                tmp_path,
                *("backfill", "--from", f"{weeks[0]}", "--to", f"{weeks[1]}", "--json"),
                OPENROUTER_API_KEY=wire.KEY,
                OPENROUTER_BASE_URL=server.url,
            )
            assert json.loads(done.stdout) == {
                "schema_version": 1,
                **nothing,
                "published": is_published,
            }, done.stderr
        assert done.stderr == ""
        assert len(server.asked) == asked
        assert select(tmp_path, "SELECT count(*) FROM core.week WHERE source = 'daily_rows'") == [
            (6,)
        ]

    @pytest.mark.accept
    @pytest.mark.parametrize("is_whole", [False], indirect=True, ids=["gate"])
    @pytest.mark.usefixtures("is_whole")
    def test_weeks_without_any_reported_day_do_not_block_the_others(
        self, tmp_path: Path, server: wire.Wire
    ) -> None:
        settings = chosen(tmp_path, server)
        ingest_tables(settings, "models", "rankings_daily", week=date(2026, 6, 8))
        nothing = {"data": [], "meta": wire.rankings("2026-03-02", "2026-05-10", LATER)["meta"]}
        in_part = wire.rankings("2026-06-15", "2026-06-28", "2026-07-01T08:00:00Z")
        in_part["data"] = [row for row in in_part["data"] if row["date"] != "2026-06-24"]
        server.replies += [wire.as_reply(nothing), wire.as_reply(in_part)]
        done = tokenhouse(
            tmp_path,
            *("backfill", "--from", "2026-03-02", "--to", "2026-06-22"),
            OPENROUTER_API_KEY=wire.KEY,
            OPENROUTER_BASE_URL=server.url,
        )
        assert done.returncode == 1
        assert "rankings-daily" in done.stderr.splitlines()[-1]
        (one,) = refusals.read_all(tmp_path)
        assert (one["cause"], one["reason"]) == ("rankings_daily", "unknown_schema")
        assert tokenhouse(tmp_path, "status").stderr == done.stderr.splitlines(True)[-1]
        first, second, third = done.stdout.splitlines()
        assert (first, second) == (
            "1 week ingested in 2 requests",
            "published what was not published yet",
        )
        assert third.startswith("days are still missing from the weeks: 2026-03-02, 2026-03-09, ")
        assert third.endswith(", 2026-05-04, 2026-06-22")
        whole = "SELECT max(week) FROM core.week WHERE source = 'daily_rows' AND is_complete"
        assert select(tmp_path, whole) == [(WEEK,)]

    def test_an_old_week_missing_from_a_response_is_a_hole(
        self, tmp_path: Path, server: wire.Wire
    ) -> None:
        settings = chosen(tmp_path, server)
        weeks = date(2026, 4, 27), date(2026, 5, 18)
        assert coverage.missing_weeks(settings, True, *weeks) != []
        with ingest.open_client(settings, live=True) as client:
            ingest.ingest_table(settings, client, "rankings_daily", True, *weeks)
        assert coverage.missing_weeks(settings, True, *weeks) == []
        holes = coverage.holes(settings, *weeks)
        assert (len(holes), holes[0], holes[-1]) == (14, date(2026, 4, 27), date(2026, 5, 10))
        assert refusals.read_all(tmp_path) == []

    @pytest.mark.parametrize(
        ("as_of", "missing"),
        [
            ("2026-06-30T08:00:00Z", [WEEK]),  # the source may still report it
            ("2026-10-11T00:27:00Z", []),  # it is a hole
        ],
    )
    def test_a_week_lacks_a_day_until_it_is_reported_or_past(
        self, tmp_path: Path, server: wire.Wire, as_of: str, missing: list[date]
    ) -> None:
        body = wire.rankings("2026-06-15", "2026-06-21", as_of)
        body["data"] = [row for row in body["data"] if row["date"] != "2026-06-17"]
        server.replies.append(wire.as_reply(body))
        settings = chosen(tmp_path, server)
        with ingest.open_client(settings, live=True) as client:
            request = plan.rankings_request(WEEK, WEEK + timedelta(days=6))
            ingest.ingest_one(settings, client, request)
        assert coverage.missing_weeks(settings, True, WEEK, WEEK) == missing

    def test_a_week_that_a_run_requested_only_in_part_is_missing(
        self, tmp_path: Path, server: wire.Wire
    ) -> None:
        """A first run on a Tuesday: the 35 days before it begin within a week."""
        settings = chosen(tmp_path, server)
        with ingest.open_client(settings, live=True) as client:
            request = plan.rankings_request(WEEK + timedelta(days=1), WEEK + timedelta(days=13))
            ingest.ingest_one(settings, client, request)
        later = WEEK + timedelta(days=7)
        assert coverage.missing_weeks(settings, True, WEEK, later) == [WEEK]
        ingest_tables(settings, "rankings_daily")
        assert coverage.missing_weeks(settings, True, WEEK, later) == []

    def test_a_call_never_spans_more_than_a_year(self) -> None:
        calls = list(in_calls(date(2025, 1, 6), date(2026, 11, 9)))
        assert calls == [
            (date(2025, 1, 6), date(2025, 12, 29)),
            (date(2026, 1, 5), date(2026, 11, 9)),
        ]
        for first, last in calls:
            requests = plan.requests("rankings_daily", first, last, [])
            assert len(requests) == 1 or first == last
