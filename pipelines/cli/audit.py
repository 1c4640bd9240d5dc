"""Check printed claims against the published database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.errors import RefusalError
from pipelines.settings import settings

if TYPE_CHECKING:  # what the command needs is imported when it runs
    from pipelines.queries.audit import Audit, Claim

REFUSED = "REFUSED"
"""The verdict on a row that cannot be read."""

MOST_NAMED = 5
"""How many refused rows the last line names."""


@app.command()
def audit(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A claims file; default: those shipped.")
    ] = None,
    week: Week = None,
    json: Json = False,
) -> None:
    """Check printed claims against the published database.

    Exits with 1 if a row is REFUSED; all others are judged. Any other verdict exits with 0.
    """
    from pipelines.queries.audit import audit
    from pipelines.queries.sample_database import readable, whole

    answer = audit(whole(settings()) if file else readable(settings()), file, week)
    console.as_json(answer) if json else _show_audit(answer)
    refused = [claim for claim in answer["claims"] if claim["verdict"] == REFUSED]
    if refused:
        lines = ", ".join(f"{claim['file']} line {claim['line']}" for claim in refused[:MOST_NAMED])
        more = "" if len(refused) <= MOST_NAMED else f" and {len(refused) - MOST_NAMED} more"
        raise RefusalError(f"{lines}{more} cannot be read: the table says what is wrong")


def _show_audit(answer: "Audit") -> None:
    """Print the verdict on every claim, with the computed value next to the printed one."""
    claims = answer["claims"]
    sources = {_source(claim) for claim in claims}
    console.table(
        f"Printed claims{''.join(sources) if len(sources) == 1 else ''} against the warehouse",
        ["claim", "=period", ">printed", ">computed", "verdict", "why"],
        [
            [
                claim["claim_id"] or f"line {claim['line']}",
                claim["period"] or "–",
                claim["printed_in_words"],
                claim["computed_in_words"],
                claim["verdict"],
                claim["explanation"],
            ]
            for claim in claims
        ],
        ", ".join(f"{count} {verdict}" for verdict, count in sorted(answer["counts"].items())),
    )


def _source(claim: "Claim") -> str:
    """Return where a claim was printed, as far as its file says."""
    known = (claim["title"], claim["publisher"], claim["published_on"], claim["url"])
    source = ", ".join(f"{part}" for part in known if part)
    return f" of {source}" if source else ""
