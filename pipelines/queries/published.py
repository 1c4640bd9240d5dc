"""What the commands show: rows from the published database, as plain dictionaries."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypedDict, cast

import duckdb

from pipelines.citation import LICENCE, citation
from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.database import attach_private, connected, rows
from pipelines.limits import QUERY_MEMORY

Row = dict[str, Any]
Rows = list[Row]
Connection = duckdb.DuckDBPyConnection

PRIVATE = "private"
"""What follows from third-party scores, on a connection of the home's user."""


class PublishedWeek(TypedDict):
    """The week that a command shows, with the run that published it."""

    week: date
    days_seen: int
    is_complete: bool
    as_of: datetime
    as_of_is_exact: bool
    run_id: str
    citation: str


class WeekSummary(TypedDict):
    """A published week in a list of all of them."""

    week: date
    total_tokens: int
    days_seen: int
    is_complete: bool
    as_of: datetime
    as_of_is_exact: bool


class TopModel(TypedDict):
    """A row of `marts.top_models`, in what the commands show of it."""

    rank: int
    previous_rank: int | None
    model_permaslug: str
    bloc: str
    tokens: int
    share: float
    wow: float | None
    wow_low: float | None
    wow_high: float | None


class OriginShare(TypedDict):
    """A bloc's tokens under one scope; shares and growth are fractions."""

    scope: str
    bloc: str
    tokens: int
    share: float
    share_of_total: float
    wow: float | None
    leads: bool
    lead_identified: bool


class UnknownAuthor(TypedDict):
    """An author in the data whose country is not known."""

    author: str
    is_listed: bool
    newest_week: date
    tokens: int


@contextmanager
def reading(database: Path, with_private: bool = False) -> Iterator[Connection]:
    """Open the published database; nothing can be changed through it, nor any other file read.

    `with_private` attaches the file of the private tables as PRIVATE, if there is one: copies for
    others have none. Raises RefusalError if it is of another run.
    """
    with connected(database) as connection:
        if with_private and paths.private(database).exists():
            ((run_id,),) = connection.execute("SELECT run_id FROM meta.build").fetchall()
            attach_private(connection, database, run_id, PRIVATE)
        connection.execute(
            f"SET memory_limit = '{QUERY_MEMORY}'; "
            "SET search_path = 'marts,meta'; "
            "SET enable_external_access = false; SET lock_configuration = true"
        )
        yield connection


def query(connection: Connection, statement: str, *parameters: object, **named: object) -> Rows:
    """Run one statement of ours; parameters are for `?` in their order, or for `$name`.

    Raises RefusalError with DuckDB's message, its hints included. A missing table or column is left
    to `reading`, which knows what it means.
    """
    try:
        return rows(connection.execute(statement, named or list(parameters) or None))
    except (duckdb.CatalogException, duckdb.BinderException):
        raise
    except duckdb.Error as error:
        raise RefusalError(f"{error}".strip()) from None


def published_week(connection: Connection, week: date | None) -> PublishedWeek:
    """Return the week named, or the newest complete one, with its run and its citation.

    Raises RefusalError naming the weeks there are when it has no rows.
    """
    return week_of(known_weeks(connection), week)


def known_weeks(connection: Connection) -> dict[date, PublishedWeek]:
    """Return the weeks with daily rows, the newest first, and the incomplete ones at the end."""
    known = query(
        connection,
        "SELECT week, days_seen, is_complete, total.as_of, total.as_of_is_exact, run_id "
        "FROM marts.weekly_total AS total CROSS JOIN meta.build WHERE source = 'daily_rows' "
        "ORDER BY is_complete DESC, week DESC",
    )
    return {row["week"]: cast("PublishedWeek", {**row, "citation": _cited(row)}) for row in known}


def _cited(week: Row) -> str:
    return f"{citation(week['as_of'], week['as_of_is_exact'])} Licensed under {LICENCE}."


def week_of(known: Mapping[date, PublishedWeek], week: date | None) -> PublishedWeek:
    """Return the week named, or the first; RefusalError naming the weeks there are without it."""
    found = next(iter(known.values()), None) if week is None else known.get(week)
    if found is None:
        listed = ", ".join(sorted(f"{one}" for one in known))
        raise RefusalError(f"week {week} is not in the database, which contains {listed}")
    return found


def published_weeks(connection: Connection) -> list[WeekSummary]:
    """Return the weeks with daily rows, in their order: how much, how complete, as of when."""
    found = query(
        connection,
        "SELECT week, total_tokens, days_seen, is_complete, as_of, as_of_is_exact "
        "FROM marts.weekly_total WHERE source = 'daily_rows' ORDER BY week",
    )
    return cast("list[WeekSummary]", found)


def top(connection: Connection, week: date, length: int) -> list[TopModel]:
    """Return the first models of a week."""
    found = query(connection, "FROM marts.top_models(?, ?)", week, length)
    return cast("list[TopModel]", found)


def origin(connection: Connection, week: date) -> list[OriginShare]:
    """Return CN and US of a week under every scope, side by side."""
    found = query(
        connection,
        "SELECT scope, bloc, tokens, share, share_of_total, wow, leads, lead_identified "
        "FROM marts.weekly_origin WHERE week = ? AND bloc IN ('CN', 'US') "
        "ORDER BY marts.scope_order(scope), bloc",
        week,
    )
    return cast("list[OriginShare]", found)


