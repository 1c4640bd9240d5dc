"""What own evaluations do to routes: the models run again over the newest week (`rerun`).

No rule of admission is repeated here: a model is worth evaluating if the models of `sql/` admit it
once it has passed enough tasks.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.arrow import arrow_schema
from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.database import literal
from pipelines.models.rerun import rerun
from pipelines.queries.forecast import for_variants, shape_of
from pipelines.queries.published import Connection, Row, Rows, query, reading
from pipelines.reference.routing import OwnEvaluation, Workload

NUMBERS = (*range(1, 41), *range(42, 101, 2), *range(110, 301, 10))
"""Numbers of tasks that are tried; a model that needs more is not worth evaluating."""

TOLERANCE = 1e-9
"""Of a product that should be whole: 0.29 times 100 is a little less than 29."""

DAYS_PER_MONTH = 30

DECIDED = timedelta(days=7)
"""From a week's Monday to the day on which its routes are chosen."""

PICK = """
SELECT certificate.quality_floor, certificate.evaluation_model_id, option.compared_cost_usd
FROM marts.routing_certificate AS certificate
LEFT JOIN marts.routing_option AS option
    ON certificate.week = option.week AND certificate.workload = option.workload
    AND certificate.model_id = option.model_id
    AND coalesce(certificate.escalation_model_id, '') = option.escalation_model_id
WHERE certificate.week = ? AND certificate.workload = ?
"""

CHEAPER = """
SELECT candidate.model_id, candidate.evidence, candidate.cost_per_task_usd,
    candidate.compared_cost_usd
FROM marts.routing_candidate AS candidate
LEFT JOIN marts.routing_option AS option
    ON candidate.week = option.week AND candidate.workload = option.workload
    AND candidate.model_id = option.model_id AND option.escalation_model_id = ''
WHERE candidate.week = $week AND candidate.workload = $workload
    AND candidate.cost_per_task_usd IS NOT NULL
    AND NOT coalesce(option.is_feasible, FALSE)
    AND ($most IS NULL OR candidate.compared_cost_usd < $most)
ORDER BY candidate.compared_cost_usd, candidate.model_id
"""

ADMITTED = """
SELECT verdict.model_id, min(cast(split_part(verdict.workload, ' after ', 2) AS BIGINT)) AS tasks
FROM marts.route_verdicts() AS verdict
INNER JOIN private.quality AS quality
    ON verdict.week = quality.week AND verdict.workload = quality.workload
    AND verdict.model_id = quality.model_id
WHERE verdict.rejected_because IS NULL AND quality.success_low >= $floor
GROUP BY verdict.model_id
"""

SEATS = """
SELECT workload, position, role, model_id FROM marts.routing_table
WHERE week = $week ORDER BY workload, position
"""

MODELS = """
SELECT workload, model_id, evidence, success_low, rejected_because FROM marts.routing_candidate
WHERE week = $week
"""


@dataclass(frozen=True)
class Worthwhile:
    """A model that would be cheaper than the pick, if it held: what evaluating it needs and saves.

    `tasks` are those needed at the pass rate, each tried once for `evaluation_usd`, and `passed`
    how many of them that is, in whole tasks. The saving is of a month at the workload's volume
    against the pick, None where no model carries the work. `is_likeliest`: `explain` names its
    evaluation as the one that is likeliest to pay.
    """

    model_id: str
    evidence: str | None
    cost_per_task_usd: float
    tasks: int
    passed: int
    evaluation_usd: float
    saving_usd_per_month: float | None
    is_likeliest: bool


@dataclass(frozen=True)
class Change:
    """What own evaluations change for a workload in the newest week, as if it was chosen now."""

    workload: str
    before: Rows
    """Its seats in the routing table, as published."""
    after: Rows
    models: Rows
    """The models evaluated: evidence, lower bound and rule that keeps it out, before and after."""


