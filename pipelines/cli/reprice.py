"""What a month's own usage would have cost at other prices."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app, monday_option
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.published import Row, Rows

AtWeek = Annotated[date | None, monday_option("--at", meaning="Week of the list prices.")]
TableWeek = Annotated[date | None, monday_option("--table", meaning="Week of the routing table.")]


@app.command()
def reprice(
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The month.")],
    at: AtWeek = None,
    table: TableWeek = None,
    json: Json = False,
) -> None:
    """Reprice a month's billed tokens: at list prices, at another week's, at a routing table.

    Every line covers the same tokens. A routing table is priced twice: with the cache as it was,
    and without any, since caches are per provider. Success is not compared.
    """
    from pipelines.queries import usage
    from pipelines.queries.published import reading

    with reading(settings().database) as connection:
        lines, without_bill = usage.repriced(connection, usage.first_day(month), at, table)
    if json:
        console.as_json({"month": month, "lines": lines, "without_bill": without_bill})
        return
    console.table(
        f"{month}: {console.tokens(lines[0]['tokens'])} tokens with a bill",
        ["prices", ">USD", ">no price", "remark"],
        [[_name(row), _usd(row), _unpriced(row), _remark(row)] for row in lines],
        _caption(lines),
    )
    _show_without_bill(without_bill)


def _caption(lines: "Rows") -> str:
    all_priced = not any(row["unpriced_tokens"] for row in lines)
    left_out = "" if all_priced else ", and those without a price cost nothing in it"
    return f"the same tokens in every line{left_out}; success is not compared"


def _name(row: "Row") -> str:
    names = {
        "as_billed": "as billed",
        "own_week": "list prices of their own weeks",
        "week": f"list prices of the week {row['price_week']}",
        "table": f"table of {row['price_week']}, all as {row['workload']}",
    }
    return names[row["basis"]]


def _usd(row: "Row") -> str:
    if row["usd"] is None:
        return "unknown"
    low, high = f"{row['usd']:,.2f}", f"{row['usd_high']:,.2f}"
    return low if low == high else f"{low} to {high}"


def _unpriced(row: "Row") -> str:
    return console.tokens(row["unpriced_tokens"]) if row["unpriced_tokens"] else ""


def _remark(row: "Row") -> str:
    """Return what a line rests on: the route's model, or long prompts whose price is not known."""
    remarks = []
    if row["basis"] == "table":
        remarks.append(f"{row['route_model']}, cache as it was to cold")
    if row["long_prompts"]:
        remarks.append(f"long prompts at the price of short ones: {', '.join(row['long_prompts'])}")
    return "; ".join(remarks)


def _show_without_bill(rows: "Rows") -> None:
    """Print what has no bill, and so is in no line."""
    of = {row["basis"]: row for row in rows}
    if "as_billed" not in of:
        return
    listed = of.get("own_week")
    tokens = of["as_billed"]["tokens"]
    if listed is None or listed["usd"] is None:
        console.line(f"In no line: {console.tokens(tokens)} tokens without a bill or a list price.")
        return
    console.line(
        f"In no line: {console.tokens(tokens)} tokens without a bill, {listed['usd']:,.2f} USD "
        f"at list price; {console.tokens(listed['unpriced_tokens'])} of them have no list price."
    )
