"""What OpenClaw does when a model fails, as measured: its gateway cannot be drilled from here.

OpenClaw 2026.9.6 against a server on the same machine. Where a chain travels in the request,
OpenRouter fails over before OpenClaw sees the failure (`models` in OpenRouter's API documentation).
"""

from typing import Literal, TypedDict

from pipelines.drill.faults import FAULTS
from pipelines.exports.routing_document import Route, Target

Verdict = Literal["pass", "slow", "your caller", "unknown"]


class Handling(TypedDict):
    """What becomes of a request to a workload whose primary fails.

    `by` is who moves on to the next model. `seconds` is how long that was measured to take, from
    the shortest to the longest; None where it was not measured.
    """

    workload: str
    fault: str
    verdict: Verdict
    by: Literal["openrouter", "openclaw"] | None
    seconds: tuple[float, float] | None


SERVED = frozenset({"429", "429_retry_after", "500", "503", "overflow"})
"""Failures of a provider after which OpenRouter tries the next of `models`."""

ALONE: dict[str, tuple[Verdict, tuple[float, float] | None]] = {
    "429": ("slow", (146, 164)),
    "404": ("pass", None),
    "503": ("pass", (0.6, 0.6)),
    "overflow": ("your caller", None),
    "hang": ("your caller", None),
    "filtered": ("your caller", None),
}
"""What OpenClaw does by itself; what is missing was never measured."""


def of(route: Route) -> list[Handling]:
    """Return what OpenClaw does about every failure of a route's primary."""
    is_served = len(Target(route.workload, route, route.chain).server_chain) > 1
    return [_handling(route, fault, is_served) for fault in FAULTS]


def _handling(route: Route, fault: str, is_served: bool) -> Handling:
    verdict, seconds = ALONE.get(fault, ("unknown", None))
    by: Literal["openrouter", "openclaw"] | None = (
        "openclaw" if verdict in ("pass", "slow") else None
    )
    if is_served and fault in SERVED:
        verdict, seconds, by = "pass", None, "openrouter"
    elif len(route.chain) < 2:
        verdict, seconds, by = "your caller", None, None
    return {
        "workload": route.workload,
        "fault": fault,
        "verdict": verdict,
        "by": by,
        "seconds": seconds,
    }
