"""What Dagster's record costs as runs gather in it: `python -m tests.bench.record` (ten minutes).

The runs are copies of one run of the sample with all its events. Each is written by an
instance of its own, as a run is, and then read as Dagster's pages read: all assets, and the last
runs.
"""

import sys
import tempfile
import time
from pathlib import Path

import dagster as dg

from pipelines.home import paths
from pipelines.orchestration.instance import prepare_instance
from tests.bench import history, tables
from tests.bench.floor import sampled
from tests.bench.pairs import alone, program, say

RUNS = 200
SHOWN = (1, 50, 100, 200)
LAST_RUNS = 20


def recorded(home: Path) -> tuple[dg.DagsterRun, list[dg.EventLogEntry]]:
    """Return the last run that a home's record has, and its events."""
    prepare_instance(paths.dagster(home))
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs(limit=1)
        return run, list(instance.all_logs(run.run_id))


def write(run: dg.DagsterRun, events: list[dg.EventLogEntry]) -> float:
    """Write a copy of a run to the record in use; return the processor seconds of that."""
    begun = time.process_time()
    with dg.DagsterInstance.get() as instance:
        copy = dg.DagsterRun(run.job_name, status=run.status)
        instance.add_run(copy)
        for event in events:
            instance.event_log_storage.store_event(event._replace(run_id=copy.run_id))
    return time.process_time() - begun


def read() -> float:
    """Read what Dagster's pages show first; return the processor seconds of that."""
    with dg.DagsterInstance.get() as instance:
        begun = time.process_time()
        instance.get_asset_records()
        instance.get_run_records(limit=LAST_RUNS)
        return time.process_time() - begun


def measured(home: Path, runs: int, shown: tuple[int, ...]) -> list[str]:
    """Write so many copies of a home's run; return a line of the table for each number shown."""
    run, events = recorded(home)
    folder, lines = home / "record", []
    prepare_instance(folder)
    for number in range(1, runs + 1):
        seconds = write(run, events)
        if number in shown:
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e9
            lines.append(f"| {number} | {seconds:.2f} s | {read():.2f} s | {size:.2f} GB |")
            say(lines[-1])
    return lines


def main(runs: int = RUNS) -> None:
    """Measure a record of many runs, and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        alone(sampled, home)
        program(history.RUN, home, "run")
        lines = measured(home, runs, SHOWN)
    text = "\n".join(
        [
            f"One run of `python -m tests.bench.record`: {tables.machine()}.",
            "",
            "| runs | write | read | record |",
            "|--:|--:|--:|--:|",
            *lines,
        ]
    )
    tables.write(text, "python -m tests.bench.record")
    print(text)  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
