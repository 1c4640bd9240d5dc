"""What is a file in a home and what is a folder; where that is mixed up, nothing can be written."""

from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.home import paths


def check(home: Path) -> None:
    """Raise RefusalError for a place of a home that has a folder for a file, or the reverse."""
    for path in _files(home):
        check_file(path)
    for path in _folders(home):
        if path.exists() and not path.is_dir():
            raise RefusalError(f"{path} is a file, and a folder belongs there: move it away")


def check_file(path: Path) -> None:
    """Raise RefusalError for a folder in place of a file."""
    if path.is_dir():
        raise RefusalError(f"{path} is a folder, and a file belongs there: move it away")


def _files(home: Path) -> Iterator[Path]:
    database, lake = paths.database(home), paths.lake(home)
    yield from (paths.home_format(home), paths.writer_lock(home), paths.request_times(home))
    yield from (database, paths.private(database), paths.probes(home), paths.log(lake))
    yield from (paths.notified(home), *paths.refusals(home))
    for records in (paths.source_health(home), paths.accepted(lake), paths.decisions(lake)):
        yield from records.glob("*.json")


def _folders(home: Path) -> Iterator[Path]:
    lake = paths.lake(home)
    yield from (lake, paths.raw(lake), paths.reference_history(lake))
    yield from (paths.accepted(lake), paths.decisions(lake), paths.reference(home))
    yield from (paths.draws(home), paths.gathered(home), paths.exports(home), paths.report(home))
    yield from (paths.dagster(home), paths.source_health(home), paths.errors(home))
