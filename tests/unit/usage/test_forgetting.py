"""What is forgotten is in no file of the home, and nothing else is gone."""

import json
import shutil
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines import cli
from pipelines.cli.app import app
from pipelines.errors import RefusalError
from pipelines.home.paths import log
from pipelines.lake import inventory, retraction
from pipelines.lake.log import read as read_log
from pipelines.models import definition
from pipelines.usage import fold, forgetting, ledger
from tests.conftest import tokenhouse, use
from tests.support.ledger import request, store
from tests.support.usage import activity_csv

BEFORE = date(2026, 7, 15)
MONDAY = datetime(2026, 7, 13, tzinfo=UTC)
FRIDAY = datetime(2026, 7, 17, tzinfo=UTC)


def ids_of(home: Path) -> set[str]:
    with closing(duckdb.connect()) as connection:
        current = ledger.scan([*ledger.current(home / "lake").values()])
        return {
            name for (name,) in connection.sql(f"SELECT request_id FROM ({current})").fetchall()
        }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    rows = [
        request(1, started_at=MONDAY),
        request(2, started_at=MONDAY, scope="other"),
        request(3, started_at=FRIDAY),
        request(4, started_at=datetime(2026, 7, 8, tzinfo=UTC)),
    ]
    store(tmp_path, rows[:2])
    store(tmp_path, rows)
    lake = tmp_path / "lake"
    fold.folded(definition.load(), lake, [*ledger.current(lake).values()])
    return tmp_path


def test_a_scope_is_forgotten_before_a_day_in_every_file(home: Path) -> None:
    pages = [home / "report" / name for name in ("2026-07-06.ru.html", "2026-06-29.html")]
    pages[0].parent.mkdir()
    for page in pages:
        page.touch()
    assert forgetting.count(home, "default", BEFORE) == 2
    assert forgetting.forget(home, "default", BEFORE) == [date(2026, 7, 6), date(2026, 7, 13)]
    assert [page.exists() for page in pages] == [False, True]
    assert ids_of(home) == {"gen-2", "gen-3"}
    assert '"do": "forget"' in log(home / "lake").read_text()
    parquet = list(home.rglob("*.parquet"))
    assert [path for path in parquet if b"gen-1" in path.read_bytes()] == []
    assert list(home.joinpath("lake", "usage_fold").rglob("*.parquet")) == []
    assert forgetting.forget(home, "default", BEFORE) == []


def test_a_command_that_was_killed_is_finished_by_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        forgetting.forget(home, "default", BEFORE)
    monkeypatch.undo()
    forgetting.forget(home, "default", BEFORE)
    assert ids_of(home) == {"gen-2", "gen-3"}
    assert {one.week for one in ledger.history(home / "lake")} == {
        date(2026, 7, 6),
        date(2026, 7, 13),
    }


def test_what_was_forgotten_is_not_imported_again(home: Path, tmp_path: Path) -> None:
    forgetting.forget(home, "default", BEFORE)
    export = activity_csv(
        tmp_path / "a.csv",
        {"generation_id": "gen-1", "created_at": "2026-07-13 00:01:00"},
        {"generation_id": "gen-9", "created_at": "2026-07-15 00:00:00"},
    )
    done = json.loads(tokenhouse(home, "usage", "add", f"{export}", "--json").stdout)
    assert (done["new"], done["forgotten"]) == (1, 1)
    assert ids_of(home) == {"gen-2", "gen-3", "gen-9"}


def test_the_command_asks_twice(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(home, monkeypatch)
    cli.load(["usage"])
    arguments = ["usage", "forget", "--scope", "default", "--before", "2026-07-15"]
    for answers in ("n\n", "y\nother\n", "y\n"):
        assert CliRunner().invoke(app, arguments, input=answers).exit_code == 1
        assert len(ids_of(home)) == 4
    done = CliRunner().invoke(app, arguments, input="y\ndefault\n")
    assert done.exit_code == 0, done.output
    assert "deleted 2 requests of scope default before 2026-07-15" in done.output
    assert ids_of(home) == {"gen-2", "gen-3"}


def test_a_lost_week_of_own_usage_is_named_and_stops_publication_until_it_is_given_up(
    home: Path,
) -> None:
    current = ledger.current(home / "lake")
    lost = current[date(2026, 7, 13)]
    inventory.settle(home)
    lost.path.unlink()
    with pytest.raises(RefusalError, match=f"missing from own usage: .+{lost.path.name}.+ add`"):
        inventory.settle(home)
    store(home, [request(1, started_at=MONDAY)])  # imported again, under another name
    retraction.retract(home, [lost.path.name], "imported again")
    inventory.settle(home)
    again = ledger.current(home / "lake")
    assert again.keys() == current.keys()
    assert again[date(2026, 7, 13)].path != lost.path


def test_a_second_retraction_says_that_the_first_one_holds(home: Path) -> None:
    name = ledger.current(home / "lake")[date(2026, 7, 13)].path.name
    for first_words, lines in (("retracted ", 2), ("already retracted ", 1), ("already ", 1)):
        said = tokenhouse(home, "retract", name, "--why", "wrong").stdout.splitlines()
        assert said[0].startswith(first_words) and name in said[0]
        assert len(said) == lines


def test_what_was_forgotten_is_not_missed(home: Path) -> None:
    forgetting.forget(home, "default", BEFORE)
    assert inventory.differences(home) == inventory.Differences([], [])
    (home / "lake" / "log.jsonl").unlink()  # as of a version that did not log own usage
    inventory.settle(home)
    assert inventory.differences(home) == inventory.Differences([], [])


def test_an_import_that_a_crash_kept_out_of_the_log_counts(home: Path) -> None:
    path = log(home / "lake")
    before = path.read_bytes()
    store(home, [request(9, started_at=MONDAY)])
    path.write_bytes(before)
    assert inventory.differences(home) == inventory.Differences([], [])
    inventory.settle(home)
    newest = ledger.current(home / "lake")[date(2026, 7, 13)].path
    assert newest.relative_to(home / "lake").as_posix() in read_log(home / "lake").vintages
