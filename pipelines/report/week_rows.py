"""The numbers of a week's report, read from the published database. Nothing is computed here."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast

from pipelines.errors import RefusalError
from pipelines.queries.published import Connection, PublishedWeek, Rows, published_week, query
from pipelines.report.week_queries import CALLED, CLAIMS, FOR_THE_DIGEST, OF_THE_WEEK, OVER_TIME
from pipelines.text import NOT_XML
from pipelines.weeks import contiguous

WEEKS_SHOWN = 53
"""A year and the week it began with; older weeks stay in the database."""


class DigestRows(PublishedWeek):
    """A week's rows for the digest: one list for each query of the same name."""

    total: Rows
    contributors: Rows
    leader: Rows
    china: Rows
    repriced: Rows
    totals: Rows
    names: dict[str, str]
    money: Rows
    before: Rows
    lens: Rows
    tested: Rows
    mover: Rows
    moves: Rows
    revenue: Rows
    priced: Rows
    dual: Rows
    routes: Rows
    alerts: Rows


class WeekRows(DigestRows):
    """All rows of a week's report, and `weeks`, those that its charts over time show."""

    weeks: list[date]
    estimate: Rows
    origin: Rows
    top: Rows
    correlation: Rows
    capability: Rows
    picks: Rows
    programming: Rows
    classes: Rows
    tool_calls: Rows
    ours: Rows
    own_bill: Rows
    bill: Rows
    split: Rows
    ratio: Rows
    trend: Rows


def complete_weeks(connection: Connection) -> list[date]:
    """Return the complete weeks that have daily rows, in their order."""
    rows = query(
        connection,
        "SELECT week FROM marts.weekly_total WHERE is_complete AND source = 'daily_rows' "
        "ORDER BY week",
    )
    return [row["week"] for row in rows]


def newest_week(connection: Connection) -> date:
    """Return the newest complete week; RefusalError if there is none."""
    weeks = complete_weeks(connection)
    if not weeks:
        raise RefusalError("the database has no complete week yet: there is nothing to report")
    return weeks[-1]


def digest(connection: Connection, week: date) -> DigestRows:
    """Return what a week's headline and the digest's lines are made from."""
    return cast("DigestRows", _found(connection, week, FOR_THE_DIGEST))


def report(connection: Connection, week: date) -> WeekRows:
    """Return every number of a week's report; a query without rows is an empty list."""
    return cast("WeekRows", _found(connection, week, (*OF_THE_WEEK, *OVER_TIME)))


def _found(connection: Connection, week: date, names: Iterable[str]) -> dict[str, Any]:
    """Return the rows of each query, the weeks shown, and what people call slugs and vendors."""
    query(connection, CALLED)
    weeks = weeks_shown(connection, week)
    rows = {
        name: printable_rows(connection, OVER_TIME[name], week, weeks[0])
        if name in OVER_TIME
        else printable_rows(connection, OF_THE_WEEK[name], week)
        for name in names
    }
    called = {row["key"]: row["name"] for row in rows["names"]}
    return {**published_week(connection, week), **rows, "weeks": weeks, "names": called}


def claims(connection: Connection, week: date) -> Rows:
    """Return the printed claims about a week and those before it, with their verdicts."""
    return printable_rows(connection, CLAIMS, week)


def weeks_shown(connection: Connection, week: date) -> list[date]:
    """Return the weeks with rows that end with `week` and have no gap between them."""
    known = query(
        connection,
        "SELECT week FROM marts.weekly_total WHERE source = 'daily_rows' AND week <= $1 "
        "ORDER BY week",
        week,
    )
    first, last = list(contiguous([row["week"] for row in known]))[-1]
    count = min((last - first).days // 7 + 1, WEEKS_SHOWN)
    return [last - timedelta(days=7 * back) for back in reversed(range(count))]


def printable_rows(connection: Connection, statement: str, *parameters: date) -> Rows:
    """Return a query's rows, without the control characters that a name may hide."""
    return [
        {name: without_controls(value) for name, value in row.items()}
        for row in query(connection, statement, *parameters)
    ]


def without_controls(value: Any) -> Any:
    """Return a text whose control characters, which XML forbids, are replaced by a visible sign."""
    return NOT_XML.sub("\ufffd", value) if isinstance(value, str) else value
