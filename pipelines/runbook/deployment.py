"""How well a place suits a gateway that works while nobody watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import yaml

from pipelines.probes import log
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
    live = [one for one in probes if one.kind in LIVE]
    checked = [one for one in probes if one.kind == "deploy"]
    shown: dict[str, bool | None] = {}
    if live:
        last = live[-1]
        answers = last.facts.get("reachable", last.facts.get("ready"))
        shown = {
            "supervised": last.facts.get("supervised"),
            "reachable": answers if now - last.at <= timedelta(days=1) else None,
            "probed_all_week": days_probed(live, now) == DAYS,
        }
    if checked and now - checked[-1].at <= timedelta(days=DAYS):
        shown |= checked[-1].facts
    return {name: value for name, value in shown.items() if value is not None}


def days_probed(probes: Sequence[Probe], now: datetime) -> int:
    """Return how many of the last seven stretches of 24 hours have a probe."""
    ages = {(now - one.at) // timedelta(days=1) for one in probes if one.at <= now}
    return len(ages & {*range(DAYS)})
