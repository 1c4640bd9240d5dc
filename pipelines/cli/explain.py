"""Explain a route."""

from typing import Annotated, Any

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, Workload, app
from pipelines.settings import settings


@app.command()
def explain(
    workload: Workload,
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Why this model, or why not.")
    ] = None,
    week: Week = None,
    json: Json = False,
) -> None:
    """Explain why a workload has its route, and why not another model."""
    from pipelines.queries import explanation
    from pipelines.queries.published import published_week, reading

    with reading(settings().database) as connection:
        chosen = published_week(connection, week)["week"]
        answer = (
            explanation.explain_model(connection, chosen, workload, model)
            if model
            else explanation.explain(connection, chosen, workload)
        )
    if json:
        console.as_json({"week": chosen, "workload": workload, **answer})
    elif model:
        console.paragraph(answer["because"])
    else:
        _show_explanation(answer)


def _show_explanation(answer: dict[str, Any]) -> None:
    console.paragraph(answer["certificate"])
    console.table(
        "What each rule removed, in their order",
        ["rule", ">models", ">left"],
        [[row["rule"], f"{row['models']}", f"{row['models_left']}"] for row in answer["removed"]],
    )
    console.table(
        "Primaries that reach the floor, in the order of preference",
        [">#", "primary", "escalation", ">$/task", ">80 % of draws", ">floor reached", ">cheapest"],
        [
            [
                f"{row['preference']}",
                row["model_id"],
                row["escalation_model_id"] or "–",
                f"{row['expected_cost_usd']:.5f}",
                f"{row['cost_p10']:.5f}–{row['cost_p90']:.5f}",
                console.percent(row["floor_probability"]),
                console.percent(row["best_share"]),
            ]
            for row in answer["options"][:10]
        ],
    )
