"""Which providers may serve a class of data, as OpenRouter's provider preferences."""

from collections.abc import Mapping
from typing import Any

from pipelines.exports.openrouter_contracts import ProviderPreferences


def for_data_class(providers: Mapping[str, bool], data_class: str) -> ProviderPreferences | None:
    """Return the preferences for data of a class; None if no provider may serve it.

    `providers` maps each provider to whether it may (`marts.routing_provider`), and `*` is every
    other one. If those may, the refused ones are ignored, else only the allowed ones are used.
    """
    all_allowed = providers.get("*", False)
    named = {name: allowed for name, allowed in sorted(providers.items()) if name != "*"}
    allowed = tuple(name for name, is_allowed in named.items() if is_allowed)
    refused = tuple(name for name, is_allowed in named.items() if not is_allowed)
    if not (all_allowed or allowed):
        return None
    is_public = data_class == "public"
    return ProviderPreferences(
        data_collection=None if is_public else "deny",
        zdr=None if is_public else True,
        only=None if all_allowed else allowed,
        ignore=(refused or None) if all_allowed else None,
    )


def request_field(preferences: ProviderPreferences | None) -> dict[str, Any]:
    """Return `{"provider": …}` to merge into a request, or nothing where there is no preference."""
    body = preferences.body() if preferences else {}
    return {"provider": body} if body else {}
