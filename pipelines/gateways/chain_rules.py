"""Rules about what answers when a model of a configuration does not."""

from collections.abc import Iterator

from pipelines.gateways.configuration import Chain, Configuration, Hop
from pipelines.gateways.facts import Facts
from pipelines.gateways.findings import Finding, Severity
from pipelines.queries.published import Row

SLOW_SECONDS = {"low": 146, "high": 164, "before": 14}
"""What OpenClaw 2026.9.6 needed to leave a model that keeps answering 429, and 2026.7.1 before."""

SEVERITIES: dict[str, Severity] = {
    "alias_without_fallback": "warning",
    "first_dialect": "error",
    "no_owner": "warning",
    "no_ownership": "error",
    "not_allowed": "error",
    "not_allowed_before": "warning",
    "not_selectable": "note",
    "two_dialects": "error",
    "unknown_group": "error",
}


def check(config: Configuration, facts: Facts, context_share: float) -> Iterator[Finding]:
    """Yield what is wrong with the chains of a configuration, and with its wiring."""
    for fault in config.faults:
        yield Finding(
            fault.code, SEVERITIES[fault.code], fault.place, fault.subject, {**fault.values}
        )
    for chain in config.chains:
        yield from _one_vendor(chain, facts)
        yield from _weaker_hops(chain, facts, context_share)
        if config.gateway == "openclaw":
            yield from _openclaw(chain)
    yield from _whole_file(config)


def _openclaw(chain: Chain) -> Iterator[Finding]:
    """Yield that an agent has no fallback, or one that OpenClaw reaches only after minutes."""
    first = chain.hops[0]
    if chain.serves == "side tasks" or chain.by_server:
        return
    if first.is_router or first.goes_to == "unknown":
        return
    if len(chain.hops) == 1:
        yield Finding("no_fallback", "warning", chain.place, chain.name)
    elif first.goes_to == "openrouter":
        yield Finding("slow_failover", "warning", chain.place, chain.name, {**SLOW_SECONDS})


def _whole_file(config: Configuration) -> Iterator[Finding]:
    """Yield what is said once a file, since no group alone is to blame."""
    first = config.chains[0]
    names_fallbacks = config.names_fallbacks or any(
        len(chain.hops) > 1 or chain.by_server for chain in config.chains
    )
    if config.gateway != "openclaw" and not names_fallbacks:
        yield Finding("no_fallback_at_all", "note", first.place, "")
    waiting = [chain for chain in config.chains if chain.has_timeout is False]
    if waiting:
        yield Finding("no_timeout", "warning", waiting[0].place, "", {"count": len(waiting)})
    longer = [chain for chain in config.chains if len(chain.hops) > 1]
    to_openrouter = [hop.goes_to == "openrouter" for chain in longer for hop in chain.hops]
    if longer and all(to_openrouter) and config.has_one_key:
        yield Finding("one_key", "note", longer[0].place, "")


def _one_vendor(chain: Chain, facts: Facts) -> Iterator[Finding]:
    """Yield that all models of a chain are one company's; unknown companies are not."""
    offers = [facts.offer(hop) for hop in chain.hops]
    vendors = {offer["vendor"] for offer in offers if offer}
    if len(chain.hops) > 1 and all(offers) and len(vendors) == 1:
        (vendor,) = vendors
        yield Finding("one_vendor", "warning", chain.place, chain.name, {"vendor": vendor})


def _weaker_hops(chain: Chain, facts: Facts, context_share: float) -> Iterator[Finding]:
    first = facts.offer(chain.hops[0])
    for hop in chain.hops[1:]:
        offer = facts.offer(hop)
        if first and offer and offer["model_id"] != first["model_id"]:
            yield from _weaker(chain, hop, first, offer, context_share)


def _weaker(
    chain: Chain, hop: Hop, first: Row, offer: Row, context_share: float
) -> Iterator[Finding]:
    own, before = offer["context_length"], first["context_length"]
    if own and before and own < context_share * before:
        values = {"chain": chain.name, "own": own, "first": before}
        yield Finding("shorter_hop", "warning", hop.place, hop.written, values)
    for column, code in (
        ("accepts_image", "hop_without_image"),
        ("supports_tools", "hop_without_tools"),
    ):
        if first[column] and offer[column] is False:
            yield Finding(code, "warning", hop.place, hop.written, {"chain": chain.name})