def worth_evaluating(
    database: Path, week: date, workload: str, pass_rate: float, tasks_per_day: int | None = None
) -> list[Worthwhile]:
    """Return the models worth evaluating for a workload, those that save most first.

    Raises RefusalError naming a workload that is not known, or whose floor no evaluation can reach.
    """
    own = paths.reference(database.parent)
    shape = Workload.model_validate(shape_of(own, workload))
    if not shape.benchmarks:
        raise RefusalError(f"{workload}: its floor is a place on the index, which no task measures")
    with reading(database) as connection:
        pick = query(connection, PICK, week, workload)
        if not pick:
            raise RefusalError(
                f"the week {week} has no routes: it is incomplete or over a year old"
            )
        most = pick[0]["compared_cost_usd"]
        cheaper = query(connection, CHEAPER, week=week, workload=workload, most=most)
    models = [row["model_id"] for row in cheaper]
    needed = _needed(database, week, shape, models, pass_rate, pick[0]["quality_floor"])
    volume = DAYS_PER_MONTH * (tasks_per_day or shape.tasks_per_day)
    return [
        Worthwhile(
            model_id=row["model_id"],
            evidence=row["evidence"],
            cost_per_task_usd=row["cost_per_task_usd"],
            tasks=needed[row["model_id"]],
            passed=passed_of(needed[row["model_id"]], pass_rate),
            evaluation_usd=needed[row["model_id"]] * row["cost_per_task_usd"],
            saving_usd_per_month=None
            if most is None
            else volume * (most - row["compared_cost_usd"]),
            is_likeliest=row["model_id"] == pick[0]["evaluation_model_id"],
        )
        for row in cheaper
        if row["model_id"] in needed
    ]


def passed_of(tasks: int, pass_rate: float) -> int:
    """Return how many whole tasks are at most this share: of two tasks nobody passes 90%."""
    return math.floor(pass_rate * tasks + TOLERANCE)


def _needed(
    database: Path, week: date, shape: Workload, models: list[str], pass_rate: float, floor: float
) -> dict[str, int]:
    """Return how many tasks each model must be tried on to be admitted, if there is such a number.

    Each number is a variant of the workload in which every model has passed so many of its tasks.
    """
    own = paths.reference(database.parent)
    numbers = {f"{shape.workload} after {number}": number for number in NUMBERS}
    names = [shape.workload, *numbers]
    known = for_variants(own, "own_evaluation", names)
    tried = [
        OwnEvaluation(
            workload=name,
            model_id=model,
            tasks=number,
            passed=passed_of(number, pass_rate),
            source="supposed",
            recorded_on=week + DECIDED,
        ).model_dump()
        for name, number in numbers.items()
        for model in models
    ]
    replaced = {
        "reference.workloads": pa.Table.from_pylist(
            [{**shape.model_dump(), "workload": name} for name in numbers],
            schema=arrow_schema(Workload),
        ),
        "reference.deploy_policy": for_variants(own, "deploy_policy", names),
        "reference.own_evaluation": pa.concat_tables(
            [known, pa.Table.from_pylist(tried, schema=known.schema)]
        ),
    }
    listed = ", ".join(map(literal, models)) or "NULL"
    offers = f"week = DATE '{week}' AND model_id IN ({listed})"
    wanted = {"marts.route_verdicts", "private.quality"}
    with rerun(database, replaced, wanted, offers) as connection:
        rows = query(connection, ADMITTED, floor=floor)
    return {row["model_id"]: row["tasks"] for row in rows}


def changes(
    database: Path,
    week: date,
    own: Iterable[Mapping[str, Any]],
    subjects: Iterable[tuple[str, str]],
) -> list[Change]:
    """Return what own evaluations change in a week's routes, as if known when they were chosen.

    `own` are the rows of own_evaluation.csv, `subjects` the workloads and models that are new.
    """
    known = [{**row, "recorded_on": min(row["recorded_on"], week + DECIDED)} for row in own]
    rows = pa.Table.from_pylist(known, schema=arrow_schema(OwnEvaluation))
    wanted = {"marts.routing_table", "marts.routing_candidate"}
    with reading(database) as connection:
        before = _routing(connection, week)
    replaced = {"reference.own_evaluation": rows}
    with rerun(database, replaced, wanted, f"week = DATE '{week}'") as connection:
        after = _routing(connection, week)
    of_workload: dict[str, list[str]] = {}
    for workload, model in sorted(set(subjects)):
        of_workload.setdefault(workload, []).append(model)
    return [
        Change(
            workload=workload,
            before=before[0].get(workload, []),
            after=after[0][workload],
            models=[
                {"model_id": model, "before": before[1].get((workload, model)), "after": found}
                for model in models
                if (found := after[1].get((workload, model)))
            ],
        )
        for workload, models in of_workload.items()
        if workload in after[0]
    ]


def _routing(
    connection: Connection, week: date
) -> tuple[dict[str, Rows], dict[tuple[str, str], Row]]:
    """Return a week's seats by workload, and each model's verdict by workload and model."""
    seats: dict[str, Rows] = {}
    for row in query(connection, SEATS, week=week):
        seats.setdefault(row["workload"], []).append(row)
    verdicts = query(connection, MODELS, week=week)
    return seats, {(row["workload"], row["model_id"]): row for row in verdicts}
