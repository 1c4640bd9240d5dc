"""Explain a route."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, Workload, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.explanation import Explanation


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
    from pipelines.queries.published import published_week, query, reading
    from pipelines.queries.sample_database import readable
    from pipelines.words import routing
    from pipelines.words.language import english

    with reading(readable(settings()), with_private=True) as connection:
        chosen = published_week(connection, week)["week"]
        found = explanation.explain(connection, chosen, workload)
        found = explanation.with_inferred(connection, found)
        judged = model and explanation.judge_model(connection, chosen, workload, model)
        known = query(connection, "FROM marts.workloads() WHERE workload = ?", workload)
    verdict = routing.verdict(english(), judged, found) if judged else None
    lines = routing.certificate(english(), found)
    if json:
        because = verdict or lines
        rows = asdict(judged or found)
        answer = {"week": chosen, "workload": workload, "because": because, **rows}
        console.as_json(answer, [judged.candidate] if judged else None)
        return
    if verdict:
        console.paragraph(verdict)
    if not judged or judged.candidate["model_id"] == found.certificate["model_id"]:
        for code, text in lines.items():
            console.paragraph(f"{english().say(f'routing.line.{code}')}: {text}")
    if not judged:
        _show_tables(found)
        _show_place([workload for row in known if row.get("is_unattended")])


def _show_place(unattended: list[str]) -> None:
    """Print that the gateway's place does not suit a workload that runs while nobody watches."""
    from datetime import UTC, datetime

    from pipelines.runbook import deployment
    from pipelines.words import runbook as words
    from pipelines.words.language import english

    for line in words.unsuited(english(), unattended, deployment.of(settings(), datetime.now(UTC))):
        console.paragraph(line)


def _show_tables(found: "Explanation") -> None:
    from pipelines.words import routing
    from pipelines.words.language import english

    console.table(
        "What each rule removed, in their order",
        ["rule", ">models", ">left"],
        [
            [routing.rule(english(), row["rule"]), f"{row['models']}", f"{row['models_left']}"]
            for row in found.removed
        ],
    )
    console.table(
        "Primaries that reach the floor, in the order of preference",
        [">#", "model", ">$/task", ">80% of draws", ">reached", ">cheapest"],
        [
            [
                f"{row['preference']}",
                " → ".join(filter(None, (row["model_id"], row["escalation_model_id"]))),
                f"{row['expected_cost_usd']:.5f}",
                f"{row['cost_p10']:.5f}–{row['cost_p90']:.5f}",
                console.percent(row["floor_probability"]),
                console.percent(row["best_share"]),
            ]
            for row in found.options
        ],
        "reached: draws that reach the floor; cheapest: draws in which no other primary is cheaper",
    )
