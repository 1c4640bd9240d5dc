"""What a chain loses with one vendor, bloc or provider, by arithmetic on its hops."""

from typing import TypedDict

from pipelines.exports.routing_document import Hop, Route

UNKNOWN_BLOCS = {"UNATTRIBUTED", "STEALTH"}


class Losses(TypedDict):
    """Whether a chain still has a model after the loss of any one vendor, bloc or provider.

    A local model is none of theirs. Where a model is from may be unknown: None if that decides.

    Which providers serve a model is not known, so a chain is only known not to survive the loss of
    one provider if the workload may use no other: False, else None.
    `holds_longest_prompt` is whether the first fallback accepts the workload's longest prompt, and
    `cost_ratio` what a task costs on it over what it costs on the primary; None without a fallback
    or a price.
    """

    workload: str
    survives_vendor: bool
    survives_bloc: bool | None
    survives_provider: bool | None
    holds_longest_prompt: bool | None
    cost_ratio: float | None


def of(route: Route) -> Losses:
    """Return what an open route loses."""
    fallbacks = route.hops[1:]
    only = route.provider.only if route.provider else None
    has_local = route.local is not None
    return {
        "workload": route.workload,
        "survives_vendor": has_local or len({hop.vendor for hop in route.hops}) > 1,
        "survives_bloc": has_local or _survives_bloc(route),
        "survives_provider": has_local or (False if only and len(only) == 1 else None),
        "holds_longest_prompt": _holds(route, fallbacks[0]) if fallbacks else None,
        "cost_ratio": _ratio(route.hops[0], fallbacks[0]) if fallbacks else None,
    }


def _survives_bloc(route: Route) -> bool | None:
    blocs = {hop.bloc for hop in route.hops}
    if len(blocs - UNKNOWN_BLOCS) > 1:
        return True
    return None if blocs & UNKNOWN_BLOCS else False


def _holds(route: Route, hop: Hop) -> bool:
    return hop.longest_input >= route.longest_prompt_tokens


def _ratio(primary: Hop, fallback: Hop) -> float | None:
    own = primary.cost_per_task_usd
    return fallback.cost_per_task_usd / own if own else None
