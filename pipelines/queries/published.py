"""What the commands answer: rows from the published database, as plain dictionaries."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from pipelines.citation import LICENCE, citation
from pipelines.errors import RefusalError
from pipelines.home.database import connect, rows

Rows = list[dict[str, Any]]
Connection = duckdb.DuckDBPyConnection


@contextmanager
def reading(database: Path) -> Iterator[Connection]:
    """Open the published database; nothing can be changed through it, nor any other file read."""
    with closing(connect(database)) as connection:
        connection.sql("SET enable_external_access = false; SET lock_configuration = true")
        yield connection


def query(connection: Connection, statement: str, *parameters: object, **named: object) -> Rows:
    """Run one statement; RefusalError with DuckDB's message, its hints included, if it fails.

    Parameters stand for `?` in their order, or for `$name`.
    """
    try:
        count = len(connection.extract_statements(statement))
        if count != 1:
            shown = "not several" if count else "as in `FROM marts.weekly_total`"
            raise RefusalError(f"write one statement, {shown}")
        result = connection.sql(statement, params=named or list(parameters) or None)
        if result is None:
            return []
        return rows(result)
    except duckdb.Error as error:
        raise RefusalError(f"{error}".strip()) from None


def published_week(connection: Connection, week: date | None) -> dict[str, Any]:
    """Return the week asked for, or the newest complete one, with its run and its citation.

    Raises RefusalError naming the weeks there are when it has no rows.
    """
    known = query(
        connection,
        "SELECT week, days_seen, is_complete, total.as_of, total.as_of_is_exact, run_id "
        "FROM marts.weekly_total AS total CROSS JOIN meta.build WHERE source = 'daily_rows' "
        "ORDER BY is_complete DESC, week DESC",
    )
    found = [row for row in known if week in (None, row["week"])]
    if not found:
        listed = ", ".join(sorted(f"{row['week']}" for row in known))
        raise RefusalError(f"week {week} is not in the database, which holds {listed}")
    line = citation(found[0]["as_of"], found[0]["as_of_is_exact"])
    return {**found[0], "citation": f"{line} Licensed under {LICENCE}."}


def published_weeks(connection: Connection) -> Rows:
    """Return the weeks with daily rows, in their order: how much, how complete, as of when."""
    return query(
        connection,
        "SELECT week, total_tokens, days_seen, is_complete, as_of, as_of_is_exact "
        "FROM marts.weekly_total WHERE source = 'daily_rows' ORDER BY week",
    )


def top(connection: Connection, week: date, length: int) -> Rows:
    """Return the first models of a week."""
    return query(connection, "FROM marts.top_models(?, ?)", week, length)


def origin(connection: Connection, week: date) -> Rows:
    """Return CN and US of a week under every scope, side by side."""
    return query(
        connection,
        "SELECT scope, bloc, tokens, share, share_of_total, wow, leads, lead_identified "
        "FROM marts.weekly_origin WHERE week = ? AND bloc IN ('CN', 'US') "
        "ORDER BY array_position(['top9', 'top10', 'top20', 'named'], scope), bloc",
        week,
    )


def routes(connection: Connection, week: date) -> Rows:
    """Return a week's routing table; a workload without a candidate is a row without a model."""
    return query(
        connection,
        "SELECT workload.workload, route.* EXCLUDE (workload), certificate.binding_constraint, "
        "certificate.best_achievable FROM staging.workload "
        "LEFT JOIN marts.routing_table AS route "
        "ON workload.workload = route.workload AND route.week = $week "
        "LEFT JOIN marts.routing_certificate AS certificate "
        "ON workload.workload = certificate.workload AND certificate.week = $week "
        "ORDER BY workload.workload, route.position",
        week=week,
    )


def unknown_authors(connection: Connection) -> Rows:
    """Return the authors in the data whose country the hand-kept table does not know."""
    return query(
        connection,
        "SELECT author, organisation IS NOT NULL AS is_listed, max(week) AS newest_week, "
        "sum(tokens)::BIGINT AS tokens FROM marts.unknown_author "
        "GROUP BY ALL ORDER BY tokens DESC, author",
    )


def unlisted_families(connection: Connection) -> Rows:
    """Return the families in the data that may belong to a hand-kept series and stand in none."""
    return query(
        connection,
        "SELECT family, series, max(week) AS newest_week, sum(tokens)::BIGINT AS tokens "
        "FROM marts.unlisted_family GROUP BY ALL ORDER BY tokens DESC, family, series",
    )
