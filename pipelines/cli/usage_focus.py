"""Write a month's bill for finance."""

import csv
import io
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json
from pipelines.cli.usage import own
from pipelines.settings import settings


@own.command()
def focus(
    file: Annotated[Path, typer.Argument(help="CSV file to write.")],
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The month.")],
    json: Json = False,
) -> None:
    """Write what OpenRouter billed in a month as FOCUS 1.2, a charge for each day and model.

    The file is for its owner only. Nothing else writes own usage outside the home.
    """
    from pipelines.home.files import write_atomically
    from pipelines.queries import focus, usage
    from pipelines.queries.published import reading
    from pipelines.words import usage as words
    from pipelines.words.language import english

    with reading(settings().database) as connection:
        charges = focus.charges(connection, usage.first_day(month))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*focus.COLUMNS])
    writer.writeheader()
    writer.writerows(charges.rows)
    write_atomically(file, text.getvalue().encode(), private=True)
    if json:
        console.as_json({**charges._asdict(), "rows": len(charges.rows), "file": file})
        return
    for line in words.charges(english(), charges, file):
        console.line(line)
