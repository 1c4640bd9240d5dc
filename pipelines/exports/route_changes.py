"""What an export would change for gateways: per workload and role, the model and its cost."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

from pipelines.exports.routing_document import RoutingDocument

Json = Mapping[str, Any]
TASKS = 1000


class RouteChange(TypedDict):
    """A role of a workload whose model or cost changes; None is no model in that role.

    Costs are list prices in USD per 1,000 tasks by that model alone. `why` is the code of the
    reason for the new model, or of why gateways may not use the route any more.
    """

    workload: str
    role: str
    before: str | None
    after: str | None
    usd_before: float | None
    usd_after: float | None
    why: str | None


def route_changes(folder: Path, document: RoutingDocument) -> list[RouteChange]:
    """Return how the open routes differ from those of the `routing.json` in a folder.

    A file of version 0.1.0 is read too. One that is missing or unreadable has no routes.
    """
    new = json.loads(document.model_dump_json())
    before, after = _seats(_read(folder / "routing.json")), _seats(new)
    closed = {
        route["workload"]: route["blocked_because"] or route["empty_because"]
        for route in new["routes"]
    }
    return [
        _change(workload, role, before.get((workload, role)), after.get((workload, role)), closed)
        for workload, role in sorted({*before, *after}, key=_order)
        if _shown(before.get((workload, role))) != _shown(after.get((workload, role)))
    ]


def _read(path: Path) -> Json:
    try:
        body = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}


def _seats(document: Json) -> dict[tuple[str, str], Json]:
    """Return the hops of the open routes by workload and role."""
    return {
        (f"{route.get('workload') or route.get('stratum')}", role): hop
        for route in document.get("routes", [])
        if not (route.get("blocked_because") or route.get("empty_because"))
        for role, hop in _hops(route)
    }


def _hops(route: Json) -> Iterator[tuple[str, Json]]:
    for place, hop in enumerate(route["hops"]):
        yield f"fallback {place}" if place else "primary", hop
    if route.get("escalation"):
        yield "escalation", route["escalation"]


def _shown(hop: Json | None) -> tuple[str | None, float | None]:
    """Return the model of a hop, and its USD per 1,000 tasks."""
    return (None, None) if hop is None else (hop["model_id"], hop["cost_per_task_usd"] * TASKS)


def _change(
    workload: str, role: str, before: Json | None, after: Json | None, closed: Mapping[str, Any]
) -> RouteChange:
    old_model, old_cost = _shown(before)
    new_model, new_cost = _shown(after)
    return {
        "workload": workload,
        "role": role,
        "before": old_model,
        "after": new_model,
        "usd_before": old_cost,
        "usd_after": new_cost,
        "why": after["why"] if after else closed.get(workload),
    }


def _order(seat: tuple[str, str]) -> tuple[str, int, str]:
    """Return the sorting key of a seat: a workload's primary, its fallbacks, its escalation."""
    workload, role = seat
    return workload, ("primary", "fallback", "escalation").index(role.split()[0]), role
