"""Which providers may serve a class of data, as OpenRouter's provider preferences."""

from collections.abc import Mapping
from typing import Any, Literal

from pipelines.exports.openrouter_contracts import ProviderPreferences

Matrix = Mapping[tuple[str, str, str], bool]
"""Whether a pair of kind (author or provider) and name is allowed for a data class.

The name `*` stands for every other name of its kind.
"""

Policy = Literal["allowed", "refused", "unknown"]

UNSIGNED = "no signed agreement"


def author_policy(matrix: Matrix, author: str, data_class: str) -> Policy:
    """Return whether an author's models may see data of a class; a row of their own beats `*`."""
    for name in (author, "*"):
        allowed = matrix.get(("author", name, data_class))
        if allowed is not None:
            return "allowed" if allowed else "refused"
    return "unknown"


def for_data_class(
    matrix: Matrix, data_class: str, in_region: frozenset[str] | None = None
) -> ProviderPreferences | None:
    """Return the preferences for data of a class; None if no provider may serve it.

    If all providers are allowed, the refused ones are ignored; else only the allowed ones are used.
    `in_region` contains the providers that a region rule leaves; None means there is no such rule.
    """
    named = {
        name: allowed
        for (kind, name, of_class), allowed in sorted(matrix.items())
        if kind == "provider" and of_class == data_class and name != "*"
    }
    allowed = tuple(name for name, is_allowed in named.items() if is_allowed)
    refused = tuple(name for name, is_allowed in named.items() if not is_allowed)
    all_allowed = matrix.get(("provider", "*", data_class), False)
    if in_region is not None:
        usable = in_region.difference(refused) if all_allowed else in_region.intersection(allowed)
        all_allowed, allowed = False, tuple(sorted(usable))
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
