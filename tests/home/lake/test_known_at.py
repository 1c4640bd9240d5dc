"""What later responses change: restatements, past views, and the gate."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.home import refusals
from pipelines.lake import acceptances, log
from pipelines.lake.vintages import list_vintages
from pipelines.models import definition
from pipelines.orchestration.status import status
from pipelines.settings import Settings
from tests.conftest import tokenhouse, use
from tests.support import ingesting, wire
from tests.support.building import models_of
from tests.support.ingesting import (
    LATER,
    Rows,
    chosen,
    doubled,
    ingest_tables,
    of_nobody,
    publish,
    restated,
    select,
)

RESTATEMENT = "restatement-2026-06-01-20261018T080000Z"


def without_a_day(rows: Rows) -> Rows:
    return [row for row in rows if row["date"] != "2026-06-02"]


def a_little_different(rows: Rows) -> Rows:
    """One value is one token more, and the smallest row of a day has another name."""
    first = {**rows[0], "total_tokens": str(int(rows[0]["total_tokens"]) + 1)}
    smallest = {**rows[49], "model_permaslug": "openai/renamed"}
    return [first, *rows[1:49], smallest, *rows[50:]]


def without_a_week(rows: Rows) -> Rows:
    return [row for row in rows if not "2026-05-25" <= row["date"] <= "2026-05-31"]


def tripled(rows: Rows) -> Rows:
    """The last week has three times its tokens."""
    return [
        {**row, "total_tokens": str(int(row["total_tokens"]) * 3)}
        if row["date"] >= "2026-06-15"
        else row
        for row in rows
    ]


class TestVintages:
    @pytest.fixture
    def settings(
        self, ingested: Path, tmp_path: Path, server: wire.Wire, monkeypatch: pytest.MonkeyPatch
    ) -> Settings:
        shutil.copytree(ingested, tmp_path, dirs_exist_ok=True)
        use(tmp_path, monkeypatch)
        return chosen(tmp_path, server)

    @pytest.mark.accept
    def test_small_changes_are_listed_and_published(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        restated(server, LATER, a_little_different)
        ingest_tables(settings, "rankings_daily")
        stale = [one["reason"] for one in status(settings)["refusals"]]
        assert stale == ["not_published", "not_exported"]
        publish()
        assert [one["reason"] for one in status(settings)["refusals"]] == ["not_exported"]
        assert select(
            settings.tokenhouse_home,
            "SELECT change, count(*), sum(difference) FILTER (WHERE change = 'value') "
            "FROM marts.restatements GROUP BY change ORDER BY change",
        ) == [("new_row", 1, None), ("value", 1, 1), ("vanished_row", 1, None)]

    @pytest.mark.accept
    def test_a_large_restatement_stops_publication_until_accepted_by_name(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        home = settings.tokenhouse_home
        before = (home / "warehouse.duckdb").read_bytes()
        restated(server, LATER, doubled)
        ingest_tables(settings, "rankings_daily")
        with pytest.raises(RefusalError, match="restatement-2026-06-01-20261018T080000Z"):
            publish()
        assert (home / "warehouse.duckdb").read_bytes() == before
        refusal = refusals.read(home)
        assert refusal is not None
        assert refusal["reason"] == "restatement"
        stale = tokenhouse(home, "status")
        assert stale.returncode == 1
        assert f"stale since {refusal['since']} because restatement-2026-06-01" in stale.stderr
        acceptances.accept(settings.lake, RESTATEMENT, 1.0, "checked")
        publish()
        assert refusals.read(home) is None
        assert select(home, "SELECT is_accepted FROM marts.publication_findings") == [(True,)]

    @pytest.mark.accept
    def test_a_vanished_day_is_a_restatement_and_the_day_is_not_lost(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        home = settings.tokenhouse_home
        restated(server, LATER, without_a_day)
        ingest_tables(settings, "rankings_daily")
        with pytest.raises(RefusalError, match="restatement"):
            publish()
        acceptances.accept(settings.lake, RESTATEMENT, 1.0, "known hole")
        publish()
        changes = select(
            home, "SELECT change, count(*), count(later_tokens) FROM marts.restatements GROUP BY 1"
        )
        assert changes == [("vanished_day", 51, 0)]
        assert select(home, "SELECT days_seen FROM core.week WHERE week = '2026-06-01'") == [(7,)]

    @pytest.mark.accept
    def test_a_day_reported_late_is_no_restatement(
        self, server: wire.Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use(tmp_path, monkeypatch)
        settings = chosen(tmp_path, server)
        for as_of in (server.as_of, LATER):  # a source that is late, requested twice
            restated(server, as_of, without_a_day)
            ingest_tables(settings, "rankings_daily")
        restated(server, "2026-10-19T08:00:00Z", lambda rows: rows)
        ingest_tables(settings, "rankings_daily", "models")
        publish()
        assert select(tmp_path, "FROM marts.restatements") == []
        assert select(tmp_path, "SELECT days_seen FROM core.week WHERE week = '2026-06-01'") == [
            (7,)
        ]

    @pytest.mark.accept
    def test_any_past_view_can_be_built_again(
        self,
        settings: Settings,
        server: wire.Wire,
        tmp_path_factory: pytest.TempPathFactory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """… and passes no gate: what stood in the way then is a row of it."""
        gate = models_of("marts.publication_findings marts.restatements")
        monkeypatch.setattr(definition, "load", lambda: gate)
        question = "SELECT total_tokens FROM marts.weekly_total WHERE week = '2026-06-01'"
        home = settings.tokenhouse_home
        now = select(home, question)
        restated(server, LATER, doubled)
        ingest_tables(settings, "rankings_daily")
        instants = "2026-10-12T00:00Z", "2026-10-19T00:00Z"
        early, late = (tmp_path_factory.mktemp(instant[:10]) for instant in instants)
        for instant, view in zip(instants, (early, late), strict=True):
            done = tokenhouse(home, "run", "--known-at", instant, "--home", f"{view}")
            assert done.returncode == 0, done.stderr
        assert select(early, question) == now
        assert select(late, question) > now
        found = "SELECT reason, is_accepted FROM marts.publication_findings"
        assert select(late, found) == [("restatement", False)]
        known = "SELECT sum(tokens) FROM marts.rankings_known_at(TIMESTAMPTZ '{}')"
        assert select(late, known.format(instants[0])) < select(late, known.format(instants[1]))

    @pytest.mark.parametrize(
        ("change", "finding"),
        [
            (without_a_week, "shrunken_history-2026-05-25"),
            (of_nobody, "author_coverage-2026-05-18"),
            (tripled, "total_move-2026-06-15"),
        ],
    )
    def test_a_replaced_value_blocks_publication(
        self,
        settings: Settings,
        server: wire.Wire,
        change: Callable[[Rows], Rows],
        finding: str,
    ) -> None:
        for vintage in list_vintages(settings.lake, "rankings_daily"):
            ingesting.retract(settings.lake, vintage)
        restated(server, LATER, change)
        ingest_tables(settings, "rankings_daily")
        with pytest.raises(RefusalError, match=finding):
            publish()

    @pytest.mark.accept
    def test_two_values_of_one_instant_stop_publication(
        self, settings: Settings, server: wire.Wire
    ) -> None:
        restated(server, server.as_of, doubled)
        ingest_tables(settings, "rankings_daily")
        with pytest.raises(RefusalError, match="conflicting_keys-2026-06-01"):
            publish()


@pytest.mark.accept
def test_a_past_decision_is_explained_by_the_tables_of_its_publication(
    published: Path, tmp_path: Path
) -> None:
    home, then = Path(shutil.copytree(published, tmp_path / "home")), tmp_path / "then"
    at = max(log.read(home / "lake").reference)
    (home / "reference").mkdir()
    (home / "reference" / "deploy_policy.csv").write_text(
        "workload,kind,name,rule,source,recorded_on\n*,vendor,google,ban,a contract,2026-11-28\n"
    )
    instant = f"{at + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    done = tokenhouse(home, "run", "--known-at", instant, "--home", f"{then}")
    assert (done.returncode, done.stderr) == (0, "")
    for question in ("FROM marts.routing_table ORDER BY ALL", "SELECT run_id FROM meta.build"):
        assert select(then, question) == select(published, question)
    before = at - timedelta(seconds=1)
    early = tokenhouse(
        home, "run", "--known-at", f"{before:%Y-%m-%dT%H:%M:%SZ}", "--home", f"{then}"
    )
    assert "tables as they are now" in early.stderr
    assert select(then, "SELECT run_id FROM meta.build") != select(
        published, "SELECT run_id FROM meta.build"
    )
