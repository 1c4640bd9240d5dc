"""Dagster's record forgets old runs, but for what is known of each asset and partition."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy

from pipelines.errors import warn
from pipelines.orchestration.instance import LastingEventLog, prepare_instance
from pipelines.orchestration.retention import delete_old_runs

WEEKS = dg.StaticPartitionsDefinition(["one", "two"])


@dg.asset(partitions_def=WEEKS)
def response() -> None:
    """What is fetched once a week."""


@dg.asset(check_specs=[dg.AssetCheckSpec("fine", asset="mart")])
def mart() -> Iterator[dg.MaterializeResult[None]]:
    """What is made in every run."""
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


JOBS = dg.Definitions(
    assets=[response, mart],
    jobs=[dg.define_asset_job("fetch", [response]), dg.define_asset_job("build", [mart])],
)

Record = tuple[dg.DagsterInstance, Callable[..., str]]


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """A record, and a function that runs a job in it and returns the run's id."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    prepare_instance(tmp_path)
    instance = dg.DagsterInstance.from_config(f"{tmp_path}")

    def run(job: str, partition: str | None = None) -> str:
        done = JOBS.resolve_job_def(job).execute_in_process(
            instance=instance, partition_key=partition
        )
        return done.run_id

    return instance, run


def later(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


@pytest.mark.accept
def test_old_runs_go_and_the_last_of_each_asset_stays(record: Record, tmp_path: Path) -> None:
    instance, run = record
    one, two, old, last = run("fetch", "one"), run("fetch", "two"), run("build"), run("build")
    events = instance.event_log_storage
    assert delete_old_runs(instance, 90, later(89)) == 0
    assert delete_old_runs(instance, 90, later(91)) == 2
    assert {record.run_id for record in instance.get_runs()} == {two, last}
    assert {path.stem for path in (tmp_path / "history" / "runs").glob("*.db")} == {
        "index",
        two,
        last,
    }
    assert instance.get_materialized_partitions(response.key) == {"one", "two"}
    (made,) = instance.fetch_materializations(mart.key, limit=9).records
    assert made.run_id == last
    (check,) = events.get_asset_check_execution_history(dg.AssetCheckKey(mart.key, "fine"), limit=9)
    assert check.run_id == last
    assert run("build") not in {one, two, old, last}
    instance.dispose()


def test_a_record_that_cannot_be_read_is_a_warning(
    record: Record, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    instance, run = record
    run("build")
    run("build")

    def fail(*_: object) -> None:
        raise sqlalchemy.exc.DatabaseError("SELECT", {}, Exception("malformed"))

    monkeypatch.setattr(LastingEventLog, "delete_files", fail)
    warn.cache_clear()
    assert delete_old_runs(instance, 1, later(2)) == 0
    assert "old runs stay in Dagster's record: DatabaseError" in capsys.readouterr().err
    instance.dispose()
