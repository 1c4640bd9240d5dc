"""Rules about one model of a configuration, whatever its place in a chain."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from pipelines.gateways.configuration import Gateway, Hop
from pipelines.gateways.facts import ANY_AUTHOR, Facts, is_free, parameters
from pipelines.gateways.findings import Finding, Severity
from pipelines.queries.published import Row

SENT_BY_OPENCLAW = frozenset({"max_completion_tokens", "reasoning", "tools", "tool_choice"})
"""What OpenClaw sends in every turn."""

FORESEEN = timedelta(days=365)
"""A retirement later than that is a placeholder: catalogues name days such as 2098-12-31."""


OF_ROUTES = ("dominated", "other_provider", "parameter_ignored", "parameter_refused")
"""What is said of models that requests go to, not of those that a person may choose by hand."""


def check(gateway: Gateway, hop: Hop, facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with a model.

    Of a name that only the environment knows, only that nobody knows who may see the data.
    """
    if hop.goes_to in ("vendor", "reseller"):
        yield from _other_provider(hop, facts)
    yield from _data_class(hop, facts.offer(hop), facts)
    if hop.goes_to != "openrouter" or hop.model_id is None or hop.model_id.startswith("~"):
        return
    offer = facts.offers.get(hop.model_id)
    if offer is None or not offer["is_listed"]:
        yield from _missing(hop, offer, facts)
        return
    yield from _retires(hop, offer, facts)
    yield from _parameters(gateway, hop, offer, facts)
    yield from _dominated(hop, offer, facts)


def _dominated(hop: Hop, offer: Row, facts: Facts) -> Iterator[Finding]:
    """Yield the cheapest of the better models that may see the data."""
    better = (one for one in offer["better"] or () if facts.may_recommend(one["model_id"]))
    for one in islice(better, 1):
        values = {name: value for name, value in one.items() if name != "model_id"}
        instead = _written(hop, one["model_id"])
        yield Finding("dominated", "warning", hop.place, hop.written, values, instead)


def _written(hop: Hop, model_id: str) -> str:
    """Return another model's id as this hop would be written."""
    return model_id.join(hop.written.rsplit(f"{hop.model_id}", 1))


def _other_provider(hop: Hop, facts: Facts) -> Iterator[Finding]:
    """Yield that a request goes elsewhere, though OpenRouter lists a model of that id or name."""
    offer = facts.offers.get(hop.written) or facts.offer(hop)
    if offer and offer["is_listed"] and facts.may_recommend(offer["model_id"]):
        values = {"provider": hop.provider_name, "other": f"openrouter/{offer['model_id']}"}
        yield Finding("other_provider", "note", hop.place, hop.written, values)


def _missing(hop: Hop, offer: Row | None, facts: Facts) -> Iterator[Finding]:
    """Yield that a model is gone, or that no catalogue has ever had it.

    What no catalogue has had may be newer than the newest one. It is an error only if a listed name
    is the same but for its spelling. A model that may not see the data is not named.
    """
    found, is_same_name = facts.nearest.get(f"{hop.model_id}", (None, False))
    nearest = _written(hop, found) if found and facts.may_recommend(found) else None
    if offer:
        seen = {"last_seen": offer["last_seen"]}
        yield Finding("gone", "error", hop.place, hop.written, seen, nearest=nearest)
    elif not f"{hop.model_id}".endswith("-latest") and not hop.is_router:
        if is_same_name:
            yield Finding("unknown", "error", hop.place, hop.written, instead=nearest)
        else:
            yield Finding("unknown", "warning", hop.place, hop.written, nearest=nearest)


def _retires(hop: Hop, offer: Row, facts: Facts) -> Iterator[Finding]:
    """Yield that a model retires, or is listed after the day that was announced for it."""
    day = offer["retires_on"]
    if day and day <= facts.day + FORESEEN:
        is_soon = day <= max(facts.day + timedelta(days=facts.retirement_days), facts.today)
        severity: Severity = "error" if is_soon else "warning"
        code = "retired" if day < facts.today else "retires"
        yield Finding(code, severity, hop.place, hop.written, {"retires_on": day})


def _parameters(gateway: Gateway, hop: Hop, offer: Row, facts: Facts) -> Iterator[Finding]:
    """Yield the parameters that a model does not accept.

    With `require_parameters` OpenRouter answers 404, else it ignores them.
    """
    accepted = parameters(offer)
    if accepted is None:
        return
    is_required = hop.preferences.get("require_parameters") is True
    sent = hop.parameters & facts.known_parameters
    if is_required and gateway == "openclaw":
        sent |= SENT_BY_OPENCLAW
    if lacking := sorted(sent - accepted):
        code = "parameter_refused" if is_required else "parameter_ignored"
        severity: Severity = "error" if is_required else "warning"
        values = {"parameters": ", ".join(lacking)}
        yield Finding(code, severity, hop.place, hop.written, values)


def _author(hop: Hop, offer: Row | None, facts: Facts) -> Iterator[Finding]:
    """Yield that a model's author may not see data of this class, or that nobody can tell.

    That an author may see the data says nothing of a reseller.
    """
    author = offer["author"] if offer and hop.author else hop.author
    values = {"data_class": facts.data_class}
    if author and not facts.may_see(author):
        if author in ANY_AUTHOR:
            yield Finding("any_author", "error", hop.place, hop.written, values)
        else:
            values["author"] = author
            yield Finding("author_refused", "error", hop.place, hop.written, values)
    elif facts.data_class != "public" and (author is None or hop.goes_to == "reseller"):
        yield Finding("not_checked", "warning", hop.place, hop.written, values)


def _data_class(hop: Hop, offer: Row | None, facts: Facts) -> Iterator[Finding]:
    """Yield what the compliance matrix forbids for this class of data; a preset may obey it."""
    if hop.goes_to == "local":
        return
    yield from _author(hop, offer, facts)
    values = {"data_class": facts.data_class}
    if facts.data_class == "public" or hop.goes_to != "openrouter" or "/@preset/" in hop.written:
        return
    if f"{hop.model_id}".endswith(":free") or (offer and is_free(offer)):
        yield Finding("free_with_private_data", "error", hop.place, hop.written, values)
    if hop.preferences.get("data_collection") != "deny" or hop.preferences.get("zdr") is not True:
        yield Finding("provider_open", "error", hop.place, hop.written, values)
