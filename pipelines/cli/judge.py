"""Commands that check what people wrote, or take what they decided."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.app import Json, Week, app, progress
from pipelines.errors import RefusalError
from pipelines.settings import settings

if TYPE_CHECKING:  # what a command needs is imported when it runs
    from pipelines.queries.published import Rows

OFFERED = "SELECT DISTINCT model_id FROM staging.catalogue"


@app.command()
def audit(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A claims file; default: those shipped.")
    ] = None,
    week: Week = None,
    json: Json = False,
) -> None:
    """Check printed claims against the published database."""
    from pipelines.cli import console
    from pipelines.queries.audit import audit

    answer = audit(settings().database, file, week)
    console.as_json(answer) if json else _show_audit(answer)


@app.command()
def check_reference(json: Json = False) -> None:
    """Check the hand-kept tables, and name the authors and families in the data they lack."""
    from pipelines.cli import console
    from pipelines.queries.published import query, reading, unknown_authors, unlisted_families
    from pipelines.reference.loader import load_all, models_named

    tables = load_all()
    kept = {table: len(rows) for table, rows in tables.items()}
    unknown, unlisted, unseen = [], [], []
    if settings().database.exists():
        with reading(settings().database) as connection:
            unknown = unknown_authors(connection)
            unlisted = unlisted_families(connection)
            offered = {row["model_id"] for row in query(connection, OFFERED)}
            named = models_named(tables)
            unseen = [one for one in named if one["model_id"] not in offered]
    answer = {
        "tables": kept,
        "unknown_authors": unknown,
        "unlisted_families": unlisted,
        "unseen_models": unseen,
    }
    console.as_json(answer) if json else _show_reference(kept, unknown, unlisted, unseen)


@app.command()
def accept(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME …", help="Findings, as `tokenhouse status` names.")
    ],
    why: Annotated[str, typer.Option(help="Why it is right to publish in spite of them.")],
    json: Json = False,
) -> None:
    """Accept what stands in the way of publication; publish, asking nothing, once nothing does."""
    from pipelines.cli import console
    from pipelines.home import refusals
    from pipelines.home.lock import writing

    if not why.strip():
        raise typer.BadParameter("--why must say why: it is kept beside what is accepted")
    home, chosen = settings().tokenhouse_home, dict.fromkeys(names)
    with writing(home):
        found = {one["name"]: one for one in refusals.findings(home)}
        unknown = [name for name in chosen if name not in found]
        if unknown:
            raise RefusalError(
                f"not in the way of publication: {', '.join(unknown)}; "
                f"in the way: {', '.join(found) or 'no finding'}"
            )
        for name in chosen:
            refusals.accept(settings().lake, found[name], why.strip())
        left = [one["name"] for one in refusals.findings(home) if not one["is_accepted"]]
        if not left:
            from pipelines import run as runner

            with progress("publish", runner.step_count(0)) as on_step:
                runner.rebuild(home, on_step)
    if json:
        console.as_json({"accepted": list(chosen), "left": left, "published": not left})
    else:
        then = f"still in the way: {', '.join(left)}" if left else "published"
        console.console.print(
            f"accepted {', '.join(chosen)}; {then}", highlight=False, soft_wrap=True, markup=False
        )


def _show_audit(answer: dict[str, Any]) -> None:
    """Print the verdict on every claim, with the computed value beside the printed one."""
    from pipelines.cli import console

    console.table(
        "Printed claims against the warehouse",
        ["claim", "week", ">printed", ">computed", "verdict", "why"],
        [
            [
                claim["claim_id"],
                f"{claim['week']}",
                claim["printed_in_words"],
                claim["computed_in_words"] or "–",
                claim["verdict"],
                claim["explanation"],
            ]
            for claim in answer["claims"]
        ],
        ", ".join(f"{count} {verdict}" for verdict, count in sorted(answer["counts"].items())),
    )


def _show_reference(
    kept: dict[str, int], unknown: "Rows", unlisted: "Rows", unseen: "Rows"
) -> None:
    """Print how many rows each hand-kept table has, and what in the data is missing from them."""
    from pipelines.cli import console

    console.table(
        "Hand-kept tables", ["table", ">rows"], [[name, f"{rows}"] for name, rows in kept.items()]
    )
    console.table(
        "Authors in the data without a country",
        ["author", "row", "newest week", ">tokens"],
        [
            [
                row["author"],
                "listed, country unknown" if row["is_listed"] else "not listed",
                f"{row['newest_week']}",
                console.tokens(row["tokens"]),
            ]
            for row in unknown
        ],
    )
    console.table(
        "Families that by their name may belong to a series",
        ["family", "series", "newest week", ">tokens"],
        [
            [row["family"], row["series"], f"{row['newest_week']}", console.tokens(row["tokens"])]
            for row in unlisted
        ],
    )
    for row in unseen:
        console.console.print(
            f"{row['file']}: no catalogue lists {row['model_id']}: a row for it does nothing",
            highlight=False,
            soft_wrap=True,
            markup=False,
        )
