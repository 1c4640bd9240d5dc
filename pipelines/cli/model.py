"""Show one model: its weeks, prices, evidence, and the routes that use it."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.model import ModelAnswer
    from pipelines.queries.published import Rows


@app.command()
def model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An id, a slug, or a part of one.")],
    week: Week = None,
    length: Annotated[int, typer.Option("-n", min=1, help="How many weeks.")] = 8,
    json: Json = False,
) -> None:
    """Show a model's weeks, ranks, prices, evidence, and the routes that use it."""
    from pipelines.queries import model as models
    from pipelines.queries.published import published_week, reading
    from pipelines.queries.sample_database import readable

    with reading(readable(settings())) as connection:
        chosen = published_week(connection, week)
        answer = models.describe(connection, name, chosen["week"], length)
    if json:
        console.as_json({**chosen, "weeks": answer["weeks"], **answer})
        return
    _show_weeks(answer["weeks"], answer["weeks_known"])
    show_prices(answer["prices"])
    show_changes(answer["price_changes"])
    _show_routes(answer)
    console.citation(chosen)


def _show_weeks(weeks: "Rows", known: int) -> None:
    if not weeks:
        console.line("never in the daily top 50 of a published week: its tokens are unknown")
        return
    bars = iter(console.spark([row["tokens"] for row in weeks]))
    title, named = _named("Weeks", weeks, "model_permaslug")
    console.table(
        title,
        ["=week", *named, ">rank", ">tokens", "|", ">share", ">w/w"],
        [
            [
                f"{row['week']}",
                *(row["model_permaslug"] for _ in named),
                f"{row['rank']}",
                console.tokens(row["tokens"]),
                next(bars),
                console.percent(row["share"]),
                console.growth(row),
            ]
            for row in weeks
        ],
        console.shown(len(weeks), known, "row")
        + "share: of all tokens; a week in which the model is not in a daily top 50 has no row",
    )


def _named(title: str, rows: "Rows", key: str) -> tuple[str, list[str]]:
    """Return a title and the heading of the models' column, which only several models have."""
    names = {row[key] for row in rows}
    return (title, ["model"]) if len(names) != 1 else (f"{title} of {names.pop()}", [])


def show_prices(prices: "Rows") -> None:
    """Print list prices by the catalogue that has them."""
    if prices:
        console.table(
            "List prices, USD per million tokens",
            ["model", ">prompt", ">completion", ">cache read", "=seen"],
            [
                [
                    row["model_id"],
                    *(
                        console.usd(row[f"{kind}_price"])
                        for kind in ("prompt", "completion", "cache_read")
                    ),
                    console.plain(row["fetched_at"]),
                ]
                for row in prices
            ],
        )


def show_changes(changes: "Rows") -> None:
    """Print changes of list prices: the last day without each, and the first day with it."""
    if changes:
        console.table(
            "Price changes, USD per million tokens",
            ["model", "price", ">before", ">after", ">change", "|=between", "=seen"],
            [
                [
                    row["model_id"],
                    row["price"],
                    console.usd(row["previous_usd"]),
                    console.usd(row["current_usd"]),
                    console.change(row["change"]),
                    f"{row['last_seen_before']:%Y-%m-%d}",
                    f"{row['seen_at']:%Y-%m-%d}",
                ]
                for row in changes
            ],
        )


def _show_routes(answer: "ModelAnswer") -> None:
    from pipelines.words import routing
    from pipelines.words.language import english

    uses = {(row["workload"], row["model_id"]): row for row in answer["routes"]}
    title, named = _named("Workloads", answer["candidates"], "model_id")
    console.table(
        title,
        ["=workload", *named, "place", ">success", ">$/task"],
        [
            [
                row["workload"],
                *(row["model_id"] for _ in named),
                f"{use['role']} {use['position'] or ''}".strip()
                if (use := uses.get((row["workload"], row["model_id"])))
                else routing.rule(english(), row["rejected_because"])
                if row["rejected_because"]
                else "candidate",
                console.percent(row["success_low"]),
                console.usd(row["cost_per_task_usd"]),
            ]
            for row in answer["candidates"]
        ],
        "success: at the lower bound; `tokenhouse explain WORKLOAD MODEL` says why",
    )
