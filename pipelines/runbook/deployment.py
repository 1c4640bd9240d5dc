"""How well a place suits a gateway that works while nobody watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from pipelines.probes import log
from pipelines.probes.age import is_young
from pipelines.probes.facts import DEPLOY_CHECKS, Probe
from pipelines.settings import Settings

TARGETS = Path(__file__).with_name("targets.yaml")
CHECKS = (*DEPLOY_CHECKS, "reachable", "probed_all_week")
LEAST_SCORE = 0.7
"""From this score on, a place suits work that nobody watches."""

DAYS = 7
LIVE = ("gateway_status", "litellm_readiness")
"""The probes that show that a gateway answers."""


@dataclass(frozen=True)
class Deployment:
    """A place and its checks; None is unknown. `score` is the share that is known to be true."""

    target: str
    checks: Mapping[str, bool | None]
    source: str

    @property
    def score(self) -> float:
        """The share of checks that are known to be true; what is unknown counts as false."""
        return sum(one is True for one in self.checks.values()) / len(CHECKS)

    @property
    def suits_unattended(self) -> bool:
        """Whether work that nobody watches may run there."""
        return self.score >= LEAST_SCORE


@cache
def targets() -> dict[str, Deployment]:
    """Return every place as far as it is known without a probe."""
    written = yaml.safe_load(TARGETS.read_text(encoding="utf-8"))
    return {
        name: Deployment(name, {check: one[check] for check in CHECKS}, one["source"])
        for name, one in written.items()
    }


def of(settings: Settings, now: datetime) -> Deployment | None:
    """Return the place that the settings name, as probed; None if they name none."""
    target = settings.tokenhouse_gateway_target
    return observed(target, log.read(settings.tokenhouse_home), now) if target else None


def observed(target: str, probes: Sequence[Probe], now: datetime) -> Deployment:
    """Return a place with what the probes of its gateway have shown."""
    known = targets()[target]
    return Deployment(target, {**known.checks, **_shown(probes, now)}, known.source)


def _shown(probes: Sequence[Probe], now: datetime) -> dict[str, bool | None]:
    """Return what probes show of a place; what a script has checked there counts most."""
    live = [one for one in probes if one.kind in LIVE and one.at <= now]
    shown: dict[str, bool | None] = {}
    if live:
        last = live[-1]
        shown = {
            "supervised": last.facts.get("supervised"),
            "reachable": answers(last) if is_young(last.at, now) else None,
            "probed_all_week": days_probed(live, now) == DAYS,
        }
    shown |= {name: value for name, value in checked(probes, now).items() if name in CHECKS}
    return {name: value for name, value in shown.items() if value is not None}


def checked(probes: Sequence[Probe], now: datetime) -> dict[str, Any]:
    """Return what scripts on the gateway's machine said within the week, the newest of each."""
    found: dict[str, Any] = {}
    for one in probes:
        if one.kind == "deploy" and is_young(one.at, now, timedelta(days=DAYS)):
            found |= one.facts
    return found


def hours_down(probes: Sequence[Probe], now: datetime) -> float:
    """Return for how many hours of the week a gateway did not answer, by its probes.

    A gap lasts from a probe without an answer to the next probe: what was not probed since the last
    one is not known. Of several gateways the worst counts.
    """
    since = now - timedelta(days=DAYS)

    def gaps(kind: str) -> timedelta:
        known = [
            one for one in probes if one.kind == kind and one.at <= now and answers(one) is not None
        ]
        lasted = (
            max(after.at - max(before.at, since), timedelta())
            for before, after in pairwise(known)
            if answers(before) is False
        )
        return sum(lasted, timedelta())

    return max(map(gaps, LIVE)) / timedelta(hours=1)


def answers(probe: Probe) -> bool | None:
    """Return whether a probe that shows it says that the gateway answered; None is unknown."""
    answered: bool | None = probe.facts.get("reachable", probe.facts.get("ready"))
    return answered


def days_probed(probes: Sequence[Probe], now: datetime) -> int:
    """Return how many of the last seven stretches of 24 hours have a probe."""
    ages = {(now - one.at) // timedelta(days=1) for one in probes if one.at <= now}
    return len(ages & {*range(DAYS)})
