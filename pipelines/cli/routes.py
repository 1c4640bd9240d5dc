"""Show which model carries which workload."""

from typing import TYPE_CHECKING, Any

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.published import PublishedWeek, Rows


@app.command()
def routes(week: Week = None, json: Json = False) -> None:
    """Show which model carries which workload."""
    from pipelines.queries import published

    with published.reading(settings().database) as connection:
        chosen = published.published_week(connection, week)
        table = published.routes(connection, chosen["week"])
    if json:
        console.as_json({**chosen, "routes": table})
    else:
        show(chosen, table)
        console.citation(chosen)


def show(week: "PublishedWeek", chosen: "Rows") -> None:
    """Print a routing table: each workload with its chain (A) and its reserve (B)."""
    waiting = (
        "not routed: only the newest 52 weeks are"
        if week["is_complete"]
        else "routed when the week is complete"
    )
    lines = []
    for row in chosen:
        if row["model_id"] is None:
            best = row["best_achievable"]
            at_best = "" if best is None else f" (at best {best:.3f})"
            lines.append(
                [row["workload"], "", (row["binding_constraint"] or waiting) + at_best, "", ""]
            )
            continue
        if row["position"] == 0:
            blocked = f" (blocked: {row['blocked_because']})" if row["blocked_because"] else ""
            lines.append([row["workload"] + blocked, *_choice("B reserve", row, "reserve_")])
        number = f" {row['position']}" if row["role"] == "fallback" else ""
        place = f"A {row['role']}{number}"
        lines.insert(-1, ["", *_choice(place, row)])
        if row["position"] == 0:
            lines[-2][0], lines[-1][0] = lines[-1][0], ""
    console.table(
        f"Routing table, {console.named_week(week)}",
        ["workload", "", "model", ">$/task", ">$/1M"],
        lines,
        "A: cost at list prices; B: the best quality; `tokenhouse explain` says why each; "
        "success is predicted, not executed",
    )


def _choice(place: str, row: dict[str, Any], column: str = "") -> list[str]:
    return [
        place,
        row[f"{column}model_id"],
        f"{row[f'{column}cost_per_task_usd']:.5f}",
        f"{row[f'{column}cost_per_million_usd']:.4f}",
    ]
