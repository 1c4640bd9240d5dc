"""What the commands answer: rows from the published database, as plain dictionaries."""

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.citation import LICENCE, citation
from pipelines.errors import RefusalError
from pipelines.exports.document import connect
from pipelines.weeks import last_closed_week

Rows = list[dict[str, Any]]


def query(database: Path, statement: str, parameters: list[object] | None = None) -> Rows:
    """Run a statement read-only; RefusalError with DuckDB's first line if it fails.

    The statement can neither change the database nor read or write any other file.
    """
    with closing(connect(database)) as connection:
        connection.sql("SET enable_external_access = false; SET lock_configuration = true")
        try:
            result = connection.sql(statement, params=parameters)
            if result is None:
                return []
            rows = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
        except duckdb.Error as error:
            raise RefusalError(str(error).strip().splitlines()[0]) from None
    return rows


def resolve_week(database: Path, week: date | None) -> date:
    """Return the week asked for, or the newest complete one; RefusalError if it has no rows."""
    known: list[date] = [
        row["week"]
        for row in query(
            database,
            "SELECT week FROM marts.weekly_total WHERE source = 'daily_rows' "
            "ORDER BY is_complete DESC, week DESC",
        )
    ]
    if week is None:
        return known[0]
    if week not in known:
        listed = ", ".join(f"{one}" for one in sorted(known))
        raise RefusalError(f"week {week} is not in the database, which holds {listed}")
    return week


def top(database: Path, week: date, length: int) -> Rows:
    """Return the first models of a week."""
    return query(database, "FROM marts.top_models(?, ?)", [week, length])


def origin(database: Path, week: date) -> Rows:
    """Return CN and US of a week under every scope, side by side."""
    return query(
        database,
        "SELECT scope, bloc, tokens, share, share_of_total, wow, leads, lead_identified "
        "FROM marts.weekly_origin WHERE week = ? AND bloc IN ('CN', 'US') "
        "ORDER BY array_position(['top9', 'top10', 'top20', 'named'], scope), bloc",
        [week],
    )


def routes(database: Path, week: date) -> Rows:
    """Return a week's routing table; a workload without a candidate is a row without a model."""
    return query(
        database,
        "SELECT stratum.stratum, route.* EXCLUDE (stratum) FROM staging.stratum "
        "LEFT JOIN marts.routing_table AS route "
        "ON stratum.stratum = route.stratum AND route.week = ? "
        "ORDER BY stratum.stratum, route.position",
        [week],
    )


def unknown_authors(database: Path) -> Rows:
    """Return the authors in the data whose country the hand-kept table does not know."""
    return query(
        database,
        "SELECT author, organisation IS NOT NULL AS is_listed, max(week) AS newest_week, "
        "sum(tokens)::BIGINT AS tokens FROM marts.unknown_author "
        "GROUP BY ALL ORDER BY tokens DESC, author",
    )


def status(database: Path, now: datetime | None = None) -> dict[str, Any]:
    """Return which weeks are published, as of when, how complete, and how far behind the clock."""
    (made,) = query(database, "FROM meta.build")
    weeks = query(
        database,
        "SELECT week, total_tokens, days_seen, is_complete, as_of, as_of_is_exact "
        "FROM marts.weekly_total WHERE source = 'daily_rows' ORDER BY week",
    )
    newest = resolve_week(database, None)
    closed = last_closed_week(now or datetime.now(UTC))
    return {
        "database": f"{database}",
        **made,
        "citation": citation(made["as_of"], made["as_of_is_exact"]),
        "newest_week": newest,
        "last_closed_week": closed,
        "weeks_behind": max(0, (closed - newest).days // 7),
        "weeks": weeks,
    }


def published_as(database: Path, week: date) -> dict[str, Any]:
    """Return the run that published a week, and the citation that must travel with it."""
    (made,) = query(
        database,
        "SELECT run_id, total.as_of, total.as_of_is_exact FROM marts.weekly_total AS total "
        "CROSS JOIN meta.build WHERE week = ?",
        [week],
    )
    line = f"{citation(made['as_of'], made['as_of_is_exact'])} Licensed under {LICENCE}."
    return {**made, "citation": line}
