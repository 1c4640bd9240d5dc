"""Show the most used models of a week, or groups of them."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app, monday_option
from pipelines.settings import settings

if TYPE_CHECKING:
    from datetime import date

    from pipelines.queries.published import PublishedWeek, Rows, TopModel


class By(StrEnum):
    """What the most used ones are."""

    model = "model"
    vendor = "vendor"
    family = "family"
    bloc = "bloc"
    series = "series"


@app.command()
def top(
    week: Week = None,
    length: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 10,
    by: Annotated[By, typer.Option(help="Models, or groups of them.")] = By.model,
    diff: Annotated[
        Any, monday_option("--diff", meaning="Another week: how shares differ from its.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the most used models of a week, or groups of them."""
    from pipelines.queries import groups, published
    from pipelines.queries.sample_database import readable

    with published.reading(readable(settings())) as connection:
        chosen = published.published_week(connection, week)
        weeks = groups.weeks_of(connection, by, chosen["week"])
        if by is By.model and not diff:
            models = published.top(connection, chosen["week"], length)
            named: Rows = [{**row, "weeks": weeks.get(row["model_permaslug"])} for row in models]
        else:
            named = groups.top(connection, by, chosen["week"], length)
            named = [{**row, "weeks": weeks.get(row["name"])} for row in named]
        if diff:
            other = published.published_week(connection, diff)["week"]
            shares = groups.shares(connection, by, other)
            named = [{**row, "share_then": shares.get(row["name"])} for row in named]
    if json:
        console.as_json({**chosen, "by": by, "models" if by is By.model else "groups": named})
    elif by is By.model and not diff:
        show(chosen, models, weeks)
        console.citation(chosen)
    else:
        _show_groups(chosen, by, named, diff)
        console.citation(chosen)


def show(
    week: "PublishedWeek",
    models: "list[TopModel]",
    weeks: "dict[str, list[int | None]] | None" = None,
) -> None:
    """Print the first models of a week; `weeks` are the tokens of their last weeks."""
    trend = ["|"] if weeks else []
    console.table(
        f"Top {len(models)} models, {console.named_week(week)}",
        [">#", ">was", "model", "bloc", ">tokens", *trend, ">share", ">w/w"],
        [
            [
                f"{row['rank']}",
                console.plain(row["previous_rank"]),
                row["model_permaslug"],
                row["bloc"],
                console.tokens(row["tokens"]),
                *([console.spark(weeks.get(row["model_permaslug"], []))] if weeks else []),
                console.percent(row["share"]),
                console.growth(row),
            ]
            for row in models
        ],
        "share: of all tokens, models outside the daily top 50 included",
    )


def _show_groups(week: "PublishedWeek", by: str, rows: "Rows", diff: "date | None") -> None:
    """Print groups of a week; with another week, how their shares differ from it."""
    then = [">then", ">points"] if diff else []
    against = f" against {diff}" if diff else ""
    console.table(
        f"Top {len(rows)} by {by}, {console.named_week(week)}{against}",
        [">#", f"{by}", ">tokens", "|", ">share", ">w/w", *then],
        [
            [
                f"{row['rank']}",
                row["name"],
                console.tokens(row["tokens"]),
                console.spark(row["weeks"] or []),
                console.percent(row["share"]),
                console.change(row["wow"]),
                *(_difference(row) if diff else []),
            ]
            for row in rows
        ],
        "share: of all tokens; – is unknown: not listed in that week, or no growth of a family",
    )


def _difference(row: "dict[str, Any]") -> list[str]:
    """Return a group's share in the other week, and by how many points it differs."""
    then = row["share_then"]
    if then is None or row["share"] is None:
        return [console.percent(then), "–"]
    return [console.percent(then), f"{100 * (row['share'] - then):+.1f}"]
