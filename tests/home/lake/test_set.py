"""The set of the lake's files: what is missing, foreign or reverted stops publication by name."""

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import time_machine

from pipelines.errors import RefusalError, warn
from pipelines.home import paths, refusals
from pipelines.lake import acceptances, inventory, log, replay, retraction
from pipelines.lake.vintages import list_vintages, write_vintage
from pipelines.models import build, definition, inputs
from pipelines.orchestration import status
from pipelines.settings import Settings, settings
from pipelines.sources.snapshot import Snapshot
from tests.conftest import tokenhouse, use
from tests.home.lake.test_known_at import a_little_different
from tests.support import wire
from tests.support.ingesting import (
    LATER,
    chosen,
    doubled,
    ingest_tables,
    publish,
    restated,
    retract,
    select,
)


@pytest.fixture
def home(ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published home with one response each of rankings and models."""
    use(tmp_path, monkeypatch)
    return Path(shutil.copytree(ingested, tmp_path, dirs_exist_ok=True))


def restate(home: Path, server: wire.Wire) -> tuple[Path, Path]:
    """Ingest and publish another vintage of the rankings; return its response and its file."""
    known = set(log.read(home / "lake").responses)
    restated(server, LATER, a_little_different)
    (vintage,) = ingest_tables(chosen(home, server), "rankings_daily")
    publish()
    (response,) = set(log.read(home / "lake").responses) - known
    return home / "lake" / response, vintage.path


def causes(home: Path) -> dict[str, str]:
    """Return the reasons for which status says that something is stale, with their messages."""
    done = tokenhouse(home, "status", "--json")
    found = {one["reason"]: one["message"] for one in json.loads(done.stdout)["refusals"]}
    assert done.returncode == (1 if found else 0)
    return {reason: line for reason, line in found.items() if reason != "not_exported"}


@pytest.mark.accept
def test_a_partial_restore_is_named_and_stops_publication_until_the_file_is_given_up(
    home: Path, server: wire.Wire
) -> None:
    response, vintage = restate(home, server)
    assert causes(home) == {}
    content = response.read_bytes(), vintage.read_bytes()
    response.unlink()
    assert "raw/rankings_daily" in causes(home)["lake_differs"]
    vintage.unlink()
    line = causes(home)["lake_differs"]
    assert response.name in line
    assert vintage.name in line
    assert "tokenhouse retract NAME" in line
    with pytest.raises(RefusalError, match=vintage.name):
        publish()
    (home / "warehouse.duckdb").unlink()  # it promises nothing that the log does not
    assert vintage.name in causes(home)["lake_differs"]
    with pytest.raises(RefusalError, match=vintage.name):
        publish()
    response.write_bytes(content[0])
    assert causes(home)["lake_differs"].count("20261018") == 1
    replay.replay(Settings(tokenhouse_home=home))
    assert vintage.read_bytes() == content[1]
    publish()
    assert causes(home) == {}


@pytest.mark.accept
def test_the_sample_is_not_done_while_a_file_is_foreign_private_rows_are_lost_or_all_is_retracted(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(shutil.copytree(published, tmp_path / "home"))
    use(home, monkeypatch)
    assert not status.is_unpublished(settings())
    rankings = [one.path for one in list_vintages(home / "lake", "rankings_daily")]
    foreign = rankings[0].with_stem(f"{rankings[0].stem[:-12]}{'a' * 12}")
    shutil.copy(rankings[0], foreign)
    assert status.is_unpublished(settings())
    foreign.unlink()
    private = paths.private(home / "warehouse.duckdb")
    content = private.read_bytes()
    private.write_bytes(content[:5000])
    assert status.is_unpublished(settings())
    private.write_bytes(content)
    assert not status.is_unpublished(settings())
    retraction.retract(home, [path.name for path in rankings], "all of them")
    assert status.is_unpublished(settings())
    with pytest.raises(RefusalError, match="but retracted ones: `tokenhouse retract FILE --undo"):
        build.build(home, definition.load())


@pytest.mark.accept
def test_a_file_is_missing_no_longer_once_it_is_given_up_or_back(
    home: Path, server: wire.Wire
) -> None:
    response, vintage = restate(home, server)
    aside = vintage.rename(home / "aside"), response.rename(home / "aside too")
    with pytest.raises(RefusalError, match=vintage.name), refusals.recording(home):
        inventory.settle(home)
    since = refusals.read_all(home)[0]["since"]
    saved = tokenhouse(home, "backup", f"{home.with_name('a.tar')}")
    assert "neither is its backup: missing from the lake" in saved.stderr
    assert vintage.name in causes(home)["lake_differs"]
    retracted = tokenhouse(home, "retract", vintage.name, "--why", "lost")
    assert "what is published stays until `tokenhouse run` builds without it" in retracted.stdout
    assert {*causes(home)} == {"not_published"}
    undone = tokenhouse(home, "retract", vintage.name, "--undo", "--why", "found")
    assert "until `tokenhouse run` builds with it" in undone.stdout
    assert {*causes(home)} == {"lake_differs"}
    assert [one["since"] for one in status.status(settings())["refusals"]][:1] == [since]
    for there, path in zip(aside, (vintage, response), strict=True):
        there.rename(path)
    assert causes(home) == {}


@pytest.mark.accept
def test_a_log_from_an_old_backup_is_noticed_by_what_was_published(
    home: Path, server: wire.Wire
) -> None:
    old = (home / "lake" / "log.jsonl").read_bytes()
    response, vintage = restate(home, server)
    response.unlink()
    vintage.unlink()
    (home / "lake" / "log.jsonl").write_bytes(old)
    assert vintage.name in causes(home)["lake_differs"]
    with pytest.raises(RefusalError, match=vintage.name):
        publish()
    (home / "warehouse.duckdb").unlink()
    assert vintage.name in causes(home)["lake_differs"]


@pytest.mark.accept
def test_a_vintage_that_no_response_brought_is_named(home: Path, server: wire.Wire) -> None:
    (vintage,) = list_vintages(home / "lake", "rankings_daily")
    foreign = vintage.path.with_name(vintage.path.name.replace(vintage.digest, "0123456789ab"))
    shutil.copy(vintage.path, foreign)
    assert (
        f"in the lake and not in its log: rankings_daily/{foreign.parent.name}/"
        in (causes(home)["lake_differs"])
    )
    with pytest.raises(RefusalError, match=foreign.name):
        publish()
    foreign.unlink()
    publish()
    assert causes(home) == {}


@pytest.mark.accept
@pytest.mark.parametrize("is_written", [False, True])
def test_a_response_that_a_crash_kept_out_of_the_log_is_finished(
    home: Path, server: wire.Wire, is_written: bool
) -> None:
    path = home / "lake" / "log.jsonl"
    before = path.read_bytes()
    restated(server, LATER, doubled)
    (vintage,) = ingest_tables(chosen(home, server), "rankings_daily")
    path.write_bytes(before)
    if not is_written:
        vintage.path.unlink()
    assert causes(home) == {}
    with pytest.raises(RefusalError, match="restatement"):
        publish()
    assert list_vintages(home / "lake", "rankings_daily")[-1] == vintage
    assert vintage.path.exists()
    assert inventory.differences(home) == inventory.Differences([], [])


@pytest.mark.accept
def test_a_deleted_or_locked_database_does_not_let_history_shrink(
    home: Path, server: wire.Wire
) -> None:
    """Weeks that are published must be in the next build, whatever became of the database."""
    before = select(home, "SELECT count(*) FROM core.week WHERE source = 'daily_rows'")
    for vintage in list_vintages(home / "lake", "rankings_daily"):
        retract(home / "lake", vintage)
    restated(
        server,
        LATER,
        lambda rows: [row for row in rows if not "2026-05-25" <= row["date"] < "2026-06"],
    )
    ingest_tables(chosen(home, server), "rankings_daily")
    with (
        closing(duckdb.connect(home / "warehouse.duckdb")),
        pytest.raises(RefusalError, match="shrunken_history-2026-05-25"),
    ):
        publish()
    (home / "warehouse.duckdb").unlink()
    with pytest.raises(RefusalError, match="shrunken_history-2026-05-25"):
        publish()
    assert before == [(5,)]


def test_a_home_whose_log_was_moved_away_is_not_up_to_date(published: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(published, tmp_path / "home"))
    assert not status.is_unpublished(Settings(tokenhouse_home=home))
    (home / "lake" / "log.jsonl").unlink()
    assert status.is_unpublished(Settings(tokenhouse_home=home))


@pytest.mark.accept
def test_a_home_without_a_log_begins_one_from_its_files_and_its_database(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warn.cache_clear()
    path = home / "lake" / "log.jsonl"
    whole = log.read(home / "lake")
    path.unlink()
    (catalogue,) = list_vintages(home / "lake", "models")
    catalogue.path.unlink()
    with pytest.raises(RefusalError, match=catalogue.path.name):
        publish()
    assert not path.exists()
    with closing(duckdb.connect(home / "warehouse.duckdb")) as holder:
        holder.sql("SELECT 1")
    (home / "warehouse.duckdb").rename(home / "elsewhere")
    (home / "warehouse.duckdb").write_bytes(b"damaged")
    with pytest.raises(RefusalError, match="if it is damaged, move it away"):
        publish()
    (home / "elsewhere").rename(home / "warehouse.duckdb")
    replay.replay(Settings(tokenhouse_home=home))
    publish()
    known = log.read(home / "lake")
    assert (known.vintages, known.published) == (whole.vintages, whole.published)
    assert f"{path} begins with the files that are there" in capsys.readouterr().err
    assert known.responses == whole.responses


@pytest.mark.accept
def test_a_retracted_vintage_is_in_earlier_views_only_and_can_be_restored(
    home: Path, server: wire.Wire
) -> None:
    query = "SELECT count(*) FROM marts.restatements"
    _, vintage = restate(home, server)
    changes = select(home, query)
    content = (home / "warehouse.duckdb").read_bytes()
    unknown = tokenhouse(home, "retract", vintage.name, "20990101T000000Z-x.parquet", "--why", "x")
    assert unknown.returncode == 1
    assert "not in the log of the lake: 20990101T000000Z-x.parquet" in unknown.stderr
    assert tokenhouse(home, "retract", vintage.name, "--why", " ").returncode == 2
    assert causes(home) == {}
    for _ in range(2):  # a repeat changes nothing
        done = tokenhouse(home, "retract", f"{vintage}", "--why", "a wrong clock")
        assert done.returncode == 0, done.stderr
        assert vintage.name in done.stdout
    assert [one.why for one in log.read(home / "lake").retracted.values()] == ["a wrong clock"]
    assert "built from 1 vintage retracted since" in causes(home)["not_published"]
    assert (home / "warehouse.duckdb").read_bytes() == content
    assert vintage.exists()
    publish()
    assert causes(home) == {}
    assert (changes != [(0,)], select(home, query)) == (True, [(0,)])
    restated(server, LATER, a_little_different)  # the same response does not bring it back
    ingest_tables(chosen(home, server), "rankings_daily")
    publish()
    assert select(home, query) == [(0,)]

    vintage.unlink()  # it was given up, so it need not be there
    assert causes(home) == {}
    replay.replay(Settings(tokenhouse_home=home))
    assert vintage.exists()
    restored = tokenhouse(home, "retract", vintage.name, "--undo", "--why", "it was right")
    assert restored.returncode == 0, restored.stderr
    assert "not in the database" in causes(home)["not_published"]
    publish()
    assert select(home, query) == changes
    again = tokenhouse(home, "retract", vintage.name, "--undo", "--why", "x")
    assert "not in the files that were retracted" in again.stderr


@pytest.mark.accept
def test_a_view_at_an_instant_before_the_retraction_still_shows_what_was_known(
    home: Path, server: wire.Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    _, vintage = restate(home, server)
    before, after = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC), tick=False):
        tokenhouse(home, "retract", vintage.name, "--why", "x")
    lake = home / "lake"
    assert vintage in [one.path for one in list_vintages(lake, "rankings_daily", before)]
    assert vintage not in [one.path for one in list_vintages(lake, "rankings_daily", after)]
    vintage.unlink()
    warn.cache_clear()
    with closing(duckdb.connect()) as connection:
        inputs.attach(connection, lake, before)
        seen = connection.sql("SELECT count(DISTINCT as_of) FROM lake.rankings_daily").fetchall()
    assert seen == [(1,)]
    assert f"the view lacks {vintage.relative_to(lake)}" in capsys.readouterr().err


@pytest.mark.accept
def test_a_vintage_from_the_future_is_named_with_the_way_out(home: Path) -> None:
    (catalogue,) = list_vintages(home / "lake", "models")
    table = pq.ParquetFile(catalogue.path).read()
    poison = write_vintage(
        home / "lake", "models", Snapshot(datetime(2099, 5, 25, tzinfo=UTC), True, table)
    )
    publish()
    said = tokenhouse(home, "status").stdout
    assert f'`tokenhouse retract {poison.path.name} --why "…"`' in said
    assert tokenhouse(home, "retract", poison.path.name, "--why", "a wrong clock").returncode == 0
    publish()
    assert "dated in the future" not in tokenhouse(home, "status").stdout
    assert select(home, "SELECT max(as_of) < '2099-01-01' FROM meta.snapshots") == [(True,)]


@pytest.mark.accept
def test_an_acceptance_that_is_taken_back_blocks_again(home: Path, server: wire.Wire) -> None:
    restated(server, LATER, doubled)
    ingest_tables(chosen(home, server), "rankings_daily")
    name = "restatement-2026-06-01-20261018T080000Z"
    acceptances.accept(home / "lake", name, 1.0, "checked")
    publish()
    assert causes(home) == {}
    done = tokenhouse(home, "unaccept", name, "--why", "it was not right")
    assert done.returncode == 0, done.stderr
    assert f"in spite of {name}, accepted no longer" in causes(home)["not_published"]
    with pytest.raises(RefusalError, match=name):
        publish()
    assert [one["is_accepted"] for one in acceptances.findings(home)] == [False]
    again = tokenhouse(home, "unaccept", name, "--why", "x")
    assert "not in the accepted findings" in again.stderr
