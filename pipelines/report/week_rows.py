"""The numbers of a week's report, read from the published database. Nothing is computed here."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, cast

from pipelines.errors import RefusalError
from pipelines.queries.published import (
    Connection,
    PublishedWeek,
    Rows,
    known_weeks,
    query,
    week_of,
)
from pipelines.report.week_queries import (
    CLAIMS,
    FOR_THE_DIGEST,
    HISTORIES,
    QUERIES,
    of_weeks,
    up_to_weeks,
)
from pipelines.text import NOT_XML
from pipelines.weeks import contiguous, mondays

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


def digests(connection: Connection, weeks: Sequence[date]) -> list[DigestRows]:
    """Return what the headlines and the digests' lines of some weeks are made from.

    Raises RefusalError naming the weeks there are if one of them has no rows.
    """
    return cast("list[DigestRows]", _found(connection, weeks, FOR_THE_DIGEST))


def reports(connection: Connection, weeks: Sequence[date]) -> list[WeekRows]:
    """Return every number of some weeks' reports; a query without rows is an empty list.

    Raises RefusalError naming the weeks there are if one of them has no rows.
    """
    return cast("list[WeekRows]", _found(connection, weeks, QUERIES))


def _found(
    connection: Connection, weeks: Sequence[date], names: Iterable[str]
) -> list[dict[str, Any]]:
    """Return each week's rows of each query, the weeks shown, and what slugs are called."""
    known = known_weeks(connection)
    published = {week: week_of(known, week) for week in weeks}
    shown = {week: weeks_shown(sorted(known), week) for week in weeks}
    rows = {name: rows_by_week(connection, name, shown) for name in names}
    rows |= {name: rows_up_to_week(connection, name, shown) for name in HISTORIES}
    called = rows.pop("names")
    return [
        {
            **published[week],
            **{name: found[week] for name, found in rows.items()},
            "weeks": shown[week],
            "names": {row["key"]: row["name"] for row in called[week]},
        }
        for week in weeks
    ]


def rows_by_week(
    connection: Connection, name: str, shown: Mapping[date, Sequence[date]]
) -> dict[date, Rows]:
    """Return a query's rows for each week, given with the weeks that are shown with it."""
    found: dict[date, Rows] = {week: [] for week in shown}
    for row in printable_rows(connection, of_weeks(name), *_asked(shown)):
        found[row.pop("asked")].append(row)
    return found


def rows_up_to_week(
    connection: Connection, name: str, shown: Mapping[date, Sequence[date]]
) -> dict[date, Rows]:
    """Return the rows of a history that are of no later week, for each week."""
    rows = printable_rows(connection, up_to_weeks(name), *_asked(shown))
    return {week: rows[: bisect_right(rows, week, key=itemgetter("week"))] for week in shown}


def _asked(shown: Mapping[date, Sequence[date]]) -> tuple[list[date], list[date]]:
    return [*shown], [weeks[0] for weeks in shown.values()]


def claims(connection: Connection, week: date) -> Rows:
    """Return the printed claims about a week and those before it, with their verdicts."""
    return printable_rows(connection, CLAIMS, week)


def weeks_shown(known: Sequence[date], week: date) -> list[date]:
    """Return those of the known weeks that end with `week` and have no gap between them."""
    first, last = list(contiguous([one for one in known if one <= week]))[-1]
    return mondays(first, last)[-WEEKS_SHOWN:]


def printable_rows(connection: Connection, statement: str, *parameters: object) -> Rows:
    """Return a query's rows, without the control characters that a name may hide."""
    return [
        {name: without_controls(value) for name, value in row.items()}
        for row in query(connection, statement, *parameters)
    ]


def without_controls(value: Any) -> Any:
    """Return a text whose control characters, which XML forbids, are replaced by a visible sign."""
    return NOT_XML.sub("\ufffd", value) if isinstance(value, str) else value