def routes(connection: Connection, week: date) -> Rows:
    """Return a week's routing table, every workload at least once.

    A workload that no model can carry is a row without a model; `why` is then the code of what
    keeps it empty, also where the week has no routes at all.
    """
    rows = query(
        connection,
        "SELECT workload.workload, workload.description, route.* EXCLUDE (workload), "
        "certificate.last_rule, certificate.best_achievable FROM marts.workloads() AS workload "
        "LEFT JOIN marts.routing_table AS route "
        "ON workload.workload = route.workload AND route.week = $week "
        "LEFT JOIN marts.routing_certificate AS certificate "
        "ON workload.workload = certificate.workload AND certificate.week = $week "
        "ORDER BY workload.workload, route.position",
        week=week,
    )
    if all(row["decision"] is None for row in rows):
        because = unrouted_because(connection, week)
        rows = [{**row, "decision": "empty", "why": because} for row in rows]
    return rows


def unrouted_because(connection: Connection, week: date) -> str:
    """Return the code of why a week has no routes at all."""
    ((is_complete, is_old),) = connection.execute(
        "SELECT "
        "bool_or(is_complete), bool_or(week < (SELECT min(week) FROM marts.routing_certificate)) "
        "FROM marts.weekly_total WHERE week = $week",
        parameters={"week": week},
    ).fetchall()
    if not is_complete:
        return "week_incomplete"
    return "over_a_year_old" if is_old else "no_catalogue"


def unknown_authors(connection: Connection) -> list[UnknownAuthor]:
    """Return the authors whose country the hand-kept table does not know.

    Tokens are those of the newest complete week, 0 where it is not listed.
    """
    found = query(
        connection,
        "SELECT author, organisation IS NOT NULL AS is_listed, max(week) AS newest_week, "
        "coalesce(sum(tokens) FILTER (WHERE week = marts.latest_week()), 0)::BIGINT AS tokens "
        "FROM marts.unknown_author GROUP BY ALL ORDER BY tokens DESC, author",
    )
    return cast("list[UnknownAuthor]", found)


def unclassified_models(connection: Connection) -> Rows:
    """Return the newest week's models whose token mix is their author's, or general chat's."""
    return query(
        connection,
        "SELECT base_permaslug, revenue_method, workload_class, week, tokens, share, revenue_share "
        "FROM marts.unclassified_model WHERE week = marts.latest_week() "
        "ORDER BY tokens DESC, base_permaslug",
    )


def models_without_evidence(connection: Connection) -> Rows:
    """Return the newest week's ranked models whose quality nothing is known of, worth most first.

    The saving is that of a month at the workloads' volumes against their picks, if each model
    reached the floors of those workloads in which evidence is all that it lacks.
    """
    return query(
        connection,
        "SELECT model.model_permaslug, min(model.rank) AS rank, max(model.tokens) AS tokens, "
        "coalesce(sum(30 * workload.tasks_per_day "
        "* (pick.compared_cost_usd - model.compared_cost_usd)) "
        "FILTER (WHERE model.lacks_only_evidence "
        "AND model.compared_cost_usd < pick.compared_cost_usd), 0) AS saving_usd "
        "FROM marts.routing_candidate AS model "
        "INNER JOIN marts.workloads() AS workload ON model.workload = workload.workload "
        "INNER JOIN marts.routing_certificate AS route "
        "ON model.week = route.week AND model.workload = route.workload "
        "LEFT JOIN marts.routing_option AS pick "
        "ON route.week = pick.week AND route.workload = pick.workload "
        "AND route.model_id = pick.model_id "
        "AND coalesce(route.escalation_model_id, '') = pick.escalation_model_id "
        "WHERE model.week = (SELECT max(week) FROM marts.routing_certificate) "
        "AND model.rank IS NOT NULL AND model.evidence IS NULL "
        "GROUP BY model.model_permaslug "
        "ORDER BY saving_usd DESC, tokens DESC, model.model_permaslug",
    )


def unlisted_families(connection: Connection) -> Rows:
    """Return the families that make series of their author incomplete, with those series.

    Tokens are those of the newest complete week, 0 where it is not listed.
    """
    return query(
        connection,
        "SELECT family, membership, series, max(week) AS newest_week, "
        "coalesce(max(tokens) FILTER (WHERE week = marts.latest_week()), 0)::BIGINT AS tokens "
        "FROM (SELECT week, family, membership, max(tokens) AS tokens, "
        "string_agg(series, ', ' ORDER BY series) AS series "
        "FROM marts.unlisted_family WHERE tokens > 0 GROUP BY ALL"
        ") GROUP BY ALL ORDER BY tokens DESC, family",
    )


def doubtful_rules(connection: Connection) -> Rows:
    """Return the rules of series that nothing fits, or that share families with other rules."""
    return query(
        connection,
        "SELECT * FROM marts.series_rule WHERE families = 0 OR shared_families > 0 "
        "ORDER BY author, series, pattern, valid_from",
    )
