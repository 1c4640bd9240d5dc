"""Compare ways of choosing routes over past weeks."""

from datetime import date
from typing import TYPE_CHECKING

from pipelines.cli import console
from pipelines.cli.app import FirstWeek, Json, LastWeek, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.published import Row, Rows


@app.command()
def backtest(first: FirstWeek = None, last: LastWeek = None, json: Json = False) -> None:
    """Show what each way of choosing would have cost in the weeks after its choice."""
    from pipelines.queries import explanation
    from pipelines.queries.published import reading
    from pipelines.queries.sample_database import readable

    with reading(readable(settings())) as connection:
        rows = explanation.backtest(connection, first or date.min, last or date.max)
    if json:
        console.as_json({"backtest": rows, "quality_lookahead": True})
        return
    total = [row for row in rows if row["workload"] is None]
    console.table(
        f"Walk forward over {max(row['weeks'] for row in total)} weeks, one task of each workload",
        [
            "way of choosing",
            ">$/1k tasks",
            "|",
            ">success",
            ">missed",
            ">unknown",
            ">switches",
            ">regret",
        ],
        [_backtest_line(row, total) for row in total],
        f"means of {total[0]['compared']} choices that every way could still pay, at the prices of "
        "the week after; success is predicted, not executed, by scores of one vintage; regret: "
        "cost over the best choice's in hindsight",
    )
    workloads = sorted({row["workload"] for row in rows if row["workload"]})
    console.table(
        "The same by workload: $/1k tasks, and floors missed where any was",
        ["way of choosing", *(f">{name}" for name in workloads)],
        [_by_workload(row["strategy"], workloads, rows) for row in total],
    )


def _by_workload(strategy: str, workloads: list[str], rows: "Rows") -> list[str]:
    """Return a line with what a way of choosing costs in each workload."""
    from pipelines.words.language import english

    of = {row["workload"]: row for row in rows if row["strategy"] == strategy}
    return [english().name("strategy", strategy), *(_cell(of.get(name)) for name in workloads)]


def _cell(row: "Row | None") -> str:
    if row is None or row["usd_per_thousand_tasks"] is None:
        return "–"
    missed = f" ({row['floors_missed']} missed)" if row["floors_missed"] else ""
    return f"{row['usd_per_thousand_tasks']:,.2f}{missed}"


def _backtest_line(row: "Row", rows: "Rows") -> list[str]:
    """Return a line of the table, with its cost as a bar next to the number."""
    from pipelines.words.language import english

    most = max(one["usd_per_thousand_tasks"] for one in rows) or 1.0
    return [
        english().name("strategy", row["strategy"]),
        f"{row['usd_per_thousand_tasks']:,.2f}",
        "█" * max(1, round(24 * row["usd_per_thousand_tasks"] / most)),
        console.percent(row["predicted_success"]),
        f"{row['floors_missed']} of {row['choices']}",
        f"{row['floors_unknown']}",
        f"{row['switches']}",
        console.percent(row["regret"]),
    ]
