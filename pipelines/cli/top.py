"""Show the most used models of a week."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.published import PublishedWeek, TopModel


@app.command()
def top(
    week: Week = None,
    length: Annotated[int, typer.Option("-n", min=1, help="How many models.")] = 10,
    json: Json = False,
) -> None:
    """Show the most used models of a week."""
    from pipelines.queries import published
    from pipelines.queries.sample_database import readable

    with published.reading(readable(settings())) as connection:
        chosen = published.published_week(connection, week)
        models = published.top(connection, chosen["week"], length)
    if json:
        console.as_json({**chosen, "models": models})
    else:
        show(chosen, models)
        console.citation(chosen)


def show(week: "PublishedWeek", models: "list[TopModel]") -> None:
    """Print the first models of a week."""
    console.table(
        f"Top {len(models)} models, {console.named_week(week)}",
        [">#", ">was", "model", "bloc", ">tokens", ">share", ">w/w"],
        [
            [
                f"{row['rank']}",
                console.plain(row["previous_rank"]),
                row["model_permaslug"],
                row["bloc"],
                console.tokens(row["tokens"]),
                console.percent(row["share"]),
                console.growth(row),
            ]
            for row in models
        ],
        "share: of all tokens, models outside the daily top 50 included",
    )
