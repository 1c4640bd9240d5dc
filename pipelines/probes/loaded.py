"""How a loaded configuration compares with the exported one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Literal

from pipelines.exports import litellm, openclaw
from pipelines.exports.routing_document import Route, RoutingDocument, Target, escalation_name
from pipelines.probes.age import OLDEST
from pipelines.probes.facts import GATEWAYS, Probe, hashed

Newest = Mapping[tuple[str, str | None], Probe]
Result = Literal["equal", "differs", "unknown"]
Role = tuple[str, str | None, str | None]
"""A role of a chain, its exported model, and the hash of the loaded one."""


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


def since(exported_at: datetime, now: datetime) -> datetime:
    """Return from when on a probe says what is loaded: after the export, and still young."""
    return max(exported_at, now - OLDEST)


def compare(document: RoutingDocument, newest: Newest, since: datetime) -> list[Comparison]:
    """Return how the loaded chains compare with the exported ones, per gateway and workload.

    A probe from before `since` says nothing. A gateway of which anything was ever probed has a row
    for every workload; one that was never probed has none.
    """
    probed = {kind for kind, _ in newest}
    found = list[Comparison]()
    if probed & GATEWAYS["openclaw"]:
        found += [_in_openclaw(target, newest, since) for target in document.targets]
    if probed & GATEWAYS["litellm"]:
        found += _in_litellm(document, newest, since)
    return found


def _in_openclaw(target: Target, newest: Newest, since: datetime) -> Comparison:
    probe = newest.get(("models_status", hashed(target.name)))
    if probe is None or probe.at < since:
        return Comparison("openclaw", target.name, "unknown")
    return agent(target, probe)


def agent(target: Target, probe: Probe) -> Comparison:
    """Return how an agent's models compare with a target's chain."""
    facts = probe.facts
    if "primary" not in facts or "fallbacks" not in facts:
        return Comparison("openclaw", target.name, "unknown")
    loaded = [{one} for one in (facts["primary"], *facts["fallbacks"])]
    return _compared("openclaw", target.name, _roles(openclaw.references(target), loaded))


def _in_litellm(document: RoutingDocument, newest: Newest, since: datetime) -> Iterator[Comparison]:
    """Yield how each chain compares; that takes both the groups' models and their fallbacks."""
    models = _young(newest, "litellm_models", since).get("groups")
    chains = _young(newest, "litellm_settings", since).get("chains")
    for route in document.open_routes:
        yield (
            Comparison("litellm", route.workload, "unknown")
            if models is None or chains is None
            else _compared("litellm", route.workload, _in_groups(route, models, dict(chains)))
        )


def _young(newest: Newest, kind: str, since: datetime) -> Mapping[str, Any]:
    probe = newest.get((kind, None))
    return probe.facts if probe and probe.at >= since else {}


def _in_groups(
    route: Route, models: Iterable[tuple[str, str]], chains: Mapping[str, Sequence[str]]
) -> Iterator[Role]:
    """Yield what is exported and loaded in the groups of a route; names are hashes."""
    groups: dict[str, set[str]] = {}
    for name, model in models:
        groups.setdefault(name, set()).add(model)
    first = hashed(route.workload)
    loaded = [groups.get(name, set()) for name in (first, *chains.get(first, ()))]
    yield from _roles([model for _, model in litellm.chain_of(route)], loaded)
    if route.escalation:
        exported = openclaw.reference(route.escalation.model_id)
        there = groups.get(hashed(escalation_name(route)), set())
        yield "escalation", exported, _other(exported, there)


def _roles(exported: Sequence[str], loaded: Sequence[Set[str]]) -> Iterator[Role]:
    for place, (wanted, there) in enumerate(zip_longest(exported, loaded)):
        role = f"fallback {place}" if place else "primary"
        yield role, wanted, _other(wanted, there or set())


def _other(exported: str | None, models: Set[str]) -> str | None:
    """Return the model of a group that is not the exported one, if there is any."""
    others = models - {hashed(exported)} if exported else models
    return min(others, default=next(iter(models), None))


def _compared(gateway: str, workload: str, roles: Iterable[Role]) -> Comparison:
    """Compare two chains role by role."""
    for role, exported, loaded in roles:
        if loaded != (hashed(exported) if exported else None):
            return Comparison(gateway, workload, "differs", role, exported, loaded)
    return Comparison(gateway, workload, "equal")
