"""Commands that answer from the published database."""

from typing import Annotated

import typer

from pipelines.cli.app import Json, Week, app
from pipelines.errors import RefusalError
from pipelines.settings import settings


@app.command()
def top(
    week: Week = None,
    length: Annotated[int, typer.Option("-n", min=1, help="How many models.")] = 10,
    json: Json = False,
) -> None:
    """Show the most used models of a week."""
    from pipelines import answers, show

    with answers.reading(settings().database) as connection:
        chosen = answers.published_week(connection, week)
        models = answers.top(connection, chosen["week"], length)
    if json:
        show.as_json({**chosen, "models": models})
    else:
        show.top(chosen, models)
        show.citation(chosen)


@app.command()
def routes(week: Week = None, json: Json = False) -> None:
    """Show which model carries which workload."""
    from pipelines import answers, show

    with answers.reading(settings().database) as connection:
        chosen = answers.published_week(connection, week)
        table = answers.routes(connection, chosen["week"])
    if json:
        show.as_json({**chosen, "routes": table})
    else:
        show.routes(chosen, table)
        show.citation(chosen)


@app.command()
def query(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="One statement.")],
    json: Json = False,
) -> None:
    """Ask the published database, read-only."""
    from pipelines import answers, show

    with answers.reading(settings().database) as connection:
        rows = answers.query(connection, statement)
    show.as_json(rows) if json else show.rows(rows)


@app.command()
def status(json: Json = False) -> None:
    """Show which weeks are published, as of when, and how stale they are."""
    from pipelines import answers, publication, show

    home, database = settings().tokenhouse_home, settings().database
    refusal = publication.refusal(home)
    if database.exists() or not refusal:
        with answers.reading(database) as connection:
            answer = answers.status(connection, settings())
        show.as_json(answer) if json else show.status(answer)
    elif json:
        show.as_json({"refusal": refusal})
    if refusal and not json:
        show.findings(refusal)
    said = [
        f"{stale} since {one['since']} because {one['message']}"
        for stale, one in (
            ("stale", refusal),
            ("exports are stale", publication.refusal(home, publication.EXPORTS)),
        )
        if one
    ]
    if said:
        raise RefusalError("; ".join(said))
