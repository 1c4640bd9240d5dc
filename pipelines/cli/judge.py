"""Commands that check what people wrote, or take what they decided."""

import re
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings


@app.command()
def audit(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A claims file; default: those shipped.")
    ] = None,
    week: Week = None,
    json: Json = False,
) -> None:
    """Check printed claims against the published database."""
    from pipelines import audit as auditing
    from pipelines import show

    answer = auditing.audit(settings().database, file, week)
    show.as_json(answer) if json else show.audit(answer)


@app.command()
def check_reference(json: Json = False) -> None:
    """Check the hand-kept tables, and name the authors and families in the data they lack."""
    from pipelines import answers, reference, show

    kept, unknown, unlisted = reference.check(), [], []
    if settings().database.exists():
        with answers.reading(settings().database) as connection:
            unknown = answers.unknown_authors(connection)
            unlisted = answers.unlisted_families(connection)
    answer = {"tables": kept, "unknown_authors": unknown, "unlisted_families": unlisted}
    show.as_json(answer) if json else show.reference(kept, unknown, unlisted)


@app.command()
def accept(
    name: Annotated[str, typer.Argument(help="A name from marts.publication_findings.")],
    why: Annotated[str, typer.Option(help="Why it is right to publish in spite of it.")],
    json: Json = False,
) -> None:
    """Accept what stands in the way of publication, by its name; the next run publishes."""
    from pipelines import publication, show
    from pipelines.lock import writing

    if not re.fullmatch(r"[a-z_]+-\d{4}-\d{2}-\d{2}(-\d{8}T\d{6}Z)?", name):
        raise typer.BadParameter(f"{name!r} is not the name of a finding")
    with writing(settings().tokenhouse_home):
        path = publication.accept(settings().lake, name, why)
    show.as_json({"accepted": name, "path": path}) if json else show.console.print(
        f"accepted {name}"
    )
