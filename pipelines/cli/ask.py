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
    """Show which weeks are published, as of when, how each source fared, and what is stale."""
    from pipelines import publication, show
    from pipelines import status as standing

    answer = standing.status(settings())
    show.as_json(answer) if json else show.status(answer)
    said = [
        f"{'exports are stale' if one['cause'] == publication.EXPORTS else 'stale'} "
        f"since {one['since']} because {one['message']}"
        for one in answer["refusals"]
    ]
    if not (said or answer["run_id"]):
        said = [f"{answer['database']} does not exist yet: run `tokenhouse run` first"]
    if said:
        raise RefusalError("; ".join(said))
