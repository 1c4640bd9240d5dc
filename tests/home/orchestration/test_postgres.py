"""Dagster's record in PostgreSQL, as in the compose file: a real server, and no file of SQLite."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster_postgres import PostgresEventLogStorage

from pipelines.errors import RefusalError
from pipelines.orchestration.instance import prepare_instance
from pipelines.orchestration.retention import delete_old_runs
from pipelines.settings import Settings
from tests.home.orchestration.test_instance import DEFINITIONS
from tests.home.orchestration.test_retention import JOBS, later, mart, response
from tests.support.postgres import postgresql


@pytest.fixture
def record_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a PostgreSQL server of this test, which has Dagster's record."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("DAGSTER_RECORD_ADDRESS", "")
    with postgresql() as url:
        prepare_instance(tmp_path, url)
        yield url


@pytest.mark.accept
def test_runs_are_recorded_in_postgresql_and_the_address_is_in_no_file(
    record_url: str, tmp_path: Path
) -> None:
    for _ in range(2):
        with dg.DagsterInstance.get() as record:
            assert isinstance(record.event_log_storage, PostgresEventLogStorage)
            job = DEFINITIONS.resolve_job_def("job")
            assert job.execute_in_process(instance=record).success
    with dg.DagsterInstance.get() as record:
        assert len(record.get_runs()) == 2
        assert record.get_latest_materialization_event(dg.AssetKey("number")) is not None
    assert not list(tmp_path.rglob("*.db"))
    assert record_url not in (tmp_path / "dagster.yaml").read_text()


@pytest.mark.accept
@pytest.mark.usefixtures("record_url")
def test_old_runs_go_from_postgresql_as_they_do_from_files() -> None:
    with dg.DagsterInstance.get() as record:

        def run(name: str, partition: str | None = None) -> str:
            job = JOBS.resolve_job_def(name)
            return job.execute_in_process(instance=record, partition_key=partition).run_id

        _, two, _, last = run("fetch", "one"), run("fetch", "two"), run("build"), run("build")
        assert delete_old_runs(record, 90, later(89)) == 0
        assert delete_old_runs(record, 90, later(91)) == 2
        assert {one.run_id for one in record.get_runs()} == {two, last}
        assert record.get_materialized_partitions(response.key) == {"one", "two"}
        (made,) = record.fetch_materializations(mart.key, limit=9).records
        assert made.run_id == last


def test_an_address_of_no_postgresql_is_refused_and_never_shown() -> None:
    with pytest.raises(RefusalError, match="TOKENHOUSE_RECORD_URL: must begin with postgresql://"):
        Settings(tokenhouse_record_url="mysql://u:hidden@host/db")
    chosen = Settings(tokenhouse_record_url="postgresql://u:hidden@host/db")
    assert "hidden" not in repr(chosen)
    assert chosen.tokenhouse_record_url in chosen.secrets
