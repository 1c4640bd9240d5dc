"""Check printed claims against the published database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings

if TYPE_CHECKING:  # what the command needs is imported when it runs
    from pipelines.queries.audit import Audit


@app.command()
def audit(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A claims file; default: those shipped.")
    ] = None,
    week: Week = None,
    json: Json = False,
) -> None:
    """Check printed claims against the published database."""
    from pipelines.queries.audit import audit

    answer = audit(settings().database, file, week)
    console.as_json(answer) if json else _show_audit(answer)


def _show_audit(answer: "Audit") -> None:
    """Print the verdict on every claim, with the computed value beside the printed one."""
    console.table(
        "Printed claims against the warehouse",
        ["claim", "=week", ">printed", ">computed", "verdict", "why"],
        [
            [
                claim["claim_id"],
                f"{claim['week']}",
                claim["printed_in_words"],
                claim["computed_in_words"],
                claim["verdict"],
                claim["explanation"],
            ]
            for claim in answer["claims"]
        ],
        ", ".join(f"{count} {verdict}" for verdict, count in sorted(answer["counts"].items())),
    )
