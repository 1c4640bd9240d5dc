"""What a workload would cost in a week: for the pick, the reserve, and what is in use now.

The models of `sql/` price variants of the workload (`rerun`), so that a forecast and the routing
table can never differ in a formula; the band comes from the same draws as the certificate's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.models.python.task_draws import MODEL, Models, Streams, percentiles
from pipelines.models.rerun import ADMISSIONS, rerun
from pipelines.queries.explanation import judge_model
from pipelines.queries.published import Connection, Row, Rows, query
from pipelines.reference.checked import load

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
WITH subject AS (SELECT unnest($subjects, recursive := TRUE)),
variant AS (
    SELECT unnest($names) AS workload, generate_subscripts($names, 1) AS number
)
SELECT
    first.workload, subject.place, subject.role,
    shape.prompt_tokens, shape.output_tokens, shape.own_tasks,
    coalesce(first.rejected_because, second.rejected_because) AS because,
    subject.model_id, subject.escalation_model_id, first.throughput_p50,
    first.cost_per_task_usd, first.compared_cost_usd AS primary_compared_usd,
    first.output_cost_usd AS primary_output_usd, first.cache_gain_usd AS primary_cache_gain_usd,
    first.success AS primary_quality, first.success_sd AS primary_quality_sd,
    second.cost_per_task_usd AS escalation_cost_usd,
    second.compared_cost_usd AS escalation_compared_usd,
    second.output_cost_usd AS escalation_output_usd,
    second.cache_gain_usd AS escalation_cache_gain_usd,
    second.success AS escalation_quality, second.success_sd AS escalation_quality_sd
FROM subject
CROSS JOIN variant
INNER JOIN marts.routing_candidate AS first
    ON subject.model_id = first.model_id AND variant.workload = first.workload
INNER JOIN marts.workloads() AS shape ON first.workload = shape.workload
LEFT JOIN marts.routing_candidate AS second
    ON first.week = second.week AND first.workload = second.workload
    AND second.model_id = subject.escalation_model_id
WHERE first.week = $week
ORDER BY subject.place, variant.number
"""
"""A task of each variant on each route; a model that is no longer offered has no row."""


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
    connection: Connection,
    database: Path,
    week: date,
    workload: str,
    tasks_per_day: int | None = None,
    against: list[str] | None = None,
    own_tokens: bool = False,
) -> list[Forecast]:
    """Return a forecast for each model and variant of the workload.

    `connection` reads the database, which must be a whole one. Variants are the workload itself and
    all its requests at one of CONTEXTS prompt tokens; of own tasks, whose prompts are known, there
    is the workload itself only. `own_tokens` takes the tokens of a task from own usage whatever
    workloads.yaml says. Raises RefusalError naming a workload or model that is not known, and if
    there are no own tasks that are wanted.
    """
    own = paths.reference(database.parent)
    shape = shape_of(own, workload)
    if own_tokens:
        shape = {**shape, "tokens_per_task": "own_usage"}
    tasks = 7 * (tasks_per_day or shape["tasks_per_day"])
    subjects = _subjects(connection, week, workload, against or [])
    (parameters,) = query(connection, "FROM marts.parameters()")
    (risk,) = query(connection, PRICE_RISK, week, workload)
    variants = [shape]
    if shape["tokens_per_task"] == "written":
        variants += [_at_context(shape, tokens) for tokens in CONTEXTS]
    names = [variant["workload"] for variant in variants]
    replaced = {
        "reference.workloads": pa.Table.from_pylist(variants, schema=load("workloads", own).schema),
        "reference.deploy_policy": for_variants(own, "deploy_policy", names),
        "reference.own_evaluation": for_variants(own, "own_evaluation", names),
    }
    of_week = f"week = DATE '{week}'"
    wanted = {"marts.routing_candidate", "marts.workloads"}
    with rerun(database, replaced, wanted, of_week, kept={ADMISSIONS}) as variants_of:
        if own_tokens:
            _check_measured(variants_of, workload)
        if not subjects:
            return []
        priced = query(variants_of, PRICED, week=week, subjects=subjects, names=names)
    by_route = groupby(priced, itemgetter("place"))
    rows = [row for _, of_route in by_route for row in _until_unpriced(of_route)]
    bands = _bands(rows, parameters | risk)
    return [_forecast(row, band, tasks) for row, band in zip(rows, bands, strict=True)]


