"""Reading the routing document from the published database."""

from pathlib import Path
from typing import Any

import duckdb

from pipelines.citation import LICENCE, citation
from pipelines.errors import RefusalError
from pipelines.exports import provider_preferences
from pipelines.exports.provider_preferences import Matrix
from pipelines.exports.routing_document import Hop, Reserve, Route, RoutingDocument
from pipelines.home.database import connected, rows

Row = dict[str, Any]

UNPRICED = "no catalogue of the week is known"
ONE_VENDOR = "one vendor only, a chain needs two"

NEWEST_WEEK = """
SELECT
    total.week, total.is_complete, total.as_of, total.as_of_is_exact, build.run_id,
    cast(parameter.retirement_days AS INTEGER) AS retirement_days
FROM marts.weekly_total AS total CROSS JOIN meta.build
CROSS JOIN core.parameter AS parameter
WHERE total.week = marts.latest_week()
"""

ROUTES = """
FROM marts.routing_table WHERE week = marts.latest_week() ORDER BY workload, position
"""

# What a model costs is taken from the catalogue that the route was computed with; whether it can
# still be had, from the newest catalogue known.
CATALOGUE = """
SELECT DISTINCT
    offer.model_id, offer.fetched_at, offer.accepts_image,
    offer.supports_tools, offer.prompt_price, offer.completion_price,
    coalesce(newest.is_still_listed, FALSE) AS is_listed, newest.expiration_date
FROM staging.catalogue AS offer
LEFT JOIN staging.catalogue AS newest
    ON offer.model_id = newest.model_id
    AND newest.week = (SELECT max(week) FROM staging.catalogue)
WHERE offer.fetched_at IN (
    SELECT prices_as_of FROM marts.routing_table WHERE week = marts.latest_week()
)
"""


def read(database: Path) -> RoutingDocument:
    """Read the routes of the newest complete week; RefusalError if there is no such week.

    A workload that no model can carry is a route without hops: that too is a result.
    """
    with connected(database) as connection:
        header = _rows(connection, NEWEST_WEEK)
        if not header:
            raise RefusalError(f"{database} holds no complete week yet: nothing can be routed")
        routed = _rows(connection, ROUTES)
        workloads = _rows(connection, "FROM staging.workload ORDER BY workload")
        empty, in_region = _empty_because(connection), _in_region(connection)
        catalogue = {
            (row["model_id"], row["fetched_at"]): row for row in _rows(connection, CATALOGUE)
        }
        matrix = {
            (row["kind"], row["name"], row["data_class"]): row["is_allowed"]
            for row in _rows(connection, "FROM staging.compliance")
        }
        ((catalogue_as_of,),) = connection.sql(
            "SELECT max(fetched_at) FROM staging.catalogue"
        ).fetchall()
    (week,) = header
    return RoutingDocument(
        week=week["week"],
        week_is_complete=week["is_complete"],
        as_of=week["as_of"],
        as_of_is_exact=week["as_of_is_exact"],
        catalogue_as_of=catalogue_as_of,
        retirement_days=week["retirement_days"],
        run_id=week["run_id"],
        citation=f"{citation(week['as_of'], week['as_of_is_exact'])} Licensed under {LICENCE}.",
        routes=tuple(
            _route(
                workload,
                [row for row in routed if row["workload"] == workload["workload"]],
                catalogue,
                matrix,
                empty.get(workload["workload"]),
                in_region.get(workload["workload"]),
            )
            for workload in workloads
        ),
    )


def _in_region(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    """Return the providers that each workload with a rule on regions leaves, perhaps none."""
    rows = connection.sql(
        "SELECT policy.workload, provider FROM staging.deploy_policy AS policy "
        "LEFT JOIN core.route_provider AS served ON policy.workload = served.workload "
        "AND served.is_allowed AND served.week = marts.latest_week() WHERE policy.kind = 'region'"
    ).fetchall()
    return {
        workload: frozenset(name for whose, name in rows if whose == workload and name)
        for workload, _ in rows
    }


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    return rows(connection.sql(query))


def _empty_because(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return what keeps each empty workload empty, and what the best model could do."""
    rows = connection.sql(
        "SELECT workload, binding_constraint, best_achievable FROM marts.routing_certificate "
        "WHERE week = marts.latest_week() AND binding_constraint IS NOT NULL"
    ).fetchall()
    return {
        workload: constraint if best is None else f"{constraint} (at best {best:.3g})"
        for workload, constraint, best in rows
    }


def _route(
    workload: Row,
    rows: list[Row],
    catalogue: dict[tuple[str, Any], Row],
    matrix: Matrix,
    empty: str | None,
    in_region: frozenset[str] | None,
) -> Route:
    """Return one workload's route from its rows in order of position."""
    hops = [_hop(row, catalogue, matrix, workload["data_class"]) for row in rows]
    chain = tuple(hop for hop in hops if hop.role != "escalation")
    provider = provider_preferences.for_data_class(matrix, workload["data_class"], in_region)
    first = rows[0] if rows else None
    return Route(
        workload=workload["workload"],
        description=workload["description"],
        data_class=workload["data_class"],
        is_sandbox=workload["is_sandbox"],
        needs_image=workload["needs_image"],
        needs_tools=workload["needs_tools"],
        needs_structured_output=workload["needs_structured_output"],
        longest_prompt_tokens=workload["context_end_tokens"],
        hops=chain,
        escalation=next((hop for hop in hops if hop.role == "escalation"), None),
        reserve=Reserve(
            model_id=first["reserve_model_id"],
            cost_per_task_usd=first["reserve_cost_per_task_usd"],
            cost_per_million_usd=first["reserve_cost_per_million_usd"],
            success_low=first["reserve_success_low"],
        )
        if first
        else None,
        provider=provider,
        blocked_because=(first["blocked_because"] if first else None)
        or (None if provider else provider_preferences.UNSIGNED)
        or (ONE_VENDOR if len({hop.vendor for hop in chain}) == 1 else None),
        empty_because=None if first else empty or UNPRICED,
        prices_as_of=first["prices_as_of"] if first else None,
        prices_of_week=first["prices_of_week"] if first else None,
    )


def _hop(row: Row, catalogue: dict[tuple[str, Any], Row], matrix: Matrix, data_class: str) -> Hop:
    offer = catalogue[row["model_id"], row["prices_as_of"]]
    return Hop(
        role=row["role"],
        model_id=row["model_id"],
        model_permaslug=row["model_permaslug"],
        author=row["author"],
        vendor=row["vendor"],
        bloc=row["bloc"],
        author_policy=provider_preferences.author_policy(matrix, row["author"], data_class),
        is_listed=offer["is_listed"],
        retires_on=offer["expiration_date"],
        context_length=row["context_length"],
        accepts_image=offer["accepts_image"],
        supports_tools=offer["supports_tools"],
        prompt_price=offer["prompt_price"],
        completion_price=offer["completion_price"],
        cost_per_task_usd=row["cost_per_task_usd"],
        cost_per_million_usd=row["cost_per_million_usd"],
        success=row["success"],
        success_low=row["success_low"],
        capability_low=row["capability_low"],
        why=row["why"],
    )
