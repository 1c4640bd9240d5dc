"""What an operator checks every week: each item with what shows it. None is unknown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.drill import card
from pipelines.drill.card import Card
from pipelines.exports import openclaw
from pipelines.exports.routing_document import RoutingDocument
from pipelines.probes import loaded, log
from pipelines.probes.age import is_young
from pipelines.probes.facts import WORKSPACE, Probe, hashed
from pipelines.runbook import deployment

RATE_LIMITS = ("429", "429_retry_after")


@dataclass(frozen=True)
class Evidence:
    """What the items are judged by."""

    document: RoutingDocument
    card: Card | None
    probes: Sequence[Probe]
    exported: RoutingDocument | None
    exported_at: datetime | None
    is_exported: bool
    findings: Sequence[str] | None
    now: datetime


def items(evidence: Evidence) -> dict[str, bool | None]:
    """Return every item by its code, in the order in which an operator goes through them."""
    return {name: judge(evidence) for name, judge in ITEMS.items()}


def _drill_passed(evidence: Evidence) -> bool | None:
    if evidence.card is None:
        return None
    return not card.objections(evidence.card, evidence.document)


def _rate_limits_handled(evidence: Evidence) -> bool | None:
    """A rate limit is handled without a person if another model answered, by LiteLLM's drill."""
    if evidence.card is None:
        return None
    verdicts = [one["verdict"] for one in evidence.card["outcomes"] if one["fault"] in RATE_LIMITS]
    return bool(verdicts) and all(one in ("pass", "slow") for one in verdicts)


def _green_all_week(evidence: Evidence) -> bool | None:
    """A gateway was green if it was probed every day of the week and answered each time.

    So must be each gateway that was ever probed.
    """
    week = timedelta(days=deployment.DAYS)
    live = [
        one
        for one in evidence.probes
        if one.kind in deployment.LIVE and is_young(one.at, evidence.now, week)
    ]
    answers = [deployment.answers(one) for one in live]
    if any(answer is False for answer in answers):
        return False
    probed = {one.kind for one in evidence.probes if one.kind in deployment.LIVE}
    is_whole = bool(probed) and all(
        deployment.days_probed([one for one in live if one.kind == kind], evidence.now)
        == deployment.DAYS
        for kind in probed
    )
    return True if is_whole and all(answers) else None


def _fallback_warm(evidence: Evidence) -> bool | None:
    """A fallback is warm if it answered a probe of the last day."""
    answered = {
        one
        for probe in evidence.probes
        if is_young(probe.at, evidence.now)
        for one in probe.facts.get("answered", [])
    }
    first = {
        hashed(openclaw.reference(route.chain[1]))
        for route in evidence.document.open_routes
        if len(route.chain) > 1
    }
    return True if first and first <= answered else None


def _loaded(evidence: Evidence) -> bool | None:
    if evidence.exported is None or evidence.exported_at is None:
        return None
    newest = log.newest(evidence.probes, evidence.now)
    since = loaded.since(evidence.exported_at, evidence.now)
    found = loaded.compare(evidence.exported, newest, since)
    results = {one.result for one in found}
    if "differs" in results:
        return False
    return True if results == {"equal"} else None


def workspace_synced(probes: Sequence[Probe], now: datetime) -> bool | None:
    """A workspace is synced if a script on its machine said so, and of the last day."""
    checked = deployment.checked(probes, now)
    is_local, synced_at = (checked.get(name) for name in WORKSPACE)
    is_recent = is_young(datetime.fromisoformat(synced_at), now) if synced_at else None
    if is_local is False or is_recent is False:
        return False
    return True if is_local and is_recent else None


ITEMS: dict[str, Callable[[Evidence], bool | None]] = {
    "drill_passed": _drill_passed,
    "rate_limits_handled": _rate_limits_handled,
    "exported": lambda evidence: evidence.is_exported,
    "loaded": _loaded,
    "green_all_week": _green_all_week,
    "fallback_warm": _fallback_warm,
    "configurations_clean": lambda evidence: (
        None if evidence.findings is None else not evidence.findings
    ),
    "workspace_synced": lambda evidence: workspace_synced(evidence.probes, evidence.now),
}
