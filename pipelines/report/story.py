"""What a week's story is: facts that rules find in its rows, the largest and rarest first.

A rule returns a fact or None; it decides alone whether its sentence is true of the week. Facts are
codes and numbers, `pipelines/words/story.py` says them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipelines.queries.published import Row
from pipelines.report import chains, facts
from pipelines.report.week_rows import DigestRows

LINES = 5
"""Facts that a page prints."""

STILL = 0.01
"""A market that moved by less stood still."""

MOST = 2 / 3
"""Up to three models that made this part of the growth made it; fewer, and it was broad."""

NOTABLE = {"free": 3, "origin": 2, "lost": 1.5, "payoff": 0.5}
"""Percentage points of all tokens from which a change is a fact."""

DEARER = 0.05
"""From this change of dollars per million tokens on it is a fact."""

MOST_UNKNOWN = 0.05
"""With more of all tokens at unknown prices, dollars per million tokens are not compared."""

PAID_OFF = 3
"""From this multiple of its share before on, a model has grown since its price fell."""


@dataclass(frozen=True)
class Fact:
    """What a rule found: percentage points of all tokens that it is about, and how rare it is.

    `variant` chooses among the sentences of its kind; each value is written as the first part of
    its name says, see `pipelines/words/story.py`.
    """

    kind: str
    variant: str
    effect: float
    surprise: float
    values: Mapping[str, Any]


WEEKS_OF_A_RECORD = 12
"""With fewer known weeks before it, a week is no record."""

LEAST = 2
"""Effect times surprise below which nothing is printed."""


def of(week: DigestRows) -> list[Fact]:
    """Return the facts of a week by effect times surprise; the first is the headline."""
    found = [fact for rule in RULES if (fact := rule(week)) and _weight(fact) >= LEAST]
    return sorted(found, key=_weight, reverse=True)


def growth(week: DigestRows) -> Fact | None:
    """Who made the growth: up to three models that made most of it, or that it was broad."""
    (total,) = week["total"]
    risers = [row for row in _models(week) if row["change_tokens"] > 0]
    if total["wow"] is None or total["wow"] < STILL or not risers:
        return None
    few = _few(risers)
    part = sum(row["share_of_change"] for row in few)
    free = sum(row["payment"] == "free" for row in few)
    shape = _shape(len(few), free)
    variant = f"{shape}_more" if part > 1 else f"{shape}_record" if _is_record(week) else shape
    effect = sum(row["percentage_points"] for row in few) if few else 100 * total["wow"] / 2
    return Fact(
        "growth",
        variant,
        effect,
        (1.5 if len(few) in (1, 2) else 1) * (1.5 if _is_record(week) else 1),
        {
            "tokens": total["total_tokens"],
            "growth": total["wow"],
            "part": part,
            "model_first": risers[0]["model_permaslug"],
            **({"model_second": few[1]["model_permaslug"]} if shape == "pair" else {}),
            "word_who": f"who.{len(few)}_{free}",
            "word_record": "record" if _is_record(week) else "no_record",
            "list_made": [_contribution(row) for row in (few or risers[:3])],
        },
    )


def standstill(week: DigestRows) -> Fact | None:
    """A market that moved by less than a hundredth, and who moved within it."""
    (total,) = week["total"]
    models = _models(week)
    if total["wow"] is None or abs(total["wow"]) >= STILL or len(models) < 2:
        return None
    up = max(models, key=lambda row: row["change_tokens"])
    down = min(models, key=lambda row: row["change_tokens"])
    if up["change_tokens"] <= 0 or down["change_tokens"] >= 0:
        return None
    moved = [abs(row["wow"]) for row in week["totals"] if row["wow"] is not None]
    values = {
        "tokens": total["total_tokens"],
        "growth": total["wow"],
        "model_up": up["model_permaslug"],
        "tokens_up": up["change_tokens"],
        "model_down": down["model_permaslug"],
        "tokens_down": -down["change_tokens"],
    }
    return Fact("standstill", "still", 100 * sum(moved) / len(moved), 1, values)


def fall(week: DigestRows) -> Fact | None:
    """A market that shrank, and the model that lost most."""
    (total,) = week["total"]
    losers = [row for row in _models(week) if row["change_tokens"] < 0]
    if total["wow"] is None or total["wow"] > -STILL or not losers:
        return None
    values = {
        "tokens": total["total_tokens"],
        "growth": total["wow"],
        "model": losers[0]["model_permaslug"],
        "tokens_lost": -losers[0]["change_tokens"],
    }
    return Fact("fall", "fell", -100 * total["wow"], 2, values)


def free_share(week: DigestRows) -> Fact | None:
    """The free models' share of all tokens, where it moved."""
    known = _money(week, 3)
    if len(known) < 2:
        return None
    now, before = known[:2]
    moved = 100 * (now["free"] - before["free"])
    if abs(moved) < NOTABLE["free"]:
        return None
    earlier = [abs(b["free"] - a["free"]) for a, b in pairwise(week["money"][:-1])]
    is_largest = bool(earlier) and abs(moved) > 100 * max(earlier)
    values = {
        "share": now["free"],
        "share_before": before["free"],
        "share_paid": now["paid"],
        "share_older": known[2]["free"] if len(known) > 2 else None,
    }
    variant = "two" if values["share_older"] is None else "three"
    return Fact("free", variant, abs(moved), 2 if is_largest else 1, values)


