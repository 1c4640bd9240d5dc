"""A folder where a file belongs, or the reverse, is named, and nothing is changed."""

from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.home import lock, paths, places, refusals, source_health
from pipelines.home.database import connect
from tests.conftest import tokenhouse

FILES = (
    *("format", "writer.lock", "request-times.txt", "probes.jsonl", "refused.json"),
    *("refused-models.json", "attempts/models.json", "lake/log.jsonl", "lake/accepted/a.json"),
    *("lake/decisions/2026-07-13.json", "report/notified.json", "private.duckdb"),
    "warehouse.duckdb",
)
FOLDERS = ("lake", "lake/raw", "attempts", "exports", "report", "reference", "dagster", "errors")


@pytest.mark.parametrize("name", [*FILES, *FOLDERS])
def test_a_writer_refuses_it_and_the_status_names_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name in FILES:
        path.mkdir(parents=True)
    else:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RefusalError, match=f"{path} is a .*: move it away"), lock.writing(tmp_path):
        pytest.fail("nothing can be written here")
    done = tokenhouse(tmp_path, "status")
    assert done.returncode == 1
    assert f"{path}" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_reader_is_told_to_move_away_a_folder_in_place_of_the_database(tmp_path: Path) -> None:
    database = paths.database(tmp_path)
    database.mkdir()
    paths.lake(tmp_path).mkdir()
    with pytest.raises(RefusalError, match=f"{database} is a folder, .*: move it away"):
        connect(database)


def test_records_of_sources_and_refusals_are_written_again_once_it_is_away(tmp_path: Path) -> None:
    for path in (paths.refusal(tmp_path, None), paths.source_health(tmp_path) / "models.json"):
        path.mkdir(parents=True)
        path.rmdir()
    refusals.record(tmp_path, RefusalError("later"))
    source_health.record(tmp_path, "models", None)
    places.check(tmp_path)
