"""Read everything in a home and check it, one file at a time, so that memory stays bounded."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import duckdb

from pipelines.errors import RefusalError
from pipelines.exports import delivery
from pipelines.home import paths
from pipelines.home.database import connected, first_line
from pipelines.lake import decisions, present, raw, reference_history
from pipelines.lake.vintages import list_all_vintages, read_verified
from pipelines.settings import Settings
from pipelines.usage import ledger

Check = Callable[[], object]
"""Reads one file; RefusalError naming it if it is damaged."""


def checks(settings: Settings) -> list[tuple[str, Check]]:
    """Return what there is to check, by name: lake, database, exports, Dagster's record.

    Files that are missing or foreign are no part of it: `status` always says so.
    """
    return [*_lake(settings.lake), *_products(settings), *_record(settings.dagster)]


def damaged(todo: list[tuple[str, Check]], on_step: Callable[[str], None]) -> list[str]:
    """Run the checks; return what is damaged, each in one line with what to do."""
    found = []
    for name, check in todo:
        try:
            check()
        except RefusalError as error:
            found.append(f"{error}")
        on_step(name)
    return found


def _lake(lake: Path) -> Iterator[tuple[str, Check]]:
    for file in present.responses(lake):
        yield file, partial(raw.read, lake / file)
    for vintage in list_all_vintages(lake):
        if vintage.path.exists():
            yield vintage.path.name, partial(read_verified, vintage)
    for path in reference_history.files(lake):
        yield f"{path.parent.name}/{path.name}", partial(reference_history.read, path)
    for path in decisions.files(lake):
        yield path.name, partial(decisions.read_week, path)
    for table in ledger.TABLES:
        for vintage in ledger.history(lake, table=table):
            yield vintage.path.name, partial(ledger.verify, vintage)


def _products(settings: Settings) -> Iterator[tuple[str, Check]]:
    for database in (settings.database, paths.private(settings.database)):
        if database.exists():
            yield database.name, partial(_read_database, database)
    manifest = settings.exports / delivery.MANIFEST
    if manifest.exists():
        yield manifest.name, partial(_check_manifest, manifest)
    for name in delivery.listed(settings.exports):
        yield name, partial(_check_export, settings.exports, name)


def _record(folder: Path) -> Iterator[tuple[str, Check]]:
    for path in sorted(folder.rglob("*.db")):
        yield path.name, partial(_check_record, path)


def _read_database(database: Path) -> None:
    """Read every value of every table: DuckDB checks each block that it reads."""
    try:
        with connected(database) as connection:
            tables = connection.execute(
                "SELECT format('{}.{}', schema_name, table_name) FROM duckdb_tables()"
            ).fetchall()
            for (table,) in tables:
                connection.execute(f"SELECT max(hash(one)) FROM {table} AS one").fetchall()
    except duckdb.Error as error:
        raise RefusalError(
            f"{database} is damaged ({first_line(error)}): delete it and run `tokenhouse run`"
        ) from None


def _check_manifest(path: Path) -> None:
    if delivery.present_run(path.parent) is None:
        raise RefusalError(f"{path} is damaged: run `tokenhouse export`")


def _check_export(folder: Path, name: str) -> None:
    if name in delivery.altered(folder, only=name):
        raise RefusalError(f"{folder / name} is missing or edited: run `tokenhouse export`")


def _check_record(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            ((found,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        found = f"{error}"
    if found != "ok":
        raise RefusalError(f"{path} is damaged ({found}): the next run begins another record")