def cost(week: DigestRows) -> Fact | None:
    """Estimated dollars per million tokens, where their middle moved."""
    known = _money(week, 2)
    if len(known) < 2 or any(row["p50"] is None or row["unknown"] > MOST_UNKNOWN for row in known):
        return None
    now, before = known
    change = now["p50"] / before["p50"] - 1
    if abs(change) < DEARER:
        return None
    values = {
        "usd": now["p50"],
        "usd_before": before["p50"],
        "usd_low": now["p10"],
        "usd_high": now["p90"],
        "growth": change,
    }
    return Fact("cost", "moved", 50 * abs(change), 1, values)


def payoff(week: DigestRows) -> Fact | None:
    """A model that has grown many times since its price fell, in the last twelve weeks."""
    found = [
        row
        for row in week["repriced"]
        if _has_fallen(row)
        and row["share_before"]
        and row["share_last"] is not None
        and row["share"] >= PAID_OFF * row["share_before"]
        and 100 * (row["share"] - row["share_last"]) >= NOTABLE["payoff"]
    ]
    if not found:
        return None
    most = max(found, key=lambda row: (row["share"] - row["share_before"], row["changed_week"]))
    values = {
        "model": most["model_permaslug"],
        "share": most["share"],
        "share_before": most["share_before"],
        "price_prompt": most["prompt_change"],
        "price_completion": most["completion_change"],
        "week": most["changed_week"],
    }
    return Fact("payoff", "paid_off", 100 * (most["share"] - most["share_last"]), 2, values)


def repriced(week: DigestRows) -> Fact | None:
    """The list prices that moved this week, and the most used model among the large moves."""
    found = [
        row
        for row in week["repriced"]
        if row["changed_week"] == week["week"] and None not in _price_changes(row)
    ]
    if not found:
        return None
    most = max(found, key=lambda row: row["share"])
    largest = max(abs(most["prompt_change"]), abs(most["completion_change"]))
    values = {
        "count": most["models_repriced"],
        "model": most["model_permaslug"],
        "price_prompt": most["prompt_change"],
        "price_completion": most["completion_change"],
    }
    return Fact("repriced", "moved", 100 * most["share"] * min(largest, 1), 1, values)


def lost(week: DigestRows) -> Fact | None:
    """The model that lost most, where it is much of all tokens and the market did not shrink."""
    (total,) = week["total"]
    models = _models(week)
    if total["wow"] is None or total["wow"] <= -STILL or not models:
        return None
    least = min(models, key=lambda row: row["change_tokens"])
    if least["percentage_points"] > -NOTABLE["lost"]:
        return None
    values = {
        "model": least["model_permaslug"],
        "tokens": -least["change_tokens"],
        "share": least["previous_tokens"] / (total["total_tokens"] / (1 + total["wow"])),
    }
    variant = "gone" if not least["tokens"] else "still" if total["wow"] < STILL else "lost"
    surprise = 2 if variant == "still" else 1.5
    return Fact("lost", variant, -least["percentage_points"], surprise, values)


