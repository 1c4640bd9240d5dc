"""What a workload would cost in a week: for the pick, the reserve, and what is in use now.

The models of `sql/` price variants of the workload (`rerun`), so that a forecast and the routing
table can never differ in a formula; the band comes from the same draws as the certificate's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypedDict, cast

import polars as pl
import pyarrow as pa

from pipelines.arrow import arrow_schema
from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.models.python.route_draws import route_draws
from pipelines.models.rerun import rerun
from pipelines.queries.explanation import judge_model
from pipelines.queries.published import Connection, Row, Rows, query, reading
from pipelines.reference.loader import load
from pipelines.reference.routing import Workload

CONTEXTS = (20_000, 50_000, 80_000)
"""Prompt tokens a request: measured agentic traffic runs from 40 to 108 thousand."""

SUBJECTS = """
SELECT 'pick' AS role, model_id, coalesce(escalation_model_id, '') AS escalation_model_id,
    0 AS place
FROM marts.routing_certificate
WHERE week = $week AND workload = $workload AND model_id IS NOT NULL
UNION ALL
SELECT 'reserve', reserve_model_id, '', 1
FROM marts.routing_table
WHERE week = $week AND workload = $workload AND position = 0 AND reserve_model_id IS NOT NULL
UNION ALL
SELECT 'in use before', previous_model_id, '', 2
FROM marts.routing_history WHERE week = $week AND workload = $workload AND action = 'switch'
UNION ALL
SELECT 'most used', model_id, '', 2 + row_number() OVER (ORDER BY tokens DESC, model_id)
FROM (
    SELECT *, count(*) FILTER (WHERE cost_per_task_usd > 0) OVER (
        ORDER BY tokens DESC, model_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS priced_before
    FROM marts.routing_candidate
    WHERE week = $week AND workload = $workload AND tokens IS NOT NULL
)
WHERE priced_before < 3
ORDER BY place
"""
"""The route of the routing table, and single models to compare it with: the most used three that
have a price, and those without one that are used more."""

PRICE_RISK = """
SELECT price_rise_share AS rise_share, price_rise_log AS rise_log,
    price_fall_share AS fall_share, price_fall_log AS fall_log
FROM marts.routing_certificate WHERE week = ? AND workload = ?
"""

PRICED = """
SELECT
    first.week, first.workload, shape.prompt_tokens, shape.output_tokens, shape.own_tasks,
    first.rejected_because,
    second.rejected_because AS second_rejected_because,
    first.model_id, $second AS escalation_model_id, first.throughput_p50,
    first.cost_per_task_usd, first.compared_cost_usd AS primary_compared_usd,
    first.output_cost_usd AS primary_output_usd, first.cache_gain_usd AS primary_cache_gain_usd,
    first.success AS primary_quality, first.success_sd AS primary_quality_sd,
    NULL::DOUBLE AS quality_floor,
    second.cost_per_task_usd AS escalation_cost_usd,
    second.compared_cost_usd AS escalation_compared_usd,
    second.output_cost_usd AS escalation_output_usd,
    second.cache_gain_usd AS escalation_cache_gain_usd,
    second.success AS escalation_quality, second.success_sd AS escalation_quality_sd
FROM marts.routing_candidate AS first
INNER JOIN marts.workloads() AS shape ON first.workload = shape.workload
LEFT JOIN marts.routing_candidate AS second
    ON first.week = second.week AND first.workload = second.workload AND second.model_id = $second
WHERE first.week = $week AND first.workload = $workload AND first.model_id = $model
"""


class Priced(TypedDict):
    """A task on a route: what PRICED returns of it, in part, with the parameters of a draw."""

    workload: str
    model_id: str
    escalation_model_id: str
    prompt_tokens: float
    output_tokens: int
    own_tasks: int | None
    cost_per_task_usd: float | None
    escalation_cost_usd: float | None
    throughput_p50: float | None
    rejected_because: str | None
    second_rejected_because: str | None


@dataclass(frozen=True)
class Forecast:
    """A week of a workload, or of a variant of it, on one route.

    Tokens and hours are the primary's, hours of completions one after another; None where the
    throughput was not snapshotted. Tokens of a task are those of so many `own_tasks`, or
    as written for None. USD include the escalation and are None where a model cannot carry the
    variant: `because` is the code of the rule.
    """

    role: str
    model_id: str
    escalation_model_id: str | None
    workload: str
    tasks_per_week: int
    tokens_per_week: int
    own_tasks: int | None
    usd_per_week_low: float | None
    usd_per_week_mid: float | None
    usd_per_week_high: float | None
    because: str | None
    hours_per_week: float | None


def forecast(
    database: Path,
    week: date,
    workload: str,
    tasks_per_day: int | None = None,
    against: list[str] | None = None,
    own_tokens: bool = False,
) -> list[Forecast]:
    """Return a forecast for each model and variant of the workload.

    Variants are the workload itself and all its requests at one of CONTEXTS prompt tokens; of own
    tasks, whose prompts are known, there is the workload itself only. `own_tokens` takes the
    tokens of a task from own usage whatever workloads.yaml says. Raises RefusalError naming a
    workload or model that is not known, and if there are no own tasks that are wanted.
    """
    own = paths.reference(database.parent)
    shape = shape_of(own, workload)
    if own_tokens:
        shape = shape.model_copy(update={"tokens_per_task": "own_usage"})
    tasks = 7 * (tasks_per_day or shape.tasks_per_day)
    with reading(database) as connection:
        subjects = _subjects(connection, week, workload, against or [])
        (parameters,) = query(connection, "FROM marts.parameters()")
        (risk,) = query(connection, PRICE_RISK, week, workload)
    variants = [shape]
    if shape.tokens_per_task == "written":
        variants += [_at_context(shape, tokens) for tokens in CONTEXTS]
    names = [variant.workload for variant in variants]
    replaced = {
        "reference.workloads": _as_table(variants),
        "reference.deploy_policy": for_variants(own, "deploy_policy", names),
        "reference.own_evaluation": for_variants(own, "own_evaluation", names),
    }
    of_week = f"week = DATE '{week}'"
    wanted = {"marts.routing_candidate", "marts.workloads"}
    with rerun(database, replaced, wanted, of_week) as connection:
        if own_tokens:
            _check_measured(connection, workload)
        return [
            one
            for subject in subjects
            for one in _variants(connection, week, names, subject, parameters | risk, tasks)
        ]


def _variants(
    connection: Connection, week: date, names: list[str], subject: Row, parameters: Row, tasks: int
) -> Iterator[Forecast]:
    """Yield the forecast of each variant on one route; of one without a price, only the first."""
    for name in names:
        priced = query(
            connection,
            PRICED,
            week=week,
            workload=name,
            model=subject["model_id"],
            second=subject["escalation_model_id"],
        )
        for row in priced:
            found = _forecast(subject["role"], cast("Priced", row | parameters), tasks)
            yield found
            if found.usd_per_week_mid is None:
                return


def shape_of(own: Path, workload: str) -> Workload:
    """Return a workload's entry in workloads.yaml; RefusalError naming those there are."""
    rows = load("workloads", own).to_pylist()
    found = [row for row in rows if row["workload"] == workload]
    if not found:
        known = ", ".join(row["workload"] for row in rows)
        raise RefusalError(f"no workload {workload!r}: workloads.yaml contains {known}")
    return Workload.model_validate(found[0])


def for_variants(own: Path, table: str, names: list[str]) -> pa.Table:
    """Return a reference table in which what holds for the workload, named first, holds for all."""
    rows = load(table, own)
    repeated = [
        {**row, "workload": name}
        for row in rows.to_pylist()
        for name in (names if row["workload"] == names[0] else [row["workload"]])
    ]
    return pa.Table.from_pylist(repeated, schema=rows.schema)


def _at_context(shape: Workload, tokens: int) -> Workload:
    """Return the workload with every request at one length of the prompt."""
    return shape.model_copy(
        update={
            "workload": f"{shape.workload} at {tokens // 1000}K",
            "context_start_tokens": tokens,
            "context_end_tokens": tokens,
        }
    )


def _as_table(workloads: list[Workload]) -> pa.Table:
    rows = [workload.model_dump() for workload in workloads]
    return pa.Table.from_pylist(rows, schema=arrow_schema(Workload))


def _subjects(connection: Connection, week: date, workload: str, against: list[str]) -> Rows:
    """Return the models to forecast, named as `explain` names them.

    Raises RefusalError for one that is not on offer that week, with the nearest name.
    """
    judged = [judge_model(connection, week, workload, model) for model in against]
    if not query(
        connection,
        "SELECT 1 FROM marts.routing_certificate WHERE week = ? AND workload = ?",
        week,
        workload,
    ):
        raise RefusalError(f"the week {week} has no routes: it is incomplete or over a year old")
    found = query(connection, SUBJECTS, week=week, workload=workload)
    return found + [
        {"role": "named", "model_id": one.candidate["model_id"], "escalation_model_id": ""}
        for one in judged
    ]


def _check_measured(connection: Connection, workload: str) -> None:
    """Raise RefusalError unless there are own tasks of the workload."""
    if not query(
        connection,
        "SELECT 1 FROM marts.workloads() WHERE workload = ? AND own_tasks IS NOT NULL",
        workload,
    ):
        raise RefusalError(
            f"no own tasks of {workload} are published: give labels to it in "
            "reference/usage_workload.csv of the home, and run `tokenhouse run`"
        )


def _forecast(role: str, priced: Priced, tasks: int) -> Forecast:
    """Return one line of the forecast from the price of a task on a route."""
    costs = [priced["cost_per_task_usd"]]
    if priced["escalation_model_id"]:
        costs.append(priced["escalation_cost_usd"])
    low = mid = high = None
    if None not in costs:
        ((*_, low, mid, high, _),) = route_draws(pl.DataFrame([priced])).rows()
    prompts, completions = round(priced["prompt_tokens"]), priced["output_tokens"]
    seconds = priced["throughput_p50"] and completions / priced["throughput_p50"]
    return Forecast(
        role=role,
        model_id=priced["model_id"],
        escalation_model_id=priced["escalation_model_id"] or None,
        workload=priced["workload"],
        tasks_per_week=tasks,
        tokens_per_week=tasks * (prompts + completions),
        own_tasks=priced["own_tasks"],
        usd_per_week_low=low and tasks * low,
        usd_per_week_mid=mid and tasks * mid,
        usd_per_week_high=high and tasks * high,
        because=priced["rejected_because"] or priced["second_rejected_because"],
        hours_per_week=seconds and tasks * seconds / 3600,
    )
