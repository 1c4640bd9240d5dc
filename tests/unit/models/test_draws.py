"""Draws of a week are kept until its rows change, and are the same as without the kept files."""

import weakref
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from pipelines.models import draws
from pipelines.models.python import registry

NAME = "revenue_bands"
FIRST = date(2026, 6, 1)
ROWS = pl.DataFrame(
    {"week": [FIRST + timedelta(days=7 * (number // 3)) for number in range(9)], "n": range(9)}
)


@pytest.fixture
def weeks(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The weeks that a function was called for, which returns one row a week."""
    called: list[date] = []

    def total(rows: pl.DataFrame) -> pl.DataFrame:
        called.extend(rows["week"].unique(maintain_order=True))
        return rows.group_by("week", maintain_order=True).agg(pl.col("n").sum() / 7)

    monkeypatch.setitem(registry.FUNCTIONS, NAME, total)
    monkeypatch.setattr(draws, "AT_ONCE", 6)
    return called


def drawn(rows: pl.DataFrame, folder: Path | None = None) -> pl.DataFrame:
    """Draw two weeks at a time, or all of them at once where nothing is kept."""
    if folder is None:
        return registry.FUNCTIONS[NAME](rows)
    with closing(duckdb.connect()) as connection:
        connection.register("given", rows)
        connection.sql("CREATE TABLE rows AS FROM given")
        return draws.drawn(connection, NAME, "FROM rows", folder)


def changed(rows: pl.DataFrame) -> pl.DataFrame:
    """Change a number of the second week."""
    return rows.with_columns(n=pl.when(pl.col("n") == 4).then(40).otherwise("n"))


def test_only_weeks_whose_rows_changed_are_drawn(weeks: list[date], tmp_path: Path) -> None:
    without = drawn(ROWS)
    assert drawn(ROWS, tmp_path).equals(without)
    weeks.clear()
    assert drawn(ROWS, tmp_path).equals(without)
    assert weeks == []
    assert drawn(changed(ROWS), tmp_path).equals(drawn(changed(ROWS)))
    assert weeks[:1] == [FIRST + timedelta(days=7)]
    with pytest.raises(ValueError, match="in the order of week"):
        drawn(ROWS.reverse(), tmp_path / "other")
    with pytest.raises(ValueError, match="in the order of week"):
        drawn(ROWS[[0, 3, 1, 2, 4, 5, 6, 7, 8]], tmp_path / "mixed")
    assert drawn(ROWS.clear(), tmp_path).equals(drawn(ROWS.clear()))


def test_a_week_without_draws_is_not_drawn_again(
    weeks: list[date], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = registry.FUNCTIONS[NAME]
    monkeypatch.setitem(
        registry.FUNCTIONS, NAME, lambda rows: total(rows).filter(pl.col("week") > FIRST)
    )
    made = drawn(ROWS, tmp_path)
    weeks.clear()
    assert drawn(ROWS, tmp_path).equals(made)
    assert weeks == []


def test_weeks_of_another_build_are_not_kept(weeks: list[date], tmp_path: Path) -> None:
    drawn(ROWS, tmp_path)
    drawn(changed(ROWS), tmp_path)
    weeks.clear()
    drawn(ROWS, tmp_path)
    assert weeks == [FIRST + timedelta(days=7)]


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


def foreign(path: Path) -> None:
    pl.DataFrame({"other": [1]}).write_parquet(path)


@pytest.mark.parametrize("damage", [spoil, foreign, Path.unlink])
def test_a_damaged_file_is_drawn_again(
    weeks: list[date], tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    made = drawn(ROWS, tmp_path)
    damage(tmp_path / f"{NAME}.parquet")
    weeks.clear()
    assert drawn(ROWS, tmp_path).equals(made)
    assert len(weeks) == 3


def test_other_code_draws_again(
    weeks: list[date], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(ROWS, tmp_path)
    monkeypatch.setattr(draws, "_code", lambda: "other")
    weeks.clear()
    drawn(ROWS, tmp_path)
    assert len(weeks) == 3


def test_a_folder_that_cannot_be_made_is_no_fault(weeks: list[date], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert drawn(ROWS, tmp_path / "file").equals(drawn(ROWS))


TEXT = b"a text that is too long to be in its column"


class Source(bytearray):
    """The memory that texts are in, such as that of all the columns that a statement returned."""


def test_draws_do_not_keep_what_they_were_made_from_in_memory(
    weeks: list[date], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources: list[weakref.ref[Source]] = []

    def named(rows: pl.DataFrame) -> pl.DataFrame:
        of_weeks = rows["week"].unique(maintain_order=True)
        source = Source(TEXT * len(of_weeks))
        sources.append(weakref.ref(source))
        ends = pa.array(range(0, len(source) + 1, len(TEXT)), pa.int32()).buffers()[1]
        parts = [None, ends, pa.py_buffer(source)]
        texts = pa.Array.from_buffers(pa.string(), len(of_weeks), parts)
        return pl.DataFrame(pa.table({"week": of_weeks.to_arrow(), "text": texts}))

    monkeypatch.setitem(registry.FUNCTIONS, NAME, named)
    made = drawn(ROWS, tmp_path)
    assert made["text"].to_list() == [TEXT.decode()] * 3
    assert [source() for source in sources] == [None] * len(sources)


def test_what_depends_on_other_weeks_is_not_kept() -> None:
    assert registry.FUNCTIONS.keys() - draws.PARTS.keys() == {"route_decisions", "claims_explained"}
