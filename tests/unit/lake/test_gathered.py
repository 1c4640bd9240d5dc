"""Gathered years, months and weeks have the rows of their vintages and notice their changes."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import RefusalError
from pipelines.lake import gathered, scores
from pipelines.lake.vintages import Vintage, list_vintages, write_vintage
from pipelines.models import inputs
from pipelines.sources.datasets import DATASETS
from tests.unit.lake.test_vintages import response

DATASET = DATASETS["rankings_daily"]
FIRST = datetime(2024, 11, 4, 8, tzinfo=UTC)


def add(lake: Path, *weeks: int) -> list[Vintage]:
    """Add vintages so many weeks after the first instant; return all there are."""
    for week in weeks:
        instant = FIRST + timedelta(days=7 * week)
        day = instant.date() - timedelta(days=1)
        write_vintage(lake, "rankings_daily", response([(day, "a/b", week + 1)], instant))
    return list_vintages(lake, "rankings_daily")


def read(vintage: Vintage) -> pa.Table:
    return inputs._rows(DATASET, vintage)


def gather(lake: Path, known: Sequence[Vintage]) -> tuple[list[Path], list[Vintage]]:
    return gathered.gather(lake / "gathered" / "rankings_daily", known, read, DATASET.schema)


def tokens(files: list[Path], single: list[Vintage]) -> list[int]:
    """Return the tokens of all rows, as a query over the files reads them."""
    paths = [*files, *(one.path for one in single)]
    tables = [pq.ParquetFile(path).read() for path in paths]
    return sorted(row for table in tables for row in table["total_tokens"].to_pylist())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(batches=st.lists(st.lists(st.integers(0, 120), min_size=1, max_size=8), max_size=4))
def test_gathered_rows_are_those_of_the_vintages(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]]
) -> None:
    lake, weeks = tmp_path_factory.mktemp("lake"), set[int]()
    for batch in batches:
        weeks |= set(batch)
        known = add(lake, *batch)
        files, single = gather(lake, known)
        assert tokens(files, single) == sorted(week + 1 for week in weeks)
        assert single == []
        newest = known[-1].as_of
        assert len(files) <= 2 + newest.month - 1 + 6  # years, months and weeks
        assert {*(lake / "gathered").rglob("*.parquet")} == {*files}


def test_what_is_gathered_is_not_read_again_and_no_other_file_remains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path, *range(0, 60, 2))
    first = gather(tmp_path, list_vintages(tmp_path, "rankings_daily"))
    known = add(tmp_path, 62)  # the year turns, and months become a year
    second = gather(tmp_path, known)
    monkeypatch.setattr(inputs, "_rows", pytest.fail)
    assert gather(tmp_path, known) == second != first
    assert {*(tmp_path / "gathered").rglob("*.parquet")} == {*second[0]}
    assert all(path.stat().st_mode & 0o077 == 0 for path in second[0])  # scores may be in it


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"damaged")])
def test_a_vintage_that_is_not_as_it_was_gathered_is_named(
    tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    known = add(tmp_path, 0, 1, 9)
    gather(tmp_path, known)
    harm(known[0].path)
    with pytest.raises(RefusalError, match=known[0].path.name):
        gather(tmp_path, known)


def test_a_vintage_that_is_missing_is_named_although_the_others_were_gathered(
    tmp_path: Path,
) -> None:
    known = add(tmp_path, 0, 1, 9)
    gather(tmp_path, [known[0], known[2]])
    known[1].path.unlink()
    with pytest.raises(RefusalError, match=known[1].path.name):
        gather(tmp_path, known)


def test_a_damaged_gathered_file_is_made_again(tmp_path: Path) -> None:
    known = add(tmp_path, 0, 1, 9)
    files, single = gather(tmp_path, known)
    content = files[0].read_bytes()
    files[0].write_bytes(content[:-9] + content[-8:])
    assert gather(tmp_path, known) == (files, single)
    assert files[0].read_bytes() == content


def test_a_retracted_vintage_is_in_no_gathered_file(tmp_path: Path) -> None:
    known = add(tmp_path, 0, 1, 9)
    gather(tmp_path, known)
    files, single = gather(tmp_path, known[1:])
    assert tokens(files, single) == [2, 10]
    assert {*(tmp_path / "gathered").rglob("*.parquet")} == {*files}
    assert gather(tmp_path, []) == ([], [])
    assert [*(tmp_path / "gathered").rglob("*.parquet")] == []


def test_where_nothing_can_be_written_the_vintages_are_read(tmp_path: Path) -> None:
    known = add(tmp_path, 0, 1, 9)
    (tmp_path / "gathered").write_text("a file where a folder belongs")
    assert gather(tmp_path, known) == ([], known)
    assert gathered.gather(None, known, read, DATASET.schema) == ([], known)


def test_what_cannot_be_deleted_of_an_earlier_state_stays(tmp_path: Path) -> None:
    known = add(tmp_path, 0, 1, 9)
    old = tmp_path / "gathered" / "rankings_daily" / "2024-folder.parquet"
    old.mkdir(parents=True)
    files, single = gather(tmp_path, known)
    assert tokens(files, single) == [1, 2, 10]
    assert old not in files


@pytest.mark.parametrize("is_gathered", [True, False])
def test_damaged_scores_are_refused_with_what_to_do(tmp_path: Path, is_gathered: bool) -> None:
    found = []
    for instant in (FIRST, FIRST + timedelta(days=90)):
        path = tmp_path / f"{instant:%Y%m%d}.parquet"
        path.write_bytes(b"damaged")
        found.append(Vintage(tmp_path, f"{scores.TABLE}/{path.name}"))
    folder = tmp_path / "gathered" if is_gathered else None
    with (
        closing(duckdb.connect()) as connection,
        pytest.raises(RefusalError, match=f"{found[0].path.name}.*: run `tokenhouse replay`"),
    ):
        connection.sql("ATTACH ':memory:' AS lake")
        inputs._attach_scores(connection, found, folder)


def test_no_vintage_is_nothing(tmp_path: Path) -> None:
    assert gather(tmp_path, []) == ([], [])


def test_what_older_vintages_lack_is_null(tmp_path: Path) -> None:
    known = add(tmp_path, 0, 9)

    def old(vintage: Vintage) -> pa.Table:
        return read(vintage).drop_columns(["as_of_is_exact"])

    files, _ = gathered.gather(tmp_path / "gathered" / "rankings_daily", known, old, DATASET.schema)
    table = pq.ParquetFile(files[0]).read()
    assert table.schema.names == DATASET.schema.names
    assert table["as_of_is_exact"].to_pylist() == [None]
