"""Reading the routing document from the published database; what it says is decided in SQL."""

from itertools import groupby
from pathlib import Path
from typing import get_args

from pipelines.citation import LICENCE, citation
from pipelines.errors import RefusalError
from pipelines.exports import provider_preferences
from pipelines.exports.routing_document import (
    DataClass,
    Hop,
    LocalHop,
    Reserve,
    Route,
    RoutingDocument,
)
from pipelines.queries.published import Connection, Row, query, reading, routes

CLASSES: tuple[str, ...] = get_args(DataClass)
"""Classes of data, the strictest last."""

NEWEST_WEEK = """
SELECT
    total.week, total.is_complete, total.as_of, total.as_of_is_exact, build.run_id,
    cast(parameter.retirement_days AS INTEGER) AS retirement_days,
    (SELECT max(as_of) FROM meta.snapshots WHERE table_name = 'models') AS catalogue_as_of
FROM marts.weekly_total AS total CROSS JOIN meta.build
CROSS JOIN marts.parameters() AS parameter
WHERE total.week = marts.latest_week()
"""

PROVIDERS = """
SELECT workload, provider, is_allowed FROM marts.routing_provider
WHERE week = marts.latest_week() ORDER BY workload, provider
"""


def read(database: Path) -> RoutingDocument:
    """Read the routes of the newest complete week; RefusalError if there is no such week.

    A workload that no model can carry is a route without hops: that too is a result.
    """
    with reading(database) as connection:
        header = query(connection, NEWEST_WEEK)
        if not header:
            raise RefusalError(f"{database} has no complete week yet: nothing can be routed")
        (week,) = header
        seats = routes(connection, week["week"])
        workloads = {row["workload"]: row for row in query(connection, "FROM marts.workloads()")}
        providers = _providers(connection)
    return RoutingDocument(
        **{name: week[name] for name in ("week", "as_of", "as_of_is_exact", "run_id")},
        week_is_complete=week["is_complete"],
        catalogue_as_of=week["catalogue_as_of"],
        retirement_days=week["retirement_days"],
        citation=f"{citation(week['as_of'], week['as_of_is_exact'])} Licensed under {LICENCE}.",
        routes=tuple(
            _route(workloads[name], list(rows), providers.get(name, {}))
            for name, rows in groupby(seats, lambda row: row["workload"])
        ),
    )


def _providers(connection: Connection) -> dict[str, dict[str, bool]]:
    """Return for each workload whether it may use a provider; `*` is every other provider."""
    return {
        workload: {row["provider"]: row["is_allowed"] for row in rows}
        for workload, rows in groupby(query(connection, PROVIDERS), lambda row: row["workload"])
    }


def _route(workload: Row, rows: list[Row], providers: dict[str, bool]) -> Route:
    """Return one workload's route from its rows in order of position."""
    first = rows[0]
    known = workload | first
    is_filled = first["decision"] != "empty"
    hops = [_hop(row) for row in rows if is_filled]
    own = {
        "stratum": workload["workload"],
        "longest_prompt_tokens": workload["context_end_tokens"],
        "hops": tuple(hop for hop in hops if hop.role != "escalation"),
        "escalation": next((hop for hop in hops if hop.role == "escalation"), None),
        "reserve": _reserve(first) if is_filled else None,
        "provider": provider_preferences.for_data_class(providers, workload["data_class"]),
        "empty_because": None if is_filled else first["why"],
        **_local(workload),
    }
    return Route(**{name: known[name] for name in Route.model_fields if name in known} | own)


def _local(workload: Row) -> Row:
    """Return the local model of a workload if it suffices, else the code of why it does not.

    A database of an earlier version has none.
    """
    if not workload.get("local_model"):
        return {}
    local = LocalHop.model_validate_json(workload["local_model"])
    lacks = {
        "context": local.context_tokens < workload["context_end_tokens"],
        "tools": workload["needs_tools"] and not local.supports_tools,
        "image": workload["needs_image"] and not local.accepts_image,
        "data_class": CLASSES.index(local.data_class) < CLASSES.index(workload["data_class"]),
    }
    why = next((name for name, is_lacking in lacks.items() if is_lacking), None)
    return {"local_left_out": why} if why else {"local": local}


def _hop(row: Row) -> Hop:
    return Hop(
        **{name: row[name] for name in Hop.model_fields if name in row},
        author_policy=row["permission"],
    )


def _reserve(row: Row) -> Reserve:
    return Reserve(**{name: row[f"reserve_{name}"] for name in Reserve.model_fields})
