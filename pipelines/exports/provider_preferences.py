"""What the compliance matrix allows: which authors' models, and which providers that serve them."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pipelines.exports.openrouter_contracts import ProviderPreferences

Matrix = Mapping[tuple[str, str, str], bool]
"""Kind (author or provider), name (`*` is everybody else) and data class: whether it is allowed."""

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
    """Return what to ask of OpenRouter for data of a class; None if no provider may serve it.

    Where everybody may, the refused are ignored; where not, only the allowed are asked.
    `in_region` are the providers that a rule on regions leaves; None is no rule.
    """
    named = {
        name: allowed
        for (kind, name, of_class), allowed in sorted(matrix.items())
        if kind == "provider" and of_class == data_class and name != "*"
    }
    allowed = tuple(name for name, is_allowed in named.items() if is_allowed)
    refused = tuple(name for name, is_allowed in named.items() if not is_allowed)
    is_public = data_class == "public"
    everybody = matrix.get(("provider", "*", data_class), False)
    if in_region is not None:
        candidates = in_region.difference(refused) if everybody else in_region.intersection(allowed)
        everybody, allowed = False, tuple(sorted(candidates))
    if not (everybody or allowed):
        return None
    return ProviderPreferences(
        data_collection="allow" if is_public else "deny",
        zdr=None if is_public else True,
        require_parameters=True,
        only=None if everybody else allowed,
        ignore=(refused or None) if everybody else None,
    )


def strictest(asked: Sequence[ProviderPreferences]) -> ProviderPreferences:
    """Return preferences that keep every one of those asked: only whom all allow, none they ignore.

    Where nobody is left, everybody named is also ignored: OpenRouter then refuses the request,
    while an empty list would allow all.
    """
    ignored = {name for one in asked for name in one.ignore or ()}
    limits = [set(one.only) for one in asked if one.only]
    only = set.intersection(*limits) - ignored if limits else set()
    if limits and not only:
        only = set.union(*limits)
        ignored |= only
    return ProviderPreferences(
        data_collection="deny" if any(one.data_collection == "deny" for one in asked) else "allow",
        zdr=True if any(one.zdr for one in asked) else None,
        require_parameters=True,
        only=tuple(sorted(only)) or None,
        ignore=tuple(sorted(ignored)) or None,
    )
