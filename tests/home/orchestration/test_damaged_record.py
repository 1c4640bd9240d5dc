"""A record of Dagster's that is damaged is set aside, and the work is done."""

import sqlite3
from pathlib import Path

import dagster as dg
import pytest

from pipelines.cli import jobs
from pipelines.errors import warn
from pipelines.orchestration.instance import is_damaged


def count_runs(instance: dg.DagsterInstance) -> int:
    """Begin a run, as every job does; return how many the record has."""
    instance.get_latest_materialization_event(dg.AssetKey("any"))
    instance.create_run_for_job(dg.GraphDefinition(name="empty").to_job())
    return instance.get_runs_count()


@pytest.mark.parametrize(
    "name", ["history/runs.db", pytest.param("history/runs/index.db", marks=pytest.mark.accept)]
)
def test_a_damaged_record_is_set_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    warn.cache_clear()
    assert [jobs._recorded(tmp_path, count_runs) for _ in range(2)] == [1, 2]
    (tmp_path / "dagster" / name).write_bytes(b"no database at all" * 1000)
    assert jobs._recorded(tmp_path, count_runs) == 1
    (aside,) = tmp_path.glob("dagster.damaged-*")
    assert (aside / name).read_bytes().startswith(b"no database")
    assert f"is now in {aside}" in capsys.readouterr().err


def test_a_locked_or_full_record_is_no_damaged_one() -> None:
    assert not is_damaged(sqlite3.OperationalError("database is locked"))
    assert not is_damaged(ValueError("x"))
    assert is_damaged(sqlite3.DatabaseError("database disk image is malformed"))
