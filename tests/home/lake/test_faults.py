"""Bad input is survived or refused; the lake stays whole either way."""

import errno
import os
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import stamina

from pipelines.errors import RefusalError
from pipelines.home import refusals, source_health
from pipelines.lake import ingest, raw
from pipelines.lake.vintages import Vintage, list_vintages, read_verified
from pipelines.settings import Settings
from pipelines.sources import client, plan
from tests.support import faults, misbehaviour, wire

WEEK = date(2026, 5, 18)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Try again as in life, but without the pauses, and wait 1.5 seconds where life waits 45."""
    monkeypatch.setattr(client, "PATIENCE", 1.5)
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


def ingest_one(settings: Settings) -> Vintage:
    with client.Client(settings) as source:
        return ingest.ingest_one(settings, source, plan.rankings_request(WEEK, WEEK))[0]


def set_up(server: wire.Wire, fault: faults.Fault) -> None:
    if fault.handler:
        server.fault = fault.handler
    else:
        server.replies += [fault.reply or (200, b"", {})] * 5


def whole(home: Path) -> bool:
    held = list_vintages(home / "lake", "rankings_daily")
    for vintage in held:
        read_verified(vintage)
    for path in raw.files(home / "lake"):
        answer = raw.read(path)
        assert wire.KEY not in f"{answer}"
    return not list(home.rglob("*.tmp*"))


def some_of(found: list[faults.Fault]) -> pytest.MarkDecorator:
    """Test one fault in six on every commit, and the others before a release."""
    rest = [pytest.mark.accept]
    return pytest.mark.parametrize(
        "fault",
        [
            pytest.param(fault, id=fault.name, marks=rest if number % 6 else [])
            for number, fault in enumerate(found)
        ],
    )


@some_of(faults.FAULTS)
def test_every_fault_is_accepted_or_refused_in_words(
    tmp_path: Path, server: wire.Wire, fault: faults.Fault
) -> None:
    settings = server.settings(tmp_path)
    set_up(server, fault)
    if fault.happens == faults.ACCEPTED:
        vintage = ingest_one(settings)
        recorded = {
            one["model_permaslug"]: int(one["total_tokens"]) for one in misbehaviour.GOOD["data"]
        }
        rows = pq.read_table(vintage.path).to_pylist()
        assert all(recorded[row["model_permaslug"]] == row["total_tokens"] for row in rows)
        assert len(rows) >= 50
    else:
        with pytest.raises(RefusalError) as refusal:
            ingest_one(settings)
        assert fault.reads in f"{refusal.value}"
        assert wire.KEY not in f"{refusal.value}"
        assert "\n" not in f"{refusal.value}"
        assert list_vintages(settings.lake, "rankings_daily") == []
        assert (len(server.asked) == 1) == (fault.happens == faults.ONCE)
    assert whole(tmp_path)


@some_of([fault for fault in faults.FAULTS if fault.happens == faults.RETRIED])
def test_what_passes_is_survived(tmp_path: Path, server: wire.Wire, fault: faults.Fault) -> None:
    settings = server.settings(tmp_path)
    if fault.handler:
        handler = fault.handler

        def once(request: object) -> None:
            server.fault = None
            handler(request)  # type: ignore[arg-type]

        server.fault = once
    else:
        server.replies.append(fault.reply or (200, b"", {}))
    vintage = ingest_one(settings)
    assert len(pq.read_table(vintage.path)) == 51
    assert len(server.asked) == 2
    assert whole(tmp_path)


def test_another_host_is_not_contacted_without_tls(tmp_path: Path) -> None:
    with pytest.raises(RefusalError, match="OPENROUTER_BASE_URL: must begin with https://"):
        Settings(openrouter_base_url="http://openrouter.ai/api/v1", tokenhouse_home=tmp_path)


def test_a_vanished_day_is_accepted_and_recorded(tmp_path: Path, server: wire.Wire) -> None:
    settings = server.settings(tmp_path)
    week = wire.rankings("2026-05-18", "2026-05-24", "2026-10-11T00:27:00Z")
    kept = [row for row in week["data"] if row["date"] != "2026-05-20"]
    server.replies.append(wire.as_reply({"data": kept, "meta": week["meta"]}))
    with client.Client(settings) as source:
        vintages = ingest.ingest_table(settings, source, "rankings_daily", True, WEEK, WEEK)
    assert sum(len(pq.read_table(one.path)) for one in vintages) == 6 * 51


def test_a_source_that_is_not_essential_fails_alone(tmp_path: Path, server: wire.Wire) -> None:
    settings = server.settings(tmp_path)
    server.is_complete = False
    with client.Client(settings) as source:
        assert ingest.ingest_table(settings, source, "providers", True, WEEK, WEEK) == []
        assert ingest.ingest_table(settings, source, "rankings_daily", True, WEEK, WEEK)
    known = source_health.read(tmp_path)
    assert "HTTP 404" in known["providers"]["reason"]
    assert "reason" not in known["rankings_daily"]
    server.is_complete = True
    with client.Client(settings) as source:
        assert ingest.ingest_table(settings, source, "providers", True, WEEK, WEEK)
    assert "reason" not in source_health.read(tmp_path)["providers"]


def test_a_full_disk_and_a_read_only_home_are_refused(
    tmp_path: Path, server: wire.Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def no_space(file: int) -> None:
        """A disk with room for a note, but not for a response."""
        status = os.fstat(file)
        if stat.S_ISREG(status.st_mode) and status.st_size > 400:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(file)

    settings = server.settings(tmp_path)
    monkeypatch.setattr("pipelines.home.files.os.fsync", no_space)
    with pytest.raises(RefusalError, match="No space left on device"):
        ingest_one(settings)
    # Not even a table that may fail passes over it.
    with client.Client(settings) as source, pytest.raises(RefusalError, match="no space left"):
        ingest.ingest_table(settings, source, "task_classifications", True, WEEK, WEEK)
    (one,) = refusals.read_all(tmp_path)
    assert (one["cause"], one["reason"]) == ("build", "no_space")
    assert source_health.read(tmp_path) == {}
    monkeypatch.undo()
    assert whole(tmp_path)
    (tmp_path / "blocked").write_text("a file where the home should be a folder")
    with pytest.raises(RefusalError, match="is not a folder"):
        server.settings(tmp_path / "blocked")
