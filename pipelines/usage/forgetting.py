"""Forgetting: the one deletion in the lake, of a scope's requests before a day.

The lake's log says so first. Then every week that has such requests, or totals of such days, is
written without them, and the files that had them are deleted, with their folds and the report pages
of the week. A command that was killed is finished by the same command again. The published database
forgets with the next run.
"""

from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb

from pipelines.home import paths
from pipelines.home.database import SESSION, literal
from pipelines.home.lock import writing
from pipelines.lake import log
from pipelines.lake.vintages import Vintage
from pipelines.usage import ledger, shared
from pipelines.usage.contract import REQUESTS, Table


def count(home: Path, scope: str, before: date) -> int:
    """Return how many requests of a scope before a day the ledger has."""
    shared.pull(home)
    current = [*ledger.current(paths.lake(home)).values()]
    with closing(_connection()) as connection:
        rows = f"SELECT count(*) FROM ({ledger.scan(current)}) WHERE {_doomed(scope, before)}"
        return int(connection.execute(rows).fetchall()[0][0])


def forget(home: Path, scope: str, before: date) -> list[date]:
    """Delete a scope's requests and totals before a day from every file; return the weeks.

    Raises RefusalError naming a damaged file.
    """
    lake = paths.lake(home)
    weeks = set()
    with writing(home), closing(_connection()) as connection:
        shared.pull(home, every_file=True)
        shared.forget(scope, before)
        log.append(lake, {"do": "forget", "scope": scope, "before": f"{before}"})
        for table in ledger.TABLES:
            condition = _doomed(scope, before, table)
            known = ledger.history(lake, table=table)
            for week in sorted({one.week for one in known if one.week < before}):
                of_week = [one for one in known if one.week == week]
                doomed = [one for one in of_week if _contains(connection, one, table, condition)]
                if doomed:
                    weeks.add(week)
                    _delete_pages(home, week)
                    _rewrite(connection, lake, table, of_week[-1], doomed, condition)
    return sorted(weeks)


def _rewrite(
    connection: duckdb.DuckDBPyConnection,
    lake: Path,
    table: Table,
    newest: Vintage,
    doomed: list[Vintage],
    condition: str,
) -> None:
    """Write a week without what is forgotten, then delete the files that have it."""
    if newest in doomed:
        ledger.verify(newest)
        connection.execute("SET threads = 1")
        rows = f"SELECT * FROM ({ledger.scan([newest], table)}) WHERE NOT ({condition})"
        ledger.write(connection, lake, newest.week, rows, table)
    shared.drop(lake, doomed)


def _delete_pages(home: Path, week: date) -> None:
    """Delete the pages of a week's report: only a command writes them again."""
    for page in paths.report(home).glob(f"{week}*.html"):
        page.unlink()


def _contains(
    connection: duckdb.DuckDBPyConnection, vintage: Vintage, table: Table, condition: str
) -> bool:
    rows = f"SELECT 1 FROM ({ledger.scan([vintage], table)}) WHERE {condition} LIMIT 1"
    return bool(connection.execute(rows).fetchall())


def _doomed(scope: str, before: date, table: Table = REQUESTS) -> str:
    instant = "started_at" if table is REQUESTS else "cast(date AS TIMESTAMPTZ)"
    return f"scope = {literal(scope)} AND {instant} < TIMESTAMPTZ '{before} 00:00Z'"


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(SESSION)
    return connection