def leader(week: DigestRows) -> Fact | None:
    """A model that is the most used one and was not the week before."""
    first = [row for row in week["leader"] if row["rank"] == 1]
    before = [row for row in week["leader"] if row["previous_rank"] == 1]
    if not (first and before) or first == before or first[0]["previous_rank"] is None:
        return None
    values = {
        "model": first[0]["model_permaslug"],
        "share": first[0]["share"],
        "model_before": before[0]["model_permaslug"],
        "rank": before[0]["rank"],
    }
    return Fact("leader", "changed", 50 * first[0]["share"], 1, values)


def entered(week: DigestRows) -> Fact | None:
    """Models that are new in the top ten, as far as the four weeks before are known."""
    found = facts.entries(week["moves"])
    if not found.new or found.weeks_known < 4:
        return None
    tokens = {row["model_permaslug"]: row["tokens"] for row in week["moves"]}
    (total,) = week["total"]
    share = sum(tokens[name] for name in found.new) / total["total_tokens"]
    values = {"list_models": [{"model": name} for name in found.new], "share": share}
    return Fact("entered", "new", 100 * share, 1, values | {"count": len(found.new)})


def origin(week: DigestRows) -> Fact | None:
    """China's share of all tokens, where it moved."""
    shares = [row["share"] for row in week["china"]]
    if len(shares) < 2 or 100 * abs(shares[1] - shares[0]) < NOTABLE["origin"]:
        return None
    values = {"share": shares[1], "share_before": shares[0]}
    return Fact("origin", "moved", 100 * abs(shares[1] - shares[0]), 1, values)


def routes(week: DigestRows) -> Fact | None:
    """The workloads whose chain differs from that of the week before."""
    found = chains.routes_by_workload(week["routes"], week["week"])
    changed = [{"workload": route["workload"]} for route in found if route["is_changed"]]
    if not changed:
        return None
    values = {"count": len(changed), "list_workloads": changed}
    return Fact("routes", "changed", 5, 1, values)


RULES: tuple[Callable[[DigestRows], Fact | None], ...] = (
    *(growth, standstill, fall, free_share, cost, payoff, repriced),
    *(lost, leader, entered, origin, routes),
)


def _weight(fact: Fact) -> float:
    return fact.effect * fact.surprise


def _models(week: DigestRows) -> list[Row]:
    """Return the contributors that are models, the largest in the market's direction first."""
    return [row for row in week["contributors"] if row["payment"] != "other"]


def _few(risers: list[Row]) -> list[Row]:
    """Return the fewest models, at most three, that made most of the growth; else nothing."""
    for count in (1, 2, 3):
        if sum(row["share_of_change"] for row in risers[:count]) >= MOST:
            return risers[:count]
    return []


def _shape(few: int, free: int) -> str:
    """Return how the growth is told: of one model, of a pair by name, of a few, or as broad."""
    if few == 2 and not free:
        return "pair"
    return "one" if few == 1 else "few" if few else "broad"


def _contribution(row: Row) -> dict[str, Any]:
    part = row["share_of_change"]
    values = {"model": row["model_permaslug"], "tokens": row["change_tokens"]}
    return values | ({"part": part} if part <= 1 else {})


def _is_record(week: DigestRows) -> bool:
    """Whether none of enough known weeks before had as many tokens."""
    *earlier, now = [row["total_tokens"] for row in week["totals"]]
    return len(earlier) >= WEEKS_OF_A_RECORD and bool(now > max(earlier))


def _money(week: DigestRows, count: int) -> list[Row]:
    """Return the week's payments and those of the weeks before it, the newest first."""
    return week["money"][: -count - 1 : -1]


def _price_changes(row: Row) -> tuple[float | None, float | None]:
    return row["prompt_change"], row["completion_change"]


def _has_fallen(row: Row) -> bool:
    """Whether neither list price rose, and one of them fell by a notable part."""
    changes = _price_changes(row)
    return all(change is not None and change <= 0 for change in changes)
