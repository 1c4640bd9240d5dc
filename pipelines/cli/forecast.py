"""Forecast a week's bill of a workload."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, Workload, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.forecast import Forecast


@app.command()
def forecast(
    workload: Workload,
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Also this model, as in `explain`.")
    ] = None,
    tasks: Annotated[
        int | None, typer.Option(min=1, help="Tasks a day; default: those of workloads.yaml.")
    ] = None,
    against: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="Also this model; may be repeated.")
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Tokens of a task as in own usage, not as written.")
    ] = False,
    week: Week = None,
    json: Json = False,
) -> None:
    """Forecast a week's bill of a workload: the pick, the reserve, and what is in use."""
    from pipelines.queries.forecast import forecast
    from pipelines.queries.published import published_week, reading
    from pipelines.queries.sample_database import whole

    database = whole(settings())
    with reading(database) as connection:
        chosen = published_week(connection, week)["week"]
        named = [*(against or []), *([model] if model else [])]
        rows = forecast(connection, database, chosen, workload, tasks, named, own)
    if json:
        console.as_json(
            {"week": chosen, "workload": workload, "forecast": [asdict(row) for row in rows]}
        )
        return
    _show(workload, rows)
    if rows and rows[0].own_tasks:
        console.remark(f"tokens of a task: those of {rows[0].own_tasks:,} own tasks")
    if not any(row.role == "pick" for row in rows):
        console.remark(f"no model can carry it: `tokenhouse explain {workload}` says why")


def _show(workload: str, rows: "list[Forecast]") -> None:
    """Print a line for each route and variant; a route is named in its first line."""
    routes = [(row.role, row.model_id) for row in rows]
    console.table(
        f"Bill of a week, {workload}, {rows[0].tasks_per_week if rows else 0} tasks",
        ["role", "model", "variant", "|>tokens", ">low $", ">mid $", ">high $", "|>hours"],
        [
            [
                *_named(row, is_first=place == routes.index((row.role, row.model_id))),
                _variant(row, workload),
                console.tokens(row.tokens_per_week),
                *_usd(row),
                "unknown" if row.hours_per_week is None else f"{row.hours_per_week:,.1f}",
            ]
            for place, row in enumerate(rows)
        ],
        "low to high: 80% of the draws of cache, completions, escalations and price changes",
    )


def _named(row: "Forecast", is_first: bool) -> list[str]:
    if not is_first:
        return ["", ""]
    return [row.role, " → ".join(filter(None, (row.model_id, row.escalation_model_id)))]


def _variant(row: "Forecast", workload: str) -> str:
    """Return which variant it is, and why it has no price if it has none."""
    from pipelines.words import routing
    from pipelines.words.language import english

    variant = row.workload.removeprefix(workload).strip() or "as it is"
    if row.usd_per_week_mid is None:
        return f"{variant}: {routing.rule(english(), row.because)}"
    return variant


def _usd(row: "Forecast") -> list[str]:
    costs = (row.usd_per_week_low, row.usd_per_week_mid, row.usd_per_week_high)
    return ["–" if cost is None else f"{cost:,.2f}" for cost in costs]
