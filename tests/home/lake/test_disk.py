"""At every sync of an ingest and a delivery the disk fails, or the power does: nothing is lost."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipelines.errors import RefusalError
from pipelines.exports import delivery
from pipelines.lake import ingest, inventory, log, replay
from pipelines.lake.vintages import list_all_vintages, read_verified
from pipelines.settings import Settings
from pipelines.sources.response import Request, Response
from tests.support.disk import Disk, PowerCutError, syncs_of
from tests.support.ingesting import parquet

OLD, NEW = {"a.txt": b"old", "b/c.txt": b"old too"}, {"a.txt": b"new", "b/d.txt": b"new too"}


def ingest_catalogue(home: Path, day: int) -> None:
    """Ingest a catalogue of a day; each day is of another week."""
    body = {"data": [{"id": "a/b", "name": f"{day}", "pricing": {"prompt": "0.1"}}]}
    fetched = datetime(2026, 5, day, tzinfo=UTC)
    request = Request("models", "models")
    response = Response(request, 200, {}, fetched, json.dumps(body).encode())
    source = cast("Any", SimpleNamespace(fetch=lambda *_: response, is_live=False))
    ingest.ingest_one(Settings(tokenhouse_home=home), source, request)


def deliver(home: Path, files: dict[str, bytes], run_id: str) -> None:
    delivery.deliver(home / "exports", files, run_id)


def check_lake(home: Path) -> None:
    """What was accepted before is there, and what is there is whole and in the log."""
    replay.finish(home / "lake")
    assert inventory.differences(home) == inventory.Differences([], [])
    vintages = list_all_vintages(home / "lake")
    assert [one.as_of.day for one in vintages][:1] == [4]
    for vintage in vintages:
        read_verified(vintage)


def check_exports(home: Path) -> None:
    """Each file is of one of the two sets."""
    for name in {*OLD, *NEW}:
        path = home / "exports" / name
        assert not path.exists() or path.read_bytes() in (OLD.get(name), NEW.get(name))


Step = Callable[[Path], None]

ACTIONS: dict[str, tuple[Step, Step, Step]] = {
    "first ingest": (lambda _: None, lambda home: ingest_catalogue(home, 4), lambda _: None),
    "ingest": (
        lambda home: ingest_catalogue(home, 4),
        lambda home: ingest_catalogue(home, 11),
        check_lake,
    ),
    "delivery": (
        lambda home: deliver(home, OLD, "first"),
        lambda home: deliver(home, NEW, "second"),
        check_exports,
    ),
}
"""What was done before, what is disturbed, and what must be true whatever happened."""


def points(folder: Path) -> int:
    """Return at how many syncs the test below lets the disk fail, and as often the power."""
    count = 0
    for name, (before, act, _) in ACTIONS.items():
        home = folder / name
        home.mkdir(parents=True)
        before(home)
        count += syncs_of(home, lambda act=act, home=home: act(home))  # type: ignore[misc]
    return count


def state(home: Path) -> tuple[dict[str, bytes], set[str], dict[str, str]]:
    """Return what an action leaves: vintages, what the log says, exports."""
    known = log.read(home / "lake")
    return parquet(home), known.vintages | {*known.responses}, delivery.listed(home / "exports")


@pytest.mark.parametrize("cut", [True, False], ids=["power cut", "I/O error"])
@pytest.mark.parametrize("name", ACTIONS)
def test_whatever_sync_fails_the_next_call_finishes_and_nothing_is_lost(
    tmp_path: Path, name: str, cut: bool
) -> None:
    before, act, check = ACTIONS[name]
    begun, done = tmp_path / "begun", tmp_path / "done"
    begun.mkdir()
    before(begun)
    shutil.copytree(begun, done)
    count = syncs_of(done, lambda: act(done))
    assert count > 5
    for number in range(1, count + 2):
        home = Path(shutil.copytree(begun, tmp_path / f"{number}"))
        disk = Disk(home, number, cut)
        with disk.running(), suppress(PowerCutError, RefusalError):
            act(home)
            assert number > count
        if cut:
            home = disk.survivors(tmp_path / f"{number}-on-again")
        check(home)
        assert number <= count or state(home) == state(done)  # what was done is on the disk
        act(home)
        assert state(home) == state(done), number
        assert inventory.differences(home) == inventory.Differences([], [])
        assert not list(home.rglob("*.tmp")) or cut
