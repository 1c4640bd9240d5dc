"""Commands that ask about routes: why, at what cost, and how they would have fared."""

from datetime import date
from typing import Annotated, Any

import typer

from pipelines.cli.app import FirstWeek, Json, LastWeek, Week, app
from pipelines.settings import settings

Workload = Annotated[str, typer.Argument(metavar="WORKLOAD", help="Name of the workload.")]


@app.command()
def explain(
    workload: Workload,
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Why this model, or why not.")
    ] = None,
    week: Week = None,
    json: Json = False,
) -> None:
    """Say why a workload's route is what it is, and why not another model."""
    from pipelines.cli import console
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
        console.console.print(answer["because"], highlight=False)
    else:
        _show_explanation(answer)


@app.command()
def forecast(
    workload: Workload,
    tasks: Annotated[
        int | None, typer.Option(min=1, help="Tasks a day; default: those of workloads.yaml.")
    ] = None,
    against: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="Also this model; may be repeated.")
    ] = None,
    week: Week = None,
    json: Json = False,
) -> None:
    """Forecast a week's bill of a workload: the pick, the reserve, and what is in use."""
    from pipelines.cli import console
    from pipelines.queries.forecast import forecast
    from pipelines.queries.published import published_week, reading

    with reading(settings().database) as connection:
        chosen = published_week(connection, week)["week"]
    rows = forecast(settings().database, chosen, workload, tasks, against)
    if json:
        console.as_json({"week": chosen, "workload": workload, "forecast": rows})
        return
    console.table(
        f"Bill of a week, {workload}, {rows[0]['tasks_per_week'] if rows else 0} tasks",
        ["who", "model", "variant", ">tokens", ">low $", ">mid $", ">high $", ">hours"],
        [
            [
                row["role"],
                " → ".join(filter(None, (row["model_id"], row["escalation_model_id"]))),
                row["workload"].removeprefix(workload).strip() or "as it is",
                console.tokens(row["tokens_per_week"]),
                *_usd(row),
                "unknown" if row["hours_per_week"] is None else f"{row['hours_per_week']:,.1f}",
            ]
            for row in rows
        ],
        "low to high: 80 % of the draws of cache, completions and escalations, at list prices",
    )
    if not any(row["role"] == "pick" for row in rows):
        console.errors.print(f"no model can carry it: `tokenhouse explain {workload}` says why")


@app.command()
def backtest(first: FirstWeek = None, last: LastWeek = None, json: Json = False) -> None:
    """Show what each way of choosing would have cost in the weeks after its choice."""
    from pipelines.cli import console
    from pipelines.queries import explanation
    from pipelines.queries.published import reading

    with reading(settings().database) as connection:
        rows = explanation.backtest(connection, first or date.min, last or date.max)
    if json:
        console.as_json({"backtest": rows, "quality_lookahead": True})
        return
    console.table(
        f"Walk forward over {max(row['weeks'] for row in rows)} weeks, one task of each workload",
        [
            "way of choosing",
            ">$/1k tasks",
            "",
            ">success",
            ">floor missed",
            ">unknown",
            ">switches",
            ">regret",
        ],
        [_backtest_line(row, rows) for row in rows],
        f"means of {rows[0]['compared']} choices that every way could still pay, at the prices of "
        "the week after; success is predicted, not executed, by scores of one vintage; regret: "
        "cost over the best pair's in hindsight",
    )


def _usd(row: dict[str, Any]) -> list[str]:
    """Return low, mid and high, or why there is no price."""
    if row["usd_per_week_mid"] is None:
        return [row["because"] or "no price", "", ""]
    return [f"{row[f'usd_per_week_{place}']:,.2f}" for place in ("low", "mid", "high")]


def _backtest_line(row: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    """Return a line of the table, with its cost as a bar beside the number."""
    from pipelines.cli import console

    most = max(one["usd_per_thousand_tasks"] for one in rows) or 1.0
    return [
        row["strategy"],
        f"{row['usd_per_thousand_tasks']:,.2f}",
        "█" * max(1, round(24 * row["usd_per_thousand_tasks"] / most)),
        console.percent(row["predicted_success"]),
        f"{row['floors_missed']} of {row['choices']}",
        f"{row['floors_unknown']}",
        f"{row['switches']}",
        console.percent(row["regret"]),
    ]


def _show_explanation(answer: dict[str, Any]) -> None:
    from pipelines.cli import console

    console.console.print(answer["certificate"], highlight=False)
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
