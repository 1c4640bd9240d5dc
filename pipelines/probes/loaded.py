"""How a loaded configuration compares with the exported one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipelines.exports import litellm, openclaw
from pipelines.exports.routing_document import RoutingDocument, Target
from pipelines.probes.facts import Probe, hashed

Newest = Mapping[tuple[str, str | None], Probe]
Result = Literal["equal", "differs", "unknown"]


@dataclass(frozen=True)
class Comparison:
    """How a workload's chain in a gateway compares with the exported one.

    `role` is where they differ first. `loaded` is the hash of the model there.
    """

    gateway: str
    workload: str
    result: Result
    role: str | None = None
    exported: str | None = None
    loaded: str | None = None


def compare(document: RoutingDocument, newest: Newest, exported_at: datetime) -> list[Comparison]:
    """Return how the loaded chains compare with the exported ones, per gateway and workload.

    A probe from before the export says nothing. A gateway that was never probed has no rows.
    """
    found = list[Comparison]()
    if any(kind == "models_status" for kind, _ in newest):
        found += [_in_openclaw(target, newest, exported_at) for target in document.targets]
    listed = newest.get(("litellm_models", None))
    if listed:
        found += _in_litellm(document, listed, exported_at)
    return found


def _in_openclaw(target: Target, newest: Newest, exported_at: datetime) -> Comparison:
    probe = newest.get(("models_status", hashed(target.name)))
    if probe is None or probe.at < exported_at:
        return Comparison("openclaw", target.name, "unknown")
    return agent(target, probe)


def agent(target: Target, probe: Probe) -> Comparison:
    """Return how an agent's models compare with a target's chain."""
    facts = probe.facts
    if "primary" not in facts or "fallbacks" not in facts:
        return Comparison("openclaw", target.name, "unknown")
    loaded = [facts["primary"], *facts["fallbacks"]]
    return _chains("openclaw", target.name, openclaw.references(target), loaded)


def _in_litellm(document: RoutingDocument, probe: Probe, exported_at: datetime) -> list[Comparison]:
    groups = dict(probe.facts.get("groups", []))
    is_known = bool(groups) and probe.at >= exported_at
    return [
        _chains(
            "litellm",
            route.workload,
            [openclaw.reference(hop.model_id) for _, hop in named],
            [groups[hashed(name)] for name, _ in named if hashed(name) in groups],
        )
        if is_known
        else Comparison("litellm", route.workload, "unknown")
        for route in document.open_routes
        for named in [litellm.groups_of(route)]
    ]


def _chains(gateway: str, workload: str, exported: list[str], loaded: list[str]) -> Comparison:
    """Compare two chains role by role."""
    for place in range(max(len(exported), len(loaded))):
        wanted = exported[place] if place < len(exported) else None
        there = loaded[place] if place < len(loaded) else None
        if there != (hashed(wanted) if wanted else None):
            role = f"fallback {place}" if place else "primary"
            return Comparison(gateway, workload, "differs", role, wanted, there)
    return Comparison(gateway, workload, "equal")
