"""What people read of a claim: the printed number, the computed one, and why the verdict is so.

Every sentence is made here from the codes and numbers of `marts.claims_audit`, in any language.
"""

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.words.language import UNKNOWN, Language, languages

Claim = Mapping[str, Any]
"""A row of `marts.claims_audit`; `explanation` itself is not read."""


def explained(claims: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `marts.claims_audit` with their explanation in English."""
    (english, *_) = languages()
    sentences = [explanation(english, claim) for claim in claims.iter_rows(named=True)]
    return claims.with_columns(pl.Series("explanation", sentences, pl.String))


def explanation(language: Language, claim: Claim) -> str:
    """Return why the verdict is so, in one sentence."""
    kind = claim["unknown_grain"]
    return language.say(
        f"claims.reason.{claim['reason']}",
        scope=scope(language, claim["scope"]),
        found=_found(language, claim),
        full_scope=scope(language, claim["full_scope"]),
        full=_number(language, claim["unit"], claim["full_computed"]),
        bounds=_bounds(language, claim),
        name=claim["unknown_name"],
        grain=language.say(f"claims.grain.{kind}") if kind else UNKNOWN,
    )


def printed(language: Language, claim: Claim) -> str:
    """Return the printed number with its operator and unit, as ≥ 10×."""
    value = _number(language, claim["unit"], claim["printed"])
    return language.say(f"claims.operator.{claim['operator']}", value=value)


def computed(language: Language, claim: Claim) -> str:
    """Return the computed number with its unit, or a dash where only bounds are known."""
    number = claim["computed"]
    return UNKNOWN if number is None else _number(language, claim["unit"], number)


def scope(language: Language, code: str | None) -> str:
    """Return a scope in words, such as top9, ranks6-10 or all:week_rate."""
    if code is None:
        return UNKNOWN
    base, _, month = code.partition(":")
    kind, places = re.fullmatch(r"(top|ranks|[a-z_]+)([\d-]*)", base).groups()  # type: ignore[union-attr]
    said = language.say(f"claims.scope.{kind}", count=places or 0, places=places.replace("-", "–"))
    return language.say(f"claims.month.{month}", scope=said) if month else said


def _found(language: Language, claim: Claim) -> str:
    """Return the computed number with its rank; where only bounds are known, the one that counts.

    A limit that holds is shown by the bound on its side.
    """
    if claim["computed"] is None:
        side = {"lt": "high", "le": "high", "gt": "low", "ge": "low"}.get(claim["operator"])
        bound = claim[f"computed_{side}"] if side and claim["reason"] != "holds_nowhere" else None
        if bound is None:
            return _bounds(language, claim)
        number = _number(language, claim["unit"], bound)
        return language.say(f"claims.bounds.{side}", low=number, high=number)
    value = _number(language, claim["unit"], claim["computed"])
    if claim["metric"] != "rank_tokens":
        return value
    rank = claim["computed_rank"]
    return language.say(f"claims.{'ranked' if rank else 'unranked'}", value=value, rank=rank)


def _bounds(language: Language, claim: Claim) -> str:
    """Return between which values the computed one lies."""
    if claim["unit"] == "bool":
        return language.say("claims.bounds.truth")
    low, high = claim["computed_low"], claim["computed_high"]
    known = {(True, True): "both", (True, False): "low", (False, True): "high"}
    return language.say(
        f"claims.bounds.{known.get((low is not None, high is not None), 'none')}",
        low=_number(language, claim["unit"], low),
        high=_number(language, claim["unit"], high),
    )


def _number(language: Language, unit: str, number: float | None) -> str:
    """Return a number of the claim's unit, with at most four digits after the point."""
    if number is None:
        return UNKNOWN
    if unit == "bool":
        return language.say(f"claims.truth.{number:.0f}")
    return language.say(f"claims.unit.{unit}", number=language.number(number, 4), count=number)
