"""A month's bill: what is summed, and where a band is known."""

from typing import Any

from pipelines.report import bill
from pipelines.words.language import english


def billed(workload: str, way: str, usd: float, band: bool = True) -> dict[str, Any]:
    low, high = (usd / 2, usd * 2) if band else (None, None)
    return {
        **{"workload": workload, "tasks": 100, "way": way},
        **{"usd": usd, "usd_p10": low, "usd_p90": high},
    }


def said(rows: list[dict[str, Any]]) -> list[list[str]]:
    table = bill.of(english(), rows)
    assert table is not None
    return [[f"{column.cell(row)}" for column in table.columns] for row in table.rows]


def test_the_sum_has_the_workloads_that_every_way_prices() -> None:
    whole = [billed("one", way, 4) for way in bill.WAYS]
    partly = [billed("two", "now", 8)]
    first, second, total = said([*whole, *partly])
    assert first[2] == "$4.00<br><small>$2.00 – $8.00</small>"
    assert second[2:] == ["$8.00<br><small>$4.00 – $16.00</small>", "–", "–", "–"]
    assert total == ["all workloads", "100", *[first[2]] * 4]


def test_the_sum_has_no_band_where_one_of_its_rows_has_none() -> None:
    rows = [billed("one", way, 4) for way in bill.WAYS]
    rows += [billed("two", way, 4, band=way != "pin") for way in bill.WAYS]
    *_, total = said(rows)
    assert total[2] == "$8.00<br><small>$4.00 – $16.00</small>"
    assert total[5] == "$8.00"


def test_a_workload_without_a_route_this_week_has_no_bill() -> None:
    assert bill.of(english(), [billed("one", "pin", 4)]) is None
    assert bill.of(english(), []) is None
