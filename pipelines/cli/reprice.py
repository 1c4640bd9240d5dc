"""What a month's own usage would have cost at other prices."""

from datetime import date
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app, monday_option
from pipelines.settings import settings

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
    from pipelines.words import usage as words
    from pipelines.words.language import english

    with reading(settings().database) as connection:
        lines, without_bill = usage.repriced(connection, usage.first_day(month), at, table)
    if json:
        console.as_json({"month": month, "lines": lines, "without_bill": without_bill})
        return
    tokens = english().tokens(lines[0]["tokens"], 2)
    console.table(
        english().say("repriced.title", month=month, tokens=tokens),
        ["prices", ">USD", ">no price", "remark"],
        [
            [
                words.basis(english(), row),
                words.repriced_usd(english(), row),
                console.tokens(row["unpriced_tokens"]) if row["unpriced_tokens"] else "",
                words.repriced_remark(english(), row),
            ]
            for row in lines
        ],
        words.repriced_caption(english(), lines),
    )
    if unbilled := words.without_bill(english(), without_bill):
        console.line(unbilled)
