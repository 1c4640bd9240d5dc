"""Own usage of the week in its report, where there is any; no exported file contains it."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from pipelines.queries.published import Row, Rows
from pipelines.report import table_cells
from pipelines.report.sections import Column, Table
from pipelines.report.week_rows import WeekRows
from pipelines.words import routing
from pipelines.words.language import Language


def of(language: Language, week: WeekRows) -> Mapping[str, Any] | None:
    """Return the section's text and tables; None without own usage in the week."""
    rows = week["ours"]
    if not rows:
        return None
    return {
        "text": line(language, rows),
        "distance": _distance(language, rows),
        "models": _models(language, week, rows),
        "bill": _bill(language, week["own_bill"]),
    }


def line(language: Language, rows: Rows) -> str:
    """Return the week's own use in a line: tokens, how much of them has a bill, and the bill."""
    tokens = sum(row["tokens"] for row in rows)
    billed = sum(row["billed_tokens"] for row in rows)
    usd = sum(row["billed_usd"] or 0 for row in rows)
    return language.say(
        "ours.line" if billed else "ours.no_bill",
        tokens=language.tokens(tokens),
        share=language.part(billed / tokens if tokens else 0),
        usd=language.price(usd),
    )


def _distance(language: Language, rows: Rows) -> str:
    """Return how far the mix is from the market's; empty where the market is not known."""
    distance = rows[0]["distance"]
    return "" if distance is None else language.say("ours.distance", d=language.number(distance))


def _models(language: Language, week: WeekRows, rows: Rows) -> Table:
    """Return the models of the week next to the market's shares."""
    say = language.say
    columns = [
        Column(
            say("ours.model"),
            lambda row: table_cells.name(row["model"], week["names"]),
            "model text",
        ),
        Column(say("ours.tokens"), lambda row: language.tokens(row["tokens"]), "tokens"),
        Column(say("ours.share"), lambda row: language.percent(row["share"]), "share"),
        Column(say("ours.market"), lambda row: language.percent(row["market_share"]), "market"),
        Column(say("ours.usd"), lambda row: language.price(row["billed_usd"]), "usd"),
        Column(say("ours.per_million"), lambda row: language.price(row["per_million"]), "million"),
        Column(say("ours.cache"), lambda row: language.percent(row["cache_hit_share"]), "cache"),
    ]
    return Table("ours", say("ours.title"), columns, rows)


def _bill(language: Language, rows: Rows) -> Table | None:
    """Return what the month's billed tokens cost, and would cost on the week's routing table."""
    if not rows:
        return None
    title = language.say("ours.bill", month=f"{rows[0]['month']:%Y-%m}")
    columns = [
        Column(language.say("ours.prices"), lambda row: _prices(language, row), "prices text"),
        Column(language.say("ours.amount"), lambda row: _usd(language, row), "usd"),
        Column(
            language.say("ours.no_price"),
            lambda row: language.tokens(row["unpriced_tokens"]) if row["unpriced_tokens"] else "",
            "unpriced",
        ),
    ]
    return Table("own-bill", title, columns, sorted(rows, key=itemgetter("place", "workload")))


def _prices(language: Language, row: Row) -> str:
    workload = routing.workload(row["workload"])
    return language.say(f"ours.basis.{row['basis']}", workload=workload)


def _usd(language: Language, row: Row) -> str:
    low, high = language.price(row["usd"]), language.price(row["usd_high"])
    return low if low == high else f"{low} – {high}"
