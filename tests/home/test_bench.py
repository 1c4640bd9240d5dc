"""The parts of `make bench` on little input: what only the bench runs would break unnoticed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.lake import vintages
from pipelines.models import definition
from tests.bench import files, floor, history, peers, record, routing
from tests.bench.pairs import alone


def rows(lake: Path, table: str) -> pa.Table:
    read = [pq.ParquetFile(one.path).read() for one in vintages.list_vintages(lake, table)]
    return pa.concat_tables(read)


@pytest.mark.parametrize("table", ["rankings_daily", "models"])
def test_a_history_in_many_files_has_the_same_rows(
    table: str, sample_lake: Path, tmp_path: Path
) -> None:
    few, many = (tmp_path / name for name in ("few", "many"))
    history.lengthen(sample_lake, few, 3)
    history.lengthen(sample_lake, many, 3, parts=5)
    counts = [len(vintages.list_vintages(home / "lake", table)) for home in (few, many)]
    assert counts == [2, 2 * 5], "the newest week is not in the log yet"
    kept = [rows(home / "lake", table).to_pylist() for home in (few, many)]
    assert sorted(map(repr, kept[0])) == sorted(map(repr, kept[1]))


@pytest.mark.accept
@pytest.mark.parametrize(
    "side",
    [*(floor.built, floor.typed, floor.reported, floor.drawn), routing.doubled, routing.published],
)
def test_a_side_runs_in_a_process_of_its_own(
    side: Callable[[str], Callable[[], object]], database: Path, tmp_path: Path
) -> None:
    shutil.copytree(database.parent, tmp_path / "home")
    assert alone(side, tmp_path / "home").seconds > 0


@pytest.mark.accept
def test_a_short_history_is_measured(sample_lake: Path, tmp_path: Path) -> None:
    build = history.built(sample_lake, tmp_path / "home", 2)
    grown = history.growth(tmp_path / "home", 2, build)
    assert grown.weeks == 2
    assert 0 < grown.build.seconds < grown.run.seconds
    assert min(grown.build.memory, grown.run.memory, grown.written, grown.record, grown.files) > 0


@pytest.mark.accept
def test_a_short_history_is_measured_in_few_files_and_in_many(
    sample_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the runs Dagster records nothing: the test above measures such a run."""
    monkeypatch.setattr(files, "TURNS_OF_A_RUN", 1)
    monkeypatch.setattr(files, "TURNS_OF_A_SECOND", 1)
    unrecorded = history.RUN.replace("pipelines.cli import", "tests.support import ingesting as")
    assert "import ingesting as jobs" in unrecorded
    monkeypatch.setattr(history, "RUN", unrecorded)
    shutil.copytree(sample_lake, tmp_path / "lake")
    assert len(files.measured(tmp_path, 2)) == 3


@pytest.mark.accept
def test_copies_of_a_run_are_recorded(ran: Path, tmp_path: Path) -> None:
    shutil.copytree(ran, tmp_path / "home")
    assert len(record.measured(tmp_path / "home", 2, (1, 2))) == 2


@pytest.mark.accept
def test_peers_get_every_model_and_check(database: Path, tmp_path: Path) -> None:
    models = definition.load()
    theirs = [model for model in models if not peers.is_given(model)]
    peers.given(database.parent, tmp_path / "peers" / "peers.duckdb", models)
    checks = sum(len(model.checks) for model in theirs)
    peers.dbt(tmp_path / "dbt", tmp_path / "peers.duckdb", theirs)
    assert len([*tmp_path.glob("dbt/models/*")]) == len(theirs)
    assert len([*tmp_path.glob("dbt/tests/*")]) == checks
    peers.sqlmesh(tmp_path / "sqlmesh", tmp_path / "peers.duckdb", theirs)
    audits = "".join(path.read_text() for path in tmp_path.glob("sqlmesh/audits/*"))
    assert audits.count("AUDIT (") == checks
