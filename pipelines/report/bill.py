"""What a month would cost at the workloads' volumes, on this week's routes and chosen otherwise."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter

from markupsafe import Markup

from pipelines.queries.published import Row, Rows
from pipelines.report import table_cells
from pipelines.report.sections import Columns, Table, table
from pipelines.words.language import UNKNOWN, Language

WAYS = ("now", "before", "best", "pin")
"""This week's routes, those of the week before, the best score, and never switching."""


def of(language: Language, rows: Rows) -> Table | None:
    """Return a row for each workload with a volume and a route, and one for all of them.

    `rows` have the bill of a workload chosen in one way, with the band of its draws.
    """
    by_workload = groupby(rows, itemgetter("workload"))
    bills = [_by_way(workload, list(found)) for workload, found in by_workload]
    billed = [bill for bill in bills if "now" in bill]
    whole = [bill for bill in billed if all(way in bill for way in WAYS)]
    say = language.say
    columns: Columns = {
        "workload": (say("bill.workload"), partial(_name, language)),
        "tasks": (say("bill.tasks"), lambda bill: language.count(bill["tasks"])),
        **{way: (say(f"bill.{way}"), partial(_cell, language, way)) for way in WAYS},
    }
    return table(language, "bill", [*billed, *_summed(whole)], columns, ("workload",))


def _by_way(workload: str, rows: Rows) -> Row:
    return {"workload": workload, "tasks": rows[0]["tasks"], **{row["way"]: row for row in rows}}


def _summed(bills: Sequence[Row]) -> Rows:
    """Return several bills as one; a band is known where all of theirs are."""
    if not bills:
        return []
    sums = {
        way: {
            key: _sum([bill[way][key] for bill in bills]) for key in ("usd", "usd_p10", "usd_p90")
        }
        for way in WAYS
    }
    return [{"workload": None, "tasks": sum(bill["tasks"] for bill in bills), **sums}]


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _name(language: Language, bill: Row) -> Markup | str:
    workload = bill["workload"]
    return language.say("bill.sum") if workload is None else table_cells.workload_name(workload)


def _cell(language: Language, way: str, bill: Row) -> Markup | str:
    """Return what a month costs in a way, and its band where there is one."""
    if way not in bill:
        return UNKNOWN
    usd, low, high = (bill[way][key] for key in ("usd", "usd_p10", "usd_p90"))
    if low is None:
        return language.price(usd)
    band = language.say("bill.band", low=language.price(low), high=language.price(high))
    return Markup("{}<br><small>{}</small>").format(language.price(usd), band)
