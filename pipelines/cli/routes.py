"""Show which model carries which workload."""

from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.published import PublishedWeek, Row, Rows


@app.command()
def routes(week: Week = None, json: Json = False) -> None:
    """Show which model carries which workload."""
    from pipelines.queries import published
    from pipelines.queries.sample_database import readable

    with published.reading(readable(settings())) as connection:
        chosen = published.published_week(connection, week)
        table = published.routes(connection, chosen["week"])
    if json:
        console.as_json({**chosen, "routes": table})
    else:
        show(chosen, table)
        console.citation(chosen)


def show(week: "PublishedWeek", chosen: "Rows") -> None:
    """Print a routing table: each workload with its chain (A) and its reserve (B)."""
    lines = [
        line
        for _, rows in groupby(chosen, lambda row: row["workload"])
        for line in _lines(list(rows))
    ]
    console.table(
        f"Routing table, {console.named_week(week)}",
        ["workload", "=", "=model", ">$/task", "|>$/1M"],
        lines,
        "A: list price of a task, of the primary with its escalation; B: the best quality; "
        "`tokenhouse explain` says why each; success is predicted, not executed",
    )


def _lines(rows: "Rows") -> list[list[str]]:
    """Return the lines of one workload: its models in their order, last the reserve.

    The decision is below the workload's name: there are two models at least.
    """
    from pipelines.words import routing
    from pipelines.words.language import english

    first = rows[0]
    if first["decision"] == "empty":
        reason = f"empty: {routing.empty(english(), first)}"
        return [[head, "", "", "", ""] for head in (first["workload"], reason)]
    decision = english().name("decision", first["decision"])
    if first["blocked_because"]:
        decision += f": {routing.blocked_because(english(), first['blocked_because'])}"
    models = [
        [
            _place(row),
            _model(row),
            f"{row['route_cost_usd' if row['role'] == 'primary' else 'cost_per_task_usd']:.5f}",
            f"{row['cost_per_million_usd']:.4f}",
        ]
        for row in rows
    ]
    reserve = [
        "B reserve",
        first["reserve_model_id"],
        f"{first['reserve_cost_per_task_usd']:.5f}",
        f"{first['reserve_cost_per_million_usd']:.4f}",
    ]
    heads = [first["workload"], decision]
    return [[head, *line] for head, line in zip_longest(heads, [*models, reserve], fillvalue="")]


def _place(row: "Row") -> str:
    number = f" {row['position']}" if row["role"] == "fallback" else ""
    return f"A {row['role']}{number}"


def _model(row: "Row") -> str:
    """Return a model's name, and whether it is degraded or at a price that has just fallen."""
    from pipelines.words.language import english

    name: str = row["model_id"]
    if row["is_degraded"]:
        name = english().say("routing.degraded", place=name)
    return english().say("routing.promoted", model=name) if row["is_promotion"] else name
