"""Rows of the hand-kept tables are checked once, and a changed file again."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.errors import RefusalError, warn
from pipelines.reference import checked, loader
from tests.unit.models.conftest import Begin

TABLES = ("benchmark_run", "deploy_policy", "own_evaluation", "workloads")

EVALUATED = (
    "workload,model_id,tasks,passed,source,recorded_on\nbatch_refactor,a/b,9,{},own,2026-07-05"
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a home's folder with an evaluation of its own."""
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "own_evaluation.csv").write_text(EVALUATED.format(8))
    return folder


def fail(table: str, own: Path | None) -> pa.Table:
    raise AssertionError(f"checked again: {table}")


def test_unchanged_files_are_checked_once(
    begin: Begin, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {table: checked.load(table, own) for table in TABLES}
    assert expected == {table: loader.load(table, own) for table in TABLES}
    begin()
    monkeypatch.setattr(loader, "load", fail)
    assert {table: checked.load(table, own) for table in TABLES} == expected


def test_an_edit_counts_and_so_does_a_home_without_the_file(begin: Begin, own: Path) -> None:
    assert checked.load("own_evaluation", own)["passed"].to_pylist() == [8]
    begin()
    (own / "own_evaluation.csv").write_text(EVALUATED.format(7))
    assert checked.load("own_evaluation", own)["passed"].to_pylist() == [7]
    begin()
    assert checked.load("own_evaluation").num_rows == 0


def test_a_wrong_row_is_refused_each_time(begin: Begin, own: Path) -> None:
    (own / "own_evaluation.csv").write_text(EVALUATED.format(10))
    for _ in range(2):
        with pytest.raises(RefusalError, match=r"line 2: .*passed must not exceed tasks"):
            checked.load("own_evaluation", own)
        begin()


def test_a_former_name_is_warned_of_each_time(
    begin: Begin, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own / "own_evaluation.csv").write_text(EVALUATED.format(8).replace("workload", "stratum"))
    for _ in range(2):
        warn.cache_clear()
        assert checked.load("own_evaluation", own)["workload"].to_pylist() == ["batch_refactor"]
        assert "`stratum` is now called `workload`" in capsys.readouterr().err
        begin()


def test_rows_that_change_while_they_are_read_are_not_kept(
    begin: Begin, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = loader.load

    def edited(table: str, own: Path) -> pa.Table:
        (own / "own_evaluation.csv").write_text(EVALUATED.format(7))
        return load(table, own)

    with monkeypatch.context() as patch:
        patch.setattr(loader, "load", edited)
        with pytest.raises(RefusalError, match="own_evaluation are being changed"):
            checked.load("own_evaluation", own)
    (own / "own_evaluation.csv").write_text(EVALUATED.format(8))
    assert checked.load("own_evaluation", own)["passed"].to_pylist() == [8]


FORECAST = """
import sys
from pathlib import Path
from pipelines.models import definition
from pipelines.queries import forecast
definition.load()
forecast.shape_of(Path(sys.argv[1]), "batch_refactor")
print(*{one.partition(".")[0] for one in sys.modules})
"""


@pytest.mark.accept
def test_a_second_forecast_imports_no_contracts(own: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORECAST, f"{own}"]
    cache = {**os.environ, "XDG_CACHE_HOME": f"{tmp_path / 'cache'}"}
    first, second = (
        {*subprocess.run(command, env=cache, capture_output=True, text=True).stdout.split()}
        for _ in range(2)
    )
    assert "pydantic" in first and "pyarrow" in second
    assert not second & {"dagster", "pandas", "polars", "pydantic", "sqlglot"}
