"""A ledger in a Delta or Iceberg table of another program, written by their own libraries.

The libraries are imported where they are used: they are large, and `make test` needs none of them.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipelines.errors import RefusalError
from pipelines.usage import ledger
from tests.support.usage import activity_csv
from tests.unit.usage.test_importing import add, bytes_of, ledger_of


def delta(path: Path, rows: pa.Table, **configuration: str) -> None:
    from deltalake import write_deltalake

    write_deltalake(path, rows, partition_by=["week"], configuration=configuration)


def iceberg(path: Path, rows: pa.Table, **properties: str) -> None:
    from pyiceberg.catalog.memory import InMemoryCatalog

    catalogue = InMemoryCatalog("test", warehouse=f"{path.parent}")
    catalogue.create_namespace("own")
    made = catalogue.create_table("own.usage", rows.schema, f"{path}", properties=properties)
    made.append(rows)


@pytest.mark.accept
@pytest.mark.parametrize("write", [delta, iceberg])
def test_a_ledger_in_a_table_of_another_program_is_the_same_ledger(
    tmp_path: Path, write: Callable[..., None]
) -> None:
    days: list[dict[str, str]] = [
        {},
        {"generation_id": "gen-2", "created_at": "2026-06-01 10:00:00"},
    ]
    add(tmp_path / "home", activity_csv(tmp_path / "1.csv", *days), scope="ours")
    write(tmp_path / "own" / "usage", as_table(tmp_path / "home"))
    done = add(tmp_path / "copy", tmp_path / "own" / "usage")
    assert (done.new, done.sources) == (2, {"openrouter"})
    assert bytes_of(tmp_path / "copy") == bytes_of(tmp_path / "home")
    assert add(tmp_path / "copy", tmp_path / "own" / "usage").new == 0


def as_table(home: Path) -> pa.Table:
    with closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        current = [*ledger.current(home / "lake").values()]
        return connection.sql(ledger.scan(current)).to_arrow_table()


@pytest.mark.accept
def test_a_table_whose_deleted_rows_would_come_back_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyiceberg.table import DataScan, FileScanTask

    add(tmp_path / "home", activity_csv(tmp_path / "1.csv", {}))
    rows = as_table(tmp_path / "home")
    delta(tmp_path / "vectors", rows, **{"delta.enableDeletionVectors": "true"})
    with pytest.raises(RefusalError, match=r"vectors uses deletionVectors"):
        add(tmp_path / "copy", tmp_path / "vectors")
    delta(tmp_path / "fewer", rows.drop(["cost_kind"]))
    with pytest.raises(RefusalError, match=r"fewer lacks the columns cost_kind"):
        add(tmp_path / "copy", tmp_path / "fewer")
    wrong = rows.set_column(rows.column_names.index("status"), "status", pa.array(["well"]))
    delta(tmp_path / "wrong", wrong)
    with pytest.raises(RefusalError, match="has a status that is none of ours"):
        add(tmp_path / "copy", tmp_path / "wrong")
    iceberg(tmp_path / "own" / "usage", rows)
    planned = DataScan.plan_files

    def with_deletes(scan: DataScan) -> list[FileScanTask]:
        # The library writes no delete files; it reports those that Spark writes so.
        return [FileScanTask(one.file, delete_files={one.file}) for one in planned(scan)]

    monkeypatch.setattr(DataScan, "plan_files", with_deletes)
    with pytest.raises(RefusalError, match="usage has delete files"):
        add(tmp_path / "copy", tmp_path / "own" / "usage")
    assert ledger_of(tmp_path / "copy") == []
