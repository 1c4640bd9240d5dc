"""How a loaded configuration compares with the exported one."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Literal

from pipelines.exports import litellm, openclaw
from pipelines.exports.routing_document import Hop, RoutingDocument, Target
from pipelines.probes.facts import GATEWAYS, Probe, hashed
from pipelines.probes.gate import OLDEST

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
        found += _in_litellm(document, newest.get(("litellm_models", None)), since)
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
    chains = zip_longest(openclaw.references(target), [facts["primary"], *facts["fallbacks"]])
    return _compared(
        "openclaw",
        target.name,
        ((f"fallback {place}" if place else "primary", *pair) for place, pair in enumerate(chains)),
    )


def _in_litellm(
    document: RoutingDocument, probe: Probe | None, since: datetime
) -> Iterator[Comparison]:
    """Yield how the models of each group compare; LiteLLM does not report its fallbacks."""
    groups: dict[str, set[str]] = {}
    for name, model in probe.facts.get("groups", []) if probe and probe.at >= since else ():
        groups.setdefault(name, set()).add(model)
    for route in document.open_routes:
        roles = [
            (_role(place, hop), exported, _other(exported, groups.get(hashed(name), set())))
            for place, (name, hop) in enumerate(litellm.groups_of(route))
            for exported in [openclaw.reference(hop.model_id)]
        ]
        unknown = Comparison("litellm", route.workload, "unknown")
        yield _compared("litellm", route.workload, roles) if groups else unknown


def _role(place: int, hop: Hop) -> str:
    return f"{hop.role} {place}" if hop.role == "fallback" else hop.role


def _other(exported: str, models: Set[str]) -> str | None:
    """Return the model of a group that is not the exported one, if there is any."""
    return min(models - {hashed(exported)}, default=next(iter(models), None))


def _compared(
    gateway: str, workload: str, roles: Iterable[tuple[str, str | None, str | None]]
) -> Comparison:
    """Compare two chains: of each role the exported model, and the hash of the loaded one."""
    for role, exported, loaded in roles:
        if loaded != (hashed(exported) if exported else None):
            return Comparison(gateway, workload, "differs", role, exported, loaded)
    return Comparison(gateway, workload, "equal")
