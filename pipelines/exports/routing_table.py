"""The routing table as Parquet, CSV, JSON and Markdown."""

import json
from typing import Any

import polars as pl

from pipelines.exports.routing_document import Hop, Route, RoutingDocument
from pipelines.lake.vintages import parquet_bytes
from pipelines.words import routing
from pipelines.words.language import english


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `routing_table.*`: a row is a hop, blocked routes included and marked."""
    rows = [row for route in document.routes for row in _rows(document, route)]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    cited = frame.with_columns(
        run_id=pl.lit(document.run_id), citation=pl.lit(document.citation)
    )  # a CSV has no other place for it
    table = json.loads(frame.write_json())
    body = {"run_id": document.run_id, "citation": document.citation, "rows": table}
    return {
        "routing_table.parquet": parquet_bytes(
            frame.to_arrow(), document.as_of, document.as_of_is_exact
        ),
        "routing_table.csv": cited.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ").encode(),
        "routing_table.json": (json.dumps(body, indent=2, ensure_ascii=False) + "\n").encode(),
        "routing_table.md": _markdown(document),
    }


def _rows(document: RoutingDocument, route: Route) -> list[dict[str, Any]]:
    reserve = route.reserve
    return [
        {
            "week": document.week,
            "workload": route.workload,
            "position": position,
            "role": hop.role,
            "decision": route.decision,
            "blocked_because": route.blocked_because,
            "why": hop.why,
            "model_id": hop.model_id,
            "model_permaslug": hop.model_permaslug,
            "author": hop.author,
            "vendor": hop.vendor,
            "bloc": hop.bloc,
            "cost_per_million_usd": hop.cost_per_million_usd,
            "cost_per_task_usd": hop.cost_per_task_usd,
            "evidence": hop.evidence,
            "success": hop.success,
            "success_low": hop.success_low,
            "capability_low": hop.capability_low,
            "reserve_model_id": reserve.model_id if reserve else None,
            "reserve_cost_per_million_usd": reserve.cost_per_million_usd if reserve else None,
            "reserve_cost_per_task_usd": reserve.cost_per_task_usd if reserve else None,
            "reserve_success_low": reserve.success_low if reserve else None,
            "route_cost_usd": route.route_cost_usd,
            "compared_cost_usd": hop.compared_cost_usd,
            "is_promotion": hop.is_promotion,
            "is_degraded": hop.is_degraded,
            "data_class": route.data_class,
            "prices_as_of": route.prices_as_of,
            "prices_of_week": route.prices_of_week,
        }
        for position, hop in enumerate(route.reachable)
    ]


def _markdown(document: RoutingDocument) -> bytes:
    lines = [
        f"# Routing table, week {document.week}",
        "",
        "| workload | decision | primary | A: $/task | A: $/1M | fallbacks | escalation "
        "| B: reserve | B: $/task |",
        "|---|---|---|--:|--:|---|---|---|--:|",
        *(_line(route) for route in document.routes),
        "",
        "Why the primaries:",
        "",
        *(f"- **{route.workload}**: {_why(route)}" for route in document.routes if route.hops),
        "",
        f"Run {document.run_id}. {document.citation}",
        "",
    ]
    return "\n".join(lines).encode()


def _named(hop: Hop) -> str:
    return f"{hop.model_id} (degraded)" if hop.is_degraded else hop.model_id


def _why(route: Route) -> str:
    primary, *_ = route.hops
    return routing.why(english(), {**route.model_dump(), **primary.model_dump()})


def _line(route: Route) -> str:
    if not route.hops or route.reserve is None:
        return f"| {route.workload} | {route.decision}: {route.closed_because} | | | | | | | |"
    primary, *fallbacks = route.hops
    state = f"blocked: {route.closed_because}" if route.blocked_because else route.decision
    escalation = route.escalation.model_id if route.escalation else ""
    return (
        f"| {route.workload} | {state} | {primary.model_id} | {route.route_cost_usd:.5f} "
        f"| {primary.cost_per_million_usd:.4f} "
        f"| {', '.join(map(_named, fallbacks))} | {escalation} "
        f"| {route.reserve.model_id} | {route.reserve.cost_per_task_usd:.5f} |"
    )
