"""A gate for exports: every gateway that was ever probed must be known to be well."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.probes import log
from pipelines.probes.age import is_young
from pipelines.probes.facts import GATEWAYS, Probe

CHECKS = {
    "openclaw": (
        ("gateway_status", "reachable"),
        ("gateway_status", "config_valid"),
        ("models_status", "secrets_resolved"),
    ),
    "litellm": (("litellm_readiness", "ready"),),
}
"""What must be true of a gateway, by the kind of probe that shows it.

A gateway can be ready while a key of it is missing, so its readiness alone is not enough.
"""

WHERE_PROBED = (
    ("openclaw", ("channels", "channels_ready")),
    ("openclaw", ("health", "models_ready")),
    ("openclaw", ("readiness", "ready")),
)
"""What must be true where it was ever probed."""

Newest = Mapping[tuple[str, str | None], Probe]


@dataclass(frozen=True)
class Check:
    """A check of a gateway: passed, failed, old or unknown, and when it was last probed."""

    gateway: str
    kind: str
    fact: str
    result: str
    at: datetime | None


def checks(probes: Sequence[Probe], now: datetime) -> list[Check]:
    """Return the result of every check of the gateways that were ever probed."""
    newest = log.newest(probes, now)
    probed = {one.kind for one in probes}
    return [
        _check(newest, gateway, kind, fact, now)
        for gateway, kinds in GATEWAYS.items()
        if probed & kinds
        for kind, fact in _wanted(gateway, probed)
    ]


def objections(home: Path) -> list[str]:
    """Return why the gateways are not known to be well; empty if they are."""
    found = checks(log.read(home), datetime.now(UTC))
    if not found:
        return ["no gateway has been probed: run `tokenhouse probe`"]
    return [
        f"{one.gateway}: {one.kind}.{one.fact} is {one.result} (if it is no longer used: "
        f"`tokenhouse probe --forget {one.gateway}`)"
        for one in found
        if one.result != "passed"
    ]


def _wanted(gateway: str, probed: set[str]) -> Iterator[tuple[str, str]]:
    yield from CHECKS[gateway]
    for owner, (kind, fact) in WHERE_PROBED:
        if owner == gateway and kind in probed:
            yield kind, fact


def _check(newest: Newest, gateway: str, kind: str, fact: str, now: datetime) -> Check:
    """Return the result of a check; of several agents the worst one counts."""
    probes = [probe for (of_kind, _), probe in newest.items() if of_kind == kind]
    results = [_result(probe, fact, now) for probe in probes] or ["unknown"]
    worst = next(one for one in ("failed", "unknown", "old", "passed") if one in results)
    return Check(gateway, kind, fact, worst, max((one.at for one in probes), default=None))


def _result(probe: Probe, fact: str, now: datetime) -> str:
    value = probe.facts.get(fact)
    if value is None:
        return "unknown"
    if not is_young(probe.at, now):
        return "old"
    return "passed" if value is True else "failed"
