"""The sections on what moved the market: who grew, what tokens cost, prices, and all weeks."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from markupsafe import Markup

from pipelines.queries.published import Row, Rows
from pipelines.report import market_charts, table_cells
from pipelines.report.sections import Columns, Table, table
from pipelines.report.week_rows import WeekRows
from pipelines.words.language import UNKNOWN, Language

CONTRIBUTORS = 5
"""Models that the chart of growth names; the rest are one bar."""

LONGEST_PRICES = 12
"""Rows of the table of list prices."""

PAYMENTS = ("paid", "free", "stealth", "unknown", "other")

Figure = tuple[Markup | None, Table | None]


def of(language: Language, week: WeekRows) -> dict[str, Any]:
    """Return the sections by their name."""
    return {
        "growth": growth(language, week),
        "cost": cost(language, week),
        "payment": payment(language, week),
        "prices": prices(language, week),
        "long": long_view(language, week),
    }


def growth(language: Language, week: WeekRows) -> Figure:
    """Return the largest contributors to the week's change and the rest, as a chart and a table."""
    models = [row for row in week["contributors"] if row["payment"] != "other"]
    first, rest = models[:CONTRIBUTORS], models[CONTRIBUTORS:]
    outside = [row for row in week["contributors"] if row["payment"] == "other"]
    say = language.say
    rows = [
        *first,
        *_summed(say("growth.rest", count=len(rest)), rest),
        *_summed(language.name("bloc", "other"), outside),
    ]
    columns: Columns = {
        "key": (say("top.model"), lambda row: _called(row, week["names"])),
        "paid": (say("growth.payment"), lambda row: language.name("payment", row["payment"])),
        "tokens": (say("growth.tokens"), lambda row: language.tokens(row["change_tokens"])),
        "points": (say("growth.points"), lambda row: language.points(row["percentage_points"])),
        "part": (say("growth.part"), lambda row: language.percent(row["share_of_change"])),
    }
    drawn = market_charts.contributors(language, rows, week["names"]) if rows else None
    return drawn, table(language, "growth", rows, columns, ("key", "paid"))


def cost(language: Language, week: WeekRows) -> Figure:
    """Return estimated dollars per million listed tokens by week, as a chart and a table."""
    say, known = language.say, [row for row in week["money"] if row["p50"] is not None]
    columns: Columns = {
        "week": (say("split.week"), lambda row: row["week"]),
        "low": (say("dual.low"), lambda row: language.price(row["p10"])),
        "middle": (say("cost.middle"), lambda row: language.price(row["p50"])),
        "high": (say("dual.high"), lambda row: language.price(row["p90"])),
    }
    drawn = market_charts.cost(language, week["weeks"], known) if known else None
    return drawn, table(language, "cost", known[::-1], columns, ("week",))


def payment(language: Language, week: WeekRows) -> Figure:
    """Return how all tokens are paid for by week, as a chart and a table."""
    columns: Columns = {
        "week": (language.say("split.week"), lambda row: row["week"]),
        **{
            kind: (
                language.name("payment", kind),
                partial(_share, language, kind),
            )
            for kind in PAYMENTS
        },
    }
    rows = week["money"]
    drawn = market_charts.payment(language, week["weeks"], rows) if rows else None
    return drawn, table(language, "paid_by", rows[::-1], columns, ("week",))


def prices(language: Language, week: WeekRows) -> Table | None:
    """Return the large moves of list prices of the last weeks, and what the shares did after."""
    say = language.say
    columns: Columns = {
        "model": (
            say("top.model"),
            lambda row: table_cells.name(row["model_permaslug"], week["names"]),
        ),
        "week": (say("split.week"), lambda row: row["changed_week"]),
        "prompt": (say("prices.prompt"), lambda row: _move(language, row["prompt_change"])),
        "completion": (
            say("prices.completion"),
            lambda row: _move(language, row["completion_change"]),
        ),
        "before": (say("prices.before"), lambda row: language.percent(row["share_before"])),
        "share": (say("prices.share"), lambda row: language.percent(row["share"])),
    }
    most_used = sorted(week["repriced"], key=lambda row: -row["share"])[:LONGEST_PRICES]
    rows = sorted(most_used, key=lambda row: row["changed_week"], reverse=True)
    return table(language, "prices", rows, columns, ("model", "week"))


def long_view(language: Language, week: WeekRows) -> Figure:
    """Return all known totals, as a chart on a log axis and a table."""
    say = language.say
    columns: Columns = {
        "week": (say("split.week"), lambda row: row["week"]),
        "tokens": (say("top.tokens"), lambda row: language.tokens(row["total_tokens"])),
        "growth": (say("top.growth"), lambda row: language.growth(row["wow"])),
        "whole": (
            say("long.known"),
            lambda row: say("long.whole" if row["is_complete"] else "long.hole"),
        ),
    }
    drawn = market_charts.totals(language, week["totals"])
    return drawn, table(language, "long", week["totals"][::-1], columns, ("week", "whole"))


def _share(language: Language, kind: str, row: Row) -> str:
    return language.percent(row[kind])


def _summed(label: str, rows: Rows) -> Rows:
    """Return several contributors as one under a label; nothing of nothing."""
    if not rows:
        return []
    summed = ("tokens", "previous_tokens", "change_tokens", "percentage_points")
    one: Row = {key: sum(row[key] for row in rows) for key in summed}
    part = None if rows[0]["share_of_change"] is None else sum(r["share_of_change"] for r in rows)
    return [{**one, "label": label, "payment": None, "share_of_change": part}]


def _called(row: Row, names: Mapping[str, str]) -> Markup | str:
    """Return a contributor's name, or the label of several."""
    return row["label"] if "label" in row else table_cells.name(row["model_permaslug"], names)


def _move(language: Language, change: float | None) -> str:
    """Return the change of a list price; none is said, and from free it has no size."""
    if change is None:
        return UNKNOWN
    return table_cells.arrow(change) + language.growth(change) if change else "="
