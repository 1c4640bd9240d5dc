"""Forgetting: the one deletion in the lake, of a scope's requests before a day.

The lake's log says so first. Then every week that has such requests is written without them, and
the files that had them are deleted, with their folds. A command that was killed is finished by the
same command again. The published database forgets with the next run.
"""

import shutil
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb

from pipelines.home import paths
from pipelines.home.database import literal
from pipelines.home.lock import writing
from pipelines.lake import log
from pipelines.lake.vintages import Vintage
from pipelines.usage import fold, ledger


def count(home: Path, scope: str, before: date) -> int:
    """Return how many requests of a scope before a day the ledger has."""
    current = [*ledger.current(paths.lake(home)).values()]
    with closing(_connection()) as connection:
        rows = f"SELECT count(*) FROM ({ledger.scan(current)}) WHERE {_doomed(scope, before)}"
        return int(connection.sql(rows).fetchall()[0][0])


def forget(home: Path, scope: str, before: date) -> list[date]:
    """Delete a scope's requests before a day from every file of the ledger; return the weeks.

    Raises RefusalError naming a damaged file.
    """
    lake = paths.lake(home)
    weeks = []
    with writing(home), closing(_connection()) as connection:
        log.append(lake, {"do": "forget", "scope": scope, "before": f"{before}"})
        for week in sorted({one.week for one in ledger.history(lake) if one.week < before}):
            known = ledger.history(lake, f"{week}")
            doomed = [one for one in known if _contains(connection, one, scope, before)]
            if doomed:
                weeks.append(week)
                _rewrite(connection, lake, known, doomed, f"NOT ({_doomed(scope, before)})")
    return weeks


def _rewrite(
    connection: duckdb.DuckDBPyConnection,
    lake: Path,
    known: list[Vintage],
    doomed: list[Vintage],
    kept: str,
) -> None:
    """Write a week without what is forgotten, then delete the files that have it."""
    newest = known[-1]
    if newest in doomed:
        ledger.verify(newest)
        connection.sql("SET threads = 1")
        rows = f"SELECT * FROM ({ledger.scan([newest])}) WHERE {kept}"
        ledger.write(connection, lake, newest.week, rows)
    for folder in lake.joinpath(fold.TABLE).glob(f"*/week={newest.week}"):
        shutil.rmtree(folder)
    for one in doomed:
        one.path.unlink()


def _contains(
    connection: duckdb.DuckDBPyConnection, vintage: Vintage, scope: str, before: date
) -> bool:
    rows = f"SELECT 1 FROM ({ledger.scan([vintage])}) WHERE {_doomed(scope, before)} LIMIT 1"
    return bool(connection.sql(rows).fetchall())


def _doomed(scope: str, before: date) -> str:
    return f"scope = {literal(scope)} AND started_at < TIMESTAMPTZ '{before} 00:00Z'"


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.sql("SET TimeZone = 'UTC'")
    return connection
