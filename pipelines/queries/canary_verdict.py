"""Judging a canary by own usage: one fixed rule on rows of `marts.weekly_usage`."""

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipelines.errors import RefusalError
from pipelines.home.files import read_limited
from pipelines.queries.published import Connection, query

LEAST_REQUESTS = 30
MOST_FAILURE_RISE = 0.02
"""Of the share of failed attempts, on the week before."""

MOST_P95_RATIO = 1.5
MOST_COST_RATIO = 1.25
"""Of the cost per token: how far it may exceed what the change of route promised."""

USAGE = """
SELECT
    week, scope, model_permaslug, requests, billed_usd, billed_tokens, failed_share, p95_ms
FROM marts.weekly_usage
"""
NUMBERS = ("requests", "billed_usd", "billed_tokens", "failed_share", "p95_ms")
COLUMNS = ("week", "scope", "model_permaslug", *NUMBERS)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Use:
    """Own usage of a chain: None is unknown. `p95_ms` is that of its slowest model."""

    requests: int
    failure_share: float | None
    p95_ms: float | None
    usd_per_million: float | None


@dataclass(frozen=True)
class Verdict:
    """A canary's use next to the week before, and which parts of the rule it has not met."""

    before: Use
    now: Use
    cost_ratio: float | None
    unmet: list[str]


def rows(connection: Connection, file: Path | None) -> list[Row]:
    """Return rows of own usage: published ones, or those of a CSV file with the same columns."""
    return [*query(connection, USAGE)] if file is None else _read(file)


def judge(
    usage: Iterable[Row],
    began: date,
    before: Sequence[str],
    after: Sequence[str],
    promised_ratio: float | None,
    scope: str | None = None,
) -> Verdict:
    """Judge a canary that began in a week by the models of its chain before and after.

    `before` and `after` are model_permaslugs, `promised_ratio` is the cost of the new route over
    that of the old one. What is unknown has not passed. Raises RefusalError without any usage of
    the chain now or in the week before.
    """
    monday = began - timedelta(days=began.weekday())
    ours = [row for row in usage if scope in (None, row["scope"])]
    now = _use(row for row in ours if row["model_permaslug"] in after and row["week"] >= monday)
    then = _use(
        row
        for row in ours
        if row["model_permaslug"] in before and row["week"] == monday - timedelta(days=7)
    )
    for use, when in ((now, "since then"), (then, "in the week before")):
        if not use.requests:
            raise RefusalError(
                f"a canary that began on {began} cannot be judged: there is no own usage of its "
                f"models {when}; import it with `tokenhouse usage add`, or name it with --usage"
            )
    costs = _ratio(now.usd_per_million, then.usd_per_million)
    ratio = _ratio(costs, promised_ratio)
    met = {
        "requests": now.requests >= LEAST_REQUESTS,
        "failures": _at_most(now.failure_share, then.failure_share, MOST_FAILURE_RISE),
        "p95": _within(_ratio(now.p95_ms, then.p95_ms), MOST_P95_RATIO),
        "cost": _within(ratio, MOST_COST_RATIO),
    }
    return Verdict(then, now, ratio, [name for name, is_met in met.items() if not is_met])


def _use(found: Iterable[Row]) -> Use:
    kept = list(found)
    known = [row for row in kept if row["failed_share"] is not None]
    attempts = sum(row["requests"] for row in known)
    failed = sum(row["failed_share"] * row["requests"] for row in known)
    billed = [row for row in kept if row["billed_usd"] is not None]
    tokens = sum(row["billed_tokens"] for row in billed)
    return Use(
        int(sum(row["requests"] for row in kept)),
        failed / attempts if attempts else None,
        max((row["p95_ms"] for row in kept if row["p95_ms"] is not None), default=None),
        1e6 * sum(row["billed_usd"] for row in billed) / tokens if tokens else None,
    )


def _ratio(now: float | None, before: float | None) -> float | None:
    return None if now is None or not before else now / before


def _within(ratio: float | None, most: float) -> bool:
    return ratio is not None and ratio <= most


def _at_most(now: float | None, before: float | None, rise: float) -> bool:
    return now is not None and before is not None and now <= before + rise


def _read(path: Path) -> list[Row]:
    """Read a CSV file; RefusalError naming the first line that is not as it must be."""
    lines = read_limited(path).decode(errors="replace").splitlines()
    table = csv.DictReader(lines)
    missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    if missing:
        raise RefusalError(f"{path} has no column {missing[0]}: it must be like marts.weekly_usage")
    found = list[Row]()
    for number, row in enumerate(table, 2):
        try:
            numbers = {name: float(row[name]) if row[name] else None for name in NUMBERS}
            week = date.fromisoformat(row["week"])
        except (TypeError, ValueError):
            raise RefusalError(f"{path}, line {number}: has a value that is no number") from None
        if numbers["requests"] is None or numbers["billed_tokens"] is None:
            raise RefusalError(f"{path}, line {number}: requests and billed_tokens must be known")
        wrong = next((name for name, value in numbers.items() if not _is_possible(name, value)), "")
        if wrong:
            raise RefusalError(f"{path}, line {number}: {wrong} cannot be {row[wrong]}")
        found.append({**row, **numbers, "week": week})
    return found


def _is_possible(name: str, value: float | None) -> bool:
    """Return whether a number can be: not negative, a share up to 1, requests counted."""
    if value is None:
        return True
    if name == "requests" and not value.is_integer():
        return False
    return 0 <= value <= (1 if name == "failed_share" else sys.float_info.max)