def _until_unpriced(variants: Iterable[Row]) -> Iterator[Row]:
    """Yield the variants on one route; of those without a price, only the first."""
    for variant in variants:
        yield variant
        if None in _costs(variant):
            return


def _costs(priced: Row) -> list[Any]:
    """Return the list price of a task on each model of a route, in USD."""
    pair = priced["cost_per_task_usd"], priced["escalation_cost_usd"]
    return [*pair[: len(_models(priced))]]


def _models(priced: Row) -> list[str]:
    return [*filter(None, (priced["model_id"], priced["escalation_model_id"]))]


def shape_of(own: Path, workload: str) -> Row:
    """Return a workload's entry in workloads.yaml; RefusalError naming those there are."""
    rows: Rows = load("workloads", own).to_pylist()
    found = [row for row in rows if row["workload"] == workload]
    if not found:
        known = ", ".join(row["workload"] for row in rows)
        raise RefusalError(f"no workload {workload!r}: workloads.yaml contains {known}")
    return found[0]


def for_variants(own: Path, table: str, names: list[str]) -> pa.Table:
    """Return a reference table in which what holds for the workload, named first, holds for all."""
    rows = load(table, own)
    repeated = [
        {**row, "workload": name}
        for row in rows.to_pylist()
        for name in (names if row["workload"] == names[0] else [row["workload"]])
    ]
    return pa.Table.from_pylist(repeated, schema=rows.schema)


def _at_context(shape: Row, tokens: int) -> Row:
    """Return the workload with every request at one length of the prompt."""
    return {
        **shape,
        "workload": f"{shape['workload']} at {tokens // 1000}K",
        "context_start_tokens": tokens,
        "context_end_tokens": tokens,
    }


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
    found += [
        {"role": "named", "model_id": one.candidate["model_id"], "escalation_model_id": ""}
        for one in judged
    ]
    return [{**one, "place": place} for place, one in enumerate(found)]


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


def _bands(rows: Rows, parameters: Row) -> Iterator[list[float | None]]:
    """Yield the low, mid and high cost of a task in USD; None where a model has no price."""
    streams = Streams({name for row in rows for name in _models(row)}, parameters)
    for row in rows:
        names, costs = _models(row), _costs(row)
        if None in costs:
            yield [None, None, None]
            continue
        roles = ("primary", "escalation")[: len(names)]
        known = {name: [row[f"{role}_{name}"] or 0 for role in roles] for name in MODEL}
        models = Models(names, {**known, "list_usd": costs})
        is_pair = np.array([len(names) > 1])
        drawn = streams.draw(models, [0], [len(names) - 1], is_pair, parameters)
        yield percentiles(drawn.expected(np.array([0])))[0].tolist()


def _forecast(priced: Row, band: list[float | None], tasks: int) -> Forecast:
    """Return one line of the forecast from the price of a task on a route."""
    low, mid, high = band
    prompts, completions = round(priced["prompt_tokens"]), priced["output_tokens"]
    seconds = priced["throughput_p50"] and completions / priced["throughput_p50"]
    return Forecast(
        role=priced["role"],
        model_id=priced["model_id"],
        escalation_model_id=priced["escalation_model_id"] or None,
        workload=priced["workload"],
        tasks_per_week=tasks,
        tokens_per_week=tasks * (prompts + completions),
        own_tasks=priced["own_tasks"],
        usd_per_week_low=low and tasks * low,
        usd_per_week_mid=mid and tasks * mid,
        usd_per_week_high=high and tasks * high,
        because=priced["because"],
        hours_per_week=seconds and tasks * seconds / 3600,
    )
