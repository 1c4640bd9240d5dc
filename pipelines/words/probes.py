"""What people read of probes, and of how a gateway compares with an export, in any language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.words.language import UNKNOWN, Language

if TYPE_CHECKING:  # `explain` needs none of it and must start in an instant
    from pipelines.probes.facts import Probe
    from pipelines.probes.gate import Check
    from pipelines.probes.loaded import Comparison


def result(language: Language, value: str) -> str:
    """Return the result of a check or a comparison."""
    return language.say(f"probe.result.{value}")


def check(language: Language, one: "Check") -> list[str]:
    """Return a check as the cells of a row: gateway, check, result, and when it was probed."""
    when = language.instant(one.at) if one.at else UNKNOWN
    subject = language.say(f"probe.check.{one.kind}.{one.fact}")
    return [one.gateway, subject, result(language, one.result), when]


def place(language: Language, checked: Mapping[str, Any]) -> list[list[str]]:
    """Return a row for each check of a place: what it is, and its result or instant."""
    return [
        [
            language.say(f"runbook.check.{name}"),
            result(language, "passed" if value else "failed")
            if isinstance(value, bool)
            else language.instant(datetime.fromisoformat(value)),
        ]
        for name, value in checked.items()
    ]


def comparison(language: Language, one: "Comparison", names: Mapping[str, str]) -> str:
    """Return how a loaded chain compares with the exported one, by the first role that differs.

    `names` are the models that are known by their hashes.
    """
    if one.role is None:
        return result(language, one.result)
    kind, _, place = one.role.partition(" ")
    other = language.say("probe.other")
    return language.say(
        "probe.differs",
        role=f"{language.name('role', kind)} {place}".strip(),
        loaded=names.get(one.loaded, other) if one.loaded else language.say("probe.nothing"),
        exported=one.exported or language.say("probe.nothing"),
    )


def round_trips(
    language: Language, probes: "Sequence[Probe]", latencies: Mapping[str, float | None]
) -> list[str]:
    """Return for each probe that has it how long the API took, then the models' own p99.

    `latencies` are those of the primaries by model, in seconds; None is unknown.
    """
    measured = [
        language.say(
            "probe.round_trip",
            p50=language.count(one.facts["p50_ms"]),
            p99=language.count(one.facts["p99_ms"]),
            count=one.facts["round_trips"],
            when=language.instant(one.at),
        )
        for one in probes
        if "round_trips" in one.facts
    ]
    known = [
        language.say("probe.latency_of", model=model, seconds=language.number(seconds))
        for model, seconds in latencies.items()
        if seconds is not None
    ]
    models = (
        language.say("probe.latencies", models=", ".join(known))
        if known
        else language.say("probe.no_latencies")
    )
    return [*measured, models] if measured else []
