"""What people read of a canary, in any language."""

from collections.abc import Sequence

from pipelines.queries.canary_verdict import (
    LEAST_REQUESTS,
    MOST_COST_RATIO,
    MOST_FAILURE_RISE,
    MOST_P95_RATIO,
    Verdict,
)
from pipelines.words.language import Language


def rows(language: Language, verdict: Verdict) -> list[list[str]]:
    """Return a row for each part of the rule: what it is, the week before, now, and the result."""
    limits = {
        "requests": language.count(LEAST_REQUESTS),
        "failures": language.count(100 * MOST_FAILURE_RISE),
        "p95": language.number(MOST_P95_RATIO),
        "cost": language.number(MOST_COST_RATIO),
    }
    measured = {
        "requests": (language.count, verdict.before.requests, verdict.now.requests),
        "failures": (language.percent, verdict.before.failure_share, verdict.now.failure_share),
        "p95": (language.count, verdict.before.p95_ms, verdict.now.p95_ms),
        "cost": (language.price, verdict.before.usd_per_million, verdict.now.usd_per_million),
    }
    return [
        [
            language.say(f"canary.{name}", limit=limit),
            *(measured[name][0](value) for value in measured[name][1:]),
            language.say(f"probe.result.{_result(name in verdict.unmet, measured[name][1:])}"),
        ]
        for name, limit in limits.items()
    ]


def _result(is_unmet: bool, values: Sequence[float | None]) -> str:
    """Return the result of a part: what is not known has not passed, and has not failed either."""
    if not is_unmet:
        return "passed"
    return "unknown" if None in values else "failed"
