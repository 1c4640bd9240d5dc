"""What a row of a claims file states: its subject, its days and its number, from its cells."""

import re
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from typing import Any

from pipelines.reference.claim_metrics import (
    FIXED_BASES,
    METRICS,
    OPERATORS,
    PLACE,
    UNITS,
    Fault,
    Metric,
)
from pipelines.reference.claim_periods import Period, compared, parse
from pipelines.reference.origins import BLOCS
from pipelines.reference.overlay import Row
from pipelines.weeks import monday

REQUIRED = ("claim_id", "metric", "subject", "period", "operator", "value", "unit", "printed_as")
"""The cells that no row may lack, but for the value of a rank alone."""

MOST_SUBJECTS = 100
GRAINS = {"origin": "bloc", "series": "series", "weights": "weights", "price": "price"}
"""The kind of group that each prefix of a subject names; others are models and vendors."""

PLACES = ("top_n", "first_rank", "last_rank")


def stated(cells: dict[str, str]) -> Row:
    """Return the columns of a claim that follow from its cells.

    Raises Fault for the first field that is wrong.
    """
    if (name := cells["metric"]) not in METRICS:
        nearest = get_close_matches(name, METRICS, cutoff=0)
        raise Fault("unknown_metric", "metric", name, ", ".join(nearest))
    metric = METRICS[name]
    _one_of(OPERATORS, "unknown_operator", "operator", cells)
    for name in REQUIRED:
        if not cells[name] and not (name in ("value", "unit") and metric.kind == "rank_tokens"):
            raise Fault("missing", name)
    return {
        "operator": cells["operator"],
        **_subject(metric, cells),
        **_days(metric, cells),
        **_number(metric, cells),
    }


def _one_of(known: Any, code: str, field: str, cells: dict[str, str]) -> str:
    if cells[field] not in known:
        raise Fault(code, field, cells[field], ", ".join(known))
    return cells[field]


def _subject(metric: Metric, cells: dict[str, str]) -> Row:
    """Return the operands, and the places or the level that the subject names with them."""
    subject = cells["subject"]
    match = re.fullmatch(metric.subject, subject)
    if not match:
        raise Fault("wrong_subject", "subject", subject, cells["metric"])
    if len(re.findall("[;+]", subject)) >= MOST_SUBJECTS:
        raise Fault("too_many_subjects", "subject", None, f"{MOST_SUBJECTS}")
    named = match.groupdict()
    if metric.kind == "task_share":
        operands = [f"category={subject}"]
    else:
        listed = _without_suffix(subject, match).replace(">", ";").split(";")
        own_kind = "origin:" if listed[0].startswith("origin:") else ""
        operands = [
            "+".join(_part(own_kind + part if part in BLOCS else part) for part in one.split("+"))
            for one in listed
            if one and not one.startswith("ranks:")
        ]
    places = {name: int(named[name]) if named.get(name) else None for name in PLACES}
    is_reversed = (places["first_rank"] or 0) > (places["last_rank"] or 0)
    is_repeated = metric.kind == "members" and len(set(operands)) < len(operands)
    if is_reversed or is_repeated:
        raise Fault("wrong_subject", "subject", subject, cells["metric"])
    return {
        "kind": metric.kind,
        "condition": metric.condition,
        "needs": metric.needs,
        "operands": ";".join(operands),
        **places,
        **_level(named),
    }


def _level(named: dict[str, str | None]) -> Row:
    """Return the level that a subject names, in tokens or as a fraction."""
    level, unit = named.get("level"), named.get("level_unit")
    if not level or not unit:
        return {"level": None, "level_is_share": None}
    size = 0.01 if unit == "%" else UNITS[unit][1]
    return {"level": float(level) * size, "level_is_share": unit == "%"}


def _without_suffix(subject: str, match: re.Match[str]) -> str:
    """Cut off `:10` or `:30T` from the end of a subject."""
    for name in ("top_n", "level"):
        if match.groupdict().get(name):
            return subject[: match.start(name) - 1]
    return subject


def _part(text: str) -> str:
    """Return one group as grain=name."""
    prefix, _, name = text.partition(":")
    if text == "all":
        return "market=named"
    if prefix in GRAINS and name:
        return f"{GRAINS[prefix]}={name}"
    return f"model={text}" if "/" in text else f"vendor={text}"


def _days(metric: Metric, cells: dict[str, str]) -> Row:
    """Return the days of the claim, those it is compared with, and the week in which it ends."""
    period = parse(cells["period"], "period")
    if metric.weeks_only and period.kind != "week":
        raise Fault("weeks_only", "period", cells["period"], cells["metric"])
    base: Period | None = None
    if since := cells.get("since"):
        if metric.base is None or metric.base in FIXED_BASES:
            raise Fault("useless_since", "since", since, cells["metric"])
        base = parse(since, "since")
        if base.first >= period.first:
            raise Fault("late_since", "since", since, cells["period"])
    elif metric.base:
        base = compared(period, metric.base)
    return {
        "week": monday(period.last),
        "first_day": period.first,
        "last_day": period.last,
        "days": period.days,
        "base_first_day": base and base.first,
        "base_last_day": base and base.last,
        "base_days": base and base.days,
    }


def _number(metric: Metric, cells: dict[str, str]) -> Row:
    """Return the printed number with its unit and the size of its last digit."""
    rank = _rank(cells.get("rank", ""))
    if metric.kind != "rank_tokens" and rank:
        raise Fault("useless_rank", "rank", rank, cells["metric"])
    if metric.kind == "rank_tokens":
        if rank is None:
            raise Fault("no_rank", "rank")
        if not cells["value"]:  # a rank alone
            one = {"unit": "rank", "unit_size": 1.0, "last_digit": 1.0}
            return {"kind": "rank", "printed": float(rank)} | one
    unit = _one_of(UNITS, "unknown_unit", "unit", cells)
    quantity, size = UNITS[unit]
    if quantity != metric.quantity:
        fitting = [name for name, (counted, _) in UNITS.items() if counted == metric.quantity]
        raise Fault("wrong_unit", "unit", unit, ", ".join(fitting))
    number = _decimal(cells["value"])
    if quantity == "truth" and number not in (0, 1):
        raise Fault("not_a_truth", "value", cells["value"])
    exponent = int(number.as_tuple().exponent)
    return {
        "printed": float(number),
        "last_digit": float(Decimal(1).scaleb(exponent)),
        "unit": unit,
        "unit_size": size,
        "rank": rank,
    }


def _decimal(text: str) -> Decimal:
    """Return a number of plain digits: an exponent would leave open which digit is the last one."""
    if not re.fullmatch(r"[+-]?[0-9]*\.?[0-9]+", text) or not isfinite(float(text) * 1e12):
        raise Fault("not_a_number", "value", text)
    return Decimal(text)


def _rank(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(PLACE, text):
        raise Fault("not_a_rank", "rank", text)
    return int(text)
