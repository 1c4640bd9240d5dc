"""What people read of a claim: the printed number, the computed one, and why the verdict is so.

Every sentence is made here from the codes and numbers of `marts.claims_audit`, in any language.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.words.language import UNKNOWN, Language, english

Claim = Mapping[str, Any]
"""A row of `marts.claims_audit`; `explanation` itself is not read."""

DAYS = (
    *("first_day", "last_day", "days", "days_known", "base_first_day", "base_last_day"),
    *("weeks_from", "listed_models"),
)
"""What sentences name as it is in the row."""


def explained(claims: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `marts.claims_audit` with their explanation in English."""
    sentences = [explanation(english(), claim) for claim in claims.iter_rows(named=True)]
    return claims.with_columns(pl.Series("explanation", sentences, pl.String))


def explanation(language: Language, claim: Claim) -> str:
    """Return why the verdict is so, in a sentence.

    For a first time, another says with which week the data begin. For a model whose free variant
    would change the verdict, another says how.
    """
    kind, unit = claim["unknown_grain"], claim["unit"]
    sentence = language.say(
        f"claims.reason.{claim['reason']}",
        scope=scope(language, claim["scope"]),
        found=_found(language, claim),
        bounds=_bounds(language, unit, claim["computed_low"], claim["computed_high"]),
        full_scope=scope(language, claim["full_scope"]),
        full=_value(language, unit, *(claim[f"full_{key}"] for key in ("computed", "low", "high"))),
        grain=language.say(f"claims.grain.{kind}") if kind else UNKNOWN,
        name=claim["unknown_name"],
        family=claim["open_family"],
        field=claim["fault_field"],
        value=claim["fault_value"],
        expected=claim["fault_expected"],
        **{key: claim[key] for key in DAYS},
    )
    is_first_time = claim["weeks_from"] and unit == "bool" and claim["scope"]
    if is_first_time and claim["reason"] != "first_week":
        sentence += f" {language.say('claims.held', weeks_from=claim['weeks_from'])}"
    if not claim["free_matters"]:
        return sentence
    value = _value(language, unit, *(claim[f"free_{key}"] for key in ("computed", "low", "high")))
    with_free = _ranked(language, unit, value, claim["free_rank"], claim["free_rank_high"])
    return f"{sentence} {language.say('claims.free', found=with_free)}"


def printed(language: Language, claim: Claim) -> str:
    """Return the printed number with its operator and unit, as ≥ 10×; a refused row has none."""
    if claim["printed"] is None:
        return UNKNOWN
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
    base, _, method = code.partition(":")
    kind = base.rstrip("-0123456789")
    places = base.removeprefix(kind)
    name = language.say(f"claims.scope.{kind}", count=places or 0, places=places.replace("-", "–"))
    return language.say(f"claims.method.{method}", scope=name) if method else name


def _found(language: Language, claim: Claim) -> str:
    """Return the computed number with its rank; where only bounds are known, those that count.

    A limit that holds is shown by the bound on its side.
    """
    unit, low, high = claim["unit"], claim["computed_low"], claim["computed_high"]
    if claim["computed"] is None and claim["reason"] in ("holds", "holds_in_scope"):
        low = None if claim["operator"] in ("lt", "le") else low
        high = None if claim["operator"] in ("gt", "ge") else high
    value = _value(language, unit, claim["computed"], low, high)
    return _ranked(language, unit, value, claim["rank_low"], claim["rank_high"])


def _ranked(language: Language, unit: str, value: str, low: int | None, high: int | None) -> str:
    """Return a value with the rank that goes with it, if one does."""
    return value if low is None or unit == "rank" else f"{value}, {_rank(language, low, high)}"


def _rank(language: Language, low: float, high: float | None) -> str:
    """Return a rank, or between which ranks it is."""
    known = "low" if high is None else "exact" if low == high else "both"
    places = {"low": f"{low:.0f}", "high": "" if high is None else f"{high:.0f}"}
    return language.say(f"claims.rank.{known}", **places)


def _value(
    language: Language, unit: str, value: float | None, low: float | None, high: float | None
) -> str:
    """Return a number, with its bounds where they differ from it."""
    if value is None or unit == "bool":
        return (
            _bounds(language, unit, low, high) if value is None else _number(language, unit, value)
        )
    written = [_number(language, unit, number) for number in (value, low, high)]
    if len(set(written)) == 1 or low is None or high is None:
        return written[0]
    return language.say("claims.bounds.around", value=written[0], low=written[1], high=written[2])


def _bounds(language: Language, unit: str, low: float | None, high: float | None) -> str:
    """Return the bounds of a number."""
    if unit == "bool":
        return language.say("claims.bounds.truth")
    if unit == "rank" and low is not None:
        return _rank(language, low, high)
    known = {(True, True): "both", (True, False): "low", (False, True): "high"}
    return language.say(
        f"claims.bounds.{known.get((low is not None, high is not None), 'none')}",
        low=_number(language, unit, low),
        high=_number(language, unit, high),
    )


def _number(language: Language, unit: str, number: float | None) -> str:
    """Return a number of the claim's unit, with at most four digits after the point."""
    if number is None:
        return UNKNOWN
    if unit == "bool":
        return language.say(f"claims.truth.{number:.0f}")
    if unit == "rank":
        return _rank(language, number, number)
    return language.say(f"claims.unit.{unit}", number=language.number(number, 4), count=number)
