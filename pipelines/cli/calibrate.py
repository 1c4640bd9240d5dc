"""Compare the estimated revenue with what was really billed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.published import Rows

CALIBRATION = "FROM marts.calibration ORDER BY source, subject_kind, subject"


@app.command()
def calibrate(
    accept: Annotated[
        str | None,
        typer.Option(metavar="VENDOR", help="Use the factor of this vendor from the next run on."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            help="Whose factor: billed_csv, activity or own_usage; needed where several have one."
        ),
    ] = None,
    why: Annotated[str, typer.Option(help="Why the factor is right; needed with --accept.")] = "",
    json: Json = False,
) -> None:
    """Compare estimated revenue with billed dollars, and accept a vendor's factor by name."""
    from pipelines.queries.published import query, reading

    if accept and not why.strip():
        raise typer.BadParameter("--accept needs --why: it is stored with the factor")
    with reading(settings().database) as connection:
        found = query(connection, CALIBRATION)
    accepted = _accept(found, accept, source, why.strip()) if accept else None
    if json:
        console.as_json({"calibration": found, "accepted": accepted})
        return
    _show(found)
    if accepted:
        console.line(f"the next `tokenhouse run` uses {accepted['k']} for {accepted['vendor']}")


def _accept(found: "Rows", vendor: str, source: str | None, why: str) -> dict[str, str]:
    """Write a vendor's factor into the home's file; RefusalError unless exactly one is known."""
    from pipelines.home.files import write_atomically
    from pipelines.home.lock import writing
    from pipelines.reference.loader import as_csv, load

    known = [
        row
        for row in found
        if (row["subject_kind"], row["subject"]) == ("vendor", vendor)
        and source in (None, row["source"])
        and row["k"] is not None
    ]
    if len(known) != 1:
        what = "several sources have a factor" if known else "no bill gives a factor"
        raise RefusalError(f"{vendor}: {what}: `tokenhouse calibrate` lists them")
    (one,) = known
    own = settings().reference
    row = {
        "vendor": vendor,
        "k": f"{one['k']:.6g}",
        "source": f"{one['source']}, {one['model_weeks']} model-weeks: {why}",
        "recorded_on": f"{datetime.now(UTC).date()}",
    }
    with writing(settings().tokenhouse_home):
        kept = [one for one in load("calibration", own).to_pylist() if one["vendor"] != vendor]
        content = as_csv("calibration", [*kept, row])
        write_atomically(Path(own) / "calibration.csv", content, private=True)
    return row


def _show(found: "Rows") -> None:
    if not found:
        console.paragraph(
            "nothing is billed yet: fill reference/billed.csv in the home, see docs/finance.md"
        )
        return
    console.table(
        "Billed against estimated",
        [
            "source",
            "of",
            ">model-weeks",
            ">unmatched",
            ">billed $",
            ">estimated $",
            ">in band",
            ">k",
        ],
        [
            [
                row["source"],
                row["subject"]
                if row["subject_kind"] == "all"
                else f"{row['subject_kind']} {row['subject']}",
                f"{row['model_weeks']}",
                f"{row['unmatched']}",
                f"{row['billed_usd']:,.2f}",
                f"{row['estimated_usd']:,.2f}",
                console.percent(row["coverage"]),
                "–" if row["k"] is None else f"{row['k']:.3f}",
            ]
            for row in found
        ],
        "k: billed over estimated, shrunk to one; in band: bills from P10 to P90",
    )
