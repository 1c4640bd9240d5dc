"""Dagster's event log: many events a transaction, the rows of Dagster's own storage."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager

from pipelines.orchestration import instance
from pipelines.orchestration.instance import LastingEventLog, prepare_instance

RUN = "8c0d6c2e-1111-4222-8333-444455556666"

EVENT = dg.EventLogEntry(None, 20, "an event", RUN, 0.0)  # type: ignore[no-untyped-call]

WRITER = """
import sys, dagster as dg

@dg.op
def work(context):
    context.log.info("logged by another process")

@dg.job
def job():
    work()

with dg.DagsterInstance.get() as instance:
    job.execute_in_process(instance=instance, run_id=sys.argv[1])
    print("written", flush=True)
    sys.stdin.read()
"""


@pytest.mark.accept
def test_a_page_that_watches_a_run_sees_events_while_the_writer_still_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    prepare_instance(tmp_path)
    logged = threading.Event()

    def hear(event: dg.EventLogEntry, _: str) -> None:
        if "logged by another process" in event.user_message:
            logged.set()

    with dg.DagsterInstance.get() as reader:
        assert isinstance(reader.event_log_storage, LastingEventLog)
        assert isinstance(reader.compute_log_manager, NoOpComputeLogManager)
        reader.watch_event_logs(RUN, None, hear)
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, RUN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "written\n"
            assert logged.wait(20)
            writer.communicate("")
        reader.end_watch_event_logs(RUN, hear)


@dg.asset(check_specs=[dg.AssetCheckSpec("is_even", asset="number")])
def number() -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """An asset with a check, as the models are."""
    yield dg.AssetCheckResult(check_name="is_even", passed=True, metadata={"failing_rows": 0})
    yield dg.MaterializeResult(metadata={"rows": 2}, data_version=dg.DataVersion("2"))


JOB = dg.define_asset_job("job", selection="number")
DEFINITIONS = dg.Definitions(assets=[number], jobs=[JOB])


def record_twice(folder: Path) -> None:
    """Run the job two times, with the storages that the folder's dagster.yaml names."""
    with dg.DagsterInstance.from_config(f"{folder}") as record:
        for run in (RUN, RUN[::-1]):
            DEFINITIONS.resolve_job_def("job").execute_in_process(instance=record, run_id=run)


def rows(file: Path, table: str, columns: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(f"SELECT {columns} FROM {table} ORDER BY id").fetchall()


@pytest.mark.accept
def test_the_files_hold_the_same_rows_as_those_of_dagsters_own_storage(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    prepare_instance(ours)
    theirs.mkdir()
    (theirs / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    for folder in (ours, theirs):
        record_twice(folder)
    events = "id, run_id, dagster_event_type, step_key, asset_key, partition, typeof(timestamp)"
    checks = "asset_key, check_name, run_id, execution_status, evaluation_event_storage_id"
    asked = [
        (RUN, "event_logs", events),
        ("index", "event_logs", events),
        ("index", "asset_keys", "asset_key, last_run_id, json_valid(last_materialization)"),
        ("index", "asset_event_tags", "event_id, asset_key, key, value"),
        ("index", "asset_check_executions", checks),
    ]
    for file, table, columns in asked:
        found, expected = (
            rows(folder / "history" / "runs" / f"{file}.db", table, columns)
            for folder in (ours, theirs)
        )
        assert found == expected
        assert found


def new_storage(folder: Path) -> LastingEventLog:
    """Return a storage whose own tables are committed: no timer runs."""
    storage = LastingEventLog(f"{folder}")
    storage._commit_in_time()
    return storage


def test_events_are_committed_together_and_soon(tmp_path: Path) -> None:
    storage = new_storage(tmp_path)
    file = tmp_path / f"{RUN}.db"
    with patch.object(instance, "COMMIT_SECONDS", 20):
        storage.store_event(EVENT)
        storage.store_event(EVENT)
        assert rows(file, "event_logs", "id") == []
        assert len(storage.get_logs_for_run(RUN)) == 2
        storage._commit_in_time()
    assert rows(file, "event_logs", "id") == [(1,), (2,)]
    with patch.object(instance, "COMMIT_SECONDS", 0):
        storage.store_event(EVENT)
        timer = storage._commit_timer
    if timer:  # otherwise it has begun to commit, under the lock
        timer.join()
    with storage._db_lock:
        assert rows(file, "event_logs", "id") == [(1,), (2,), (3,)]
    storage.dispose()


def test_events_that_cannot_be_committed_are_reported_once(tmp_path: Path) -> None:
    storage = new_storage(tmp_path)
    with patch.object(instance, "COMMIT_SECONDS", 20):
        storage.store_event(EVENT)
    full = sqlalchemy.exc.OperationalError("COMMIT", {}, Exception("database or disk is full"))
    with patch.object(LastingEventLog, "_commit", side_effect=full):
        storage._commit_in_time()
    with pytest.raises(sqlalchemy.exc.OperationalError, match="disk is full"):
        storage.store_event(EVENT)
    storage.store_event(EVENT)
    storage.dispose()
    assert rows(tmp_path / f"{RUN}.db", "event_logs", "id") == [(1,)]
