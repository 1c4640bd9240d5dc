"""Check configurations against the warehouse: one finding per model or file, the worst first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from pipelines.gateways import chain_rules, facts, model_rules, reader
from pipelines.gateways.configuration import Configuration
from pipelines.gateways.facts import Facts
from pipelines.gateways.findings import Finding, without_keys
from pipelines.queries.published import Connection

ORDER = ("error", "warning", "note")


@dataclass(frozen=True)
class Thresholds:
    """From where a hop is weaker, and a model dominated; both are fractions."""

    context_share: float = 0.9
    price_share: float = 0.5


DEFAULTS = Thresholds()


@dataclass(frozen=True)
class Checked:
    """What was found in one configuration.

    `models` counts its references to models, `unjudged` those of which the file does not say the
    model or the provider. `patterns` are the codes of what the findings together amount to.
    """

    path: Path
    gateway: str
    models: int
    unjudged: int
    findings: list[Finding]
    patterns: list[str]


def check(
    connection: Connection,
    paths: Sequence[Path],
    data_class: str = "public",
    thresholds: Thresholds = DEFAULTS,
    *,
    sleeps: bool = False,
    today: date | None = None,
) -> tuple[datetime, list[Checked]]:
    """Return the as-of of the newest catalogue, and what was found in each configuration.

    `sleeps` is whether the gateways run where the machine sleeps; opencode is none. `today` is by
    the clock. Raises RefusalError naming the first file that cannot be read.
    """
    configs = [reader.read(path) for path in paths]
    known = facts.read(
        connection,
        [hop for config in configs for hop in config.hops],
        data_class,
        today or datetime.now(UTC).date(),
        thresholds.price_share,
        thresholds.context_share,
    )
    return known.as_of, [_checked(one, known, thresholds.context_share, sleeps) for one in configs]


def _checked(config: Configuration, known: Facts, context_share: float, sleeps: bool) -> Checked:
    found = [
        finding
        for hop in config.reached
        for finding in model_rules.check(config.gateway, hop, known)
    ]
    found += chain_rules.check(config, known, context_share)
    patterns = _patterns(config, found)
    if sleeps and config.gateway != "opencode":
        patterns.append("gateway_sleeps")
    found += [
        finding
        for hop in config.offered
        for finding in model_rules.check(config.gateway, hop, known)
        if finding.code not in model_rules.OF_ROUTES
    ]
    return Checked(
        config.path,
        config.gateway,
        len({(hop.place, hop.written) for hop in config.hops}),
        len({(hop.place, hop.written) for hop in config.hops if hop.goes_to == "unknown"}),
        _once(found),
        patterns,
    )


def _once(found: Sequence[Finding]) -> list[Finding]:
    """Return findings without repetitions, each where it is written first, the worst first."""
    same: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        same.setdefault((finding.code, finding.subject), []).append(finding)
    shown = [
        without_keys(replace(alike[0], times=len({one.place for one in alike})))
        for alike in same.values()
    ]
    return sorted(shown, key=lambda one: (ORDER.index(one.severity), one.place, one.code))


def _patterns(config: Configuration, found: Sequence[Finding]) -> list[str]:
    """Return what the findings of the models that requests reach amount to.

    `premium_everywhere`: of several chains every first model has a far cheaper one that is at least
    as good. `free_with_private_data`: a free model may see data that is not public.
    """
    dominated = {one.subject for one in found if one.code == "dominated"}
    firsts = [chain.hops[0].written for chain in config.chains]
    patterns = []
    if len(firsts) > 1 and dominated.issuperset(firsts):
        patterns.append("premium_everywhere")
    if any(one.code == "free_with_private_data" for one in found):
        patterns.append("free_with_private_data")
    return patterns
