"""Totals that OpenRouter reports for the own account, by day: what the ledger is checked against.

A fetch replaces the days that it covers, of its scope; a week in which nothing changed is not
written again.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from pipelines.errors import RefusalError
from pipelines.home.database import SESSION, literal
from pipelines.home.lock import writing
from pipelines.lake import log
from pipelines.settings import Settings
from pipelines.sources.client import Client
from pipelines.sources.contracts import analytics
from pipelines.text import is_printable
from pipelines.usage import ledger, shared
from pipelines.usage.contract import LONGEST_TEXT, REPORTED
from pipelines.usage.importing import check_scope
from pipelines.weeks import monday, mondays

DAYS = 365
"""How far back OpenRouter reports."""


class Fetched(NamedTuple):
    """The days that a fetch covers, the rows reported for them, and the weeks that changed."""

    first: date
    last: date
    rows: int
    weeks: list[date]


def fetch(settings: Settings, client: Client, scope: str) -> Fetched:
    """Fetch the closed days of the last year and store their totals under the name of an account.

    Raises RefusalError without a management key, and for an answer that is not what was requested.
    """
    check_scope(scope)
    key = settings.openrouter_management_key
    if not key:
        raise RefusalError(
            "OpenRouter's totals need a management key: set OPENROUTER_MANAGEMENT_KEY"
        )
    today = datetime.now(UTC).date()
    first = today - timedelta(days=DAYS)
    forgotten = log.read(settings.lake).forgotten.get(scope)
    if forgotten:
        first = min(max(first, forgotten), today - timedelta(days=1))
    rows = [*_rows(client, key, first, today)]
    return Fetched(
        first, today - timedelta(days=1), len(rows), _store(settings, scope, first, today, rows)
    )


def _rows(client: Client, key: str, first: date, end: date) -> Iterator[dict[str, Any]]:
    """Yield the rows of the days until before `end`; where an answer is cut, by halves."""
    response = client.fetch(analytics.request(first, end), key)
    rows = analytics.read(response)
    days = (end - first).days
    if rows is None and days == 1:
        raise response.refuse(f"the answer for {first} is cut at {analytics.LARGEST_ANSWER} rows")
    if rows is None:
        middle = first + timedelta(days=days // 2)
        yield from _rows(client, key, first, middle)
        yield from _rows(client, key, middle, end)
        return
    for row in rows:
        if not all(is_printable(row[name]) for name in ("model_raw", "variant")):
            raise response.refuse("a name has unprintable characters")
        if len(row["model_raw"] or "") > LONGEST_TEXT:
            raise response.refuse(f"a name has more than {LONGEST_TEXT} characters")
        if first <= row["date"] < end:  # the last instant belongs to a day that is not over
            yield row


def _store(
    settings: Settings, scope: str, first: date, end: date, rows: Sequence[dict[str, Any]]
) -> list[date]:
    """Write the weeks whose rows changed; return them."""
    lake, changed = settings.lake, []
    with writing(settings.tokenhouse_home), closing(duckdb.connect()) as connection:
        shared.pull(settings.tokenhouse_home)
        connection.execute(f"{SESSION}; SET threads = 1")
        _create_incoming(connection, scope, rows)
        current = ledger.current(lake, table=REPORTED)
        for week in mondays(monday(first), monday(end - timedelta(days=1))):
            stored = [current[week]] if week in current else []
            for vintage in stored:
                ledger.verify(vintage)
            before = f"SELECT * FROM ({ledger.scan(stored, REPORTED)})"
            covered = f"scope = {literal(scope)} AND date >= '{first}' AND date < '{end}'"
            after = (
                f"{before} WHERE NOT ({covered}) UNION ALL BY NAME "
                f"SELECT * FROM incoming WHERE week = DATE '{week}'"
            )
            if _differ(connection, before, after):
                ledger.write(connection, lake, week, after, REPORTED)
                changed.append(week)
    return changed


def _create_incoming(
    connection: duckdb.DuckDBPyConnection, scope: str, rows: Sequence[dict[str, Any]]
) -> None:
    """Create `incoming` with the columns of the table; a label may occur twice a day."""
    complete = [{**row, "scope": scope, "week": monday(row["date"])} for row in rows]
    columns = ", ".join(f"{name} {kind}" for name, kind in REPORTED.columns.items())
    connection.execute(f"CREATE TABLE incoming ({columns})")
    if complete:
        connection.register("reported", pa.Table.from_pylist(complete))
        connection.execute("INSERT INTO incoming BY NAME FROM reported")


def _differ(connection: duckdb.DuckDBPyConnection, before: str, after: str) -> bool:
    return any(
        connection.execute(f"SELECT 1 FROM (({one}) EXCEPT ALL ({other})) LIMIT 1").fetchall()
        for one, other in ((before, after), (after, before))
    )
