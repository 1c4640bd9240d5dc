"""Dagster's event log: what one process writes, another sees at once."""

import subprocess
import sys
import threading
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager

from pipelines.orchestration.instance import LastingEventLog, prepare_instance

RUN = "8c0d6c2e-1111-4222-8333-444455556666"

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


def test_a_page_that_watches_a_run_sees_events_while_the_writer_still_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    prepare_instance(tmp_path)
    logged = threading.Event()

    def hear(event: dg.EventLogEntry, _: str) -> None:
        if "logged by another process" in event.user_message:
            logged.set()

    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, LastingEventLog)
        assert isinstance(instance.compute_log_manager, NoOpComputeLogManager)
        instance.watch_event_logs(RUN, None, hear)
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
        instance.end_watch_event_logs(RUN, hear)
