"""May a routing document be exported? Every hop of every open route is checked once more."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from pipelines.errors import RefusalError
from pipelines.exports.routing_document import Hop, Route, RoutingDocument


def reasons(document: RoutingDocument) -> list[str]:
    """Return why a document must not be exported: workload, hop and rule; empty if it may be.

    Blocked and empty routes are not checked: `open_routes` leaves them out of every gateway's file.
    """
    found = [] if document.week_is_complete else [f"the week {document.week} is not complete"]
    for route in document.open_routes:
        if route.provider is None:
            found.append(f"{route.workload}: no provider may serve {route.data_class} data")
        found += [
            f"{route.workload}: {hop.model_id} ({hop.role}) {rule}"
            for hop in route.reachable
            for rule in _broken_by_hop(document, route, hop)
        ]
    return found


def passed(
    document: RoutingDocument, max_age_days: int | None = None, now: datetime | None = None
) -> RoutingDocument:
    """Return the document if it may be exported; else raise RefusalError with every reason.

    With `max_age_days`, data older than that many days is refused too.
    """
    found = [*_too_old(document, max_age_days, now or datetime.now(UTC)), *reasons(document)]
    if found:
        raise RefusalError(f"{'; '.join(found)}; nothing was exported", "export_gate")
    return document


def age_days(document: RoutingDocument, now: datetime) -> int:
    """Return how old the older of rankings and catalogue is, in whole days.

    Rankings age from the end of their week, a catalogue from its fetch.
    """
    ends = datetime.combine(document.week + timedelta(days=7), time(), UTC)
    return (now - min(ends, document.catalogue_as_of or ends)).days


def _too_old(document: RoutingDocument, max_age_days: int | None, now: datetime) -> Iterator[str]:
    age = age_days(document, now)
    if max_age_days is not None and age > max_age_days:
        yield (
            f"the data of week {document.week} is {age} days old, and "
            f"TOKENHOUSE_EXPORT_MAX_AGE_DAYS allows {max_age_days}"
        )


def _broken_by_hop(document: RoutingDocument, route: Route, hop: Hop) -> Iterator[str]:
    if hop.author_policy != "allowed":
        yield (
            f"breaks the compliance matrix: {hop.author} is {hop.author_policy} "
            f"for {route.data_class} data"
        )
    if not hop.is_listed:
        yield "is gone from the catalogue"
    known, notice = document.catalogue_as_of, timedelta(days=document.retirement_days)
    if known and hop.retires_on and hop.retires_on <= known.date() + notice:
        yield f"is announced to retire on {hop.retires_on}"
    if not route.is_sandbox and is_free_or_stealth(hop):
        yield "is free or stealth, which only a sandbox may reach"


def is_free_or_stealth(hop: Hop) -> bool:
    """Return whether a model costs nothing, or its price or developer is unknown.

    `core.model` reads the same names. This check repeats the rule on purpose: it must not depend on
    the one it checks.
    """
    names = (hop.model_id, hop.model_permaslug)
    return (
        any(name.endswith(":free") or name.startswith("stealth/") for name in names)
        or any(name.startswith("openrouter/") and name.endswith("-alpha") for name in names)
        or not hop.prompt_price
        or not hop.completion_price
    )
