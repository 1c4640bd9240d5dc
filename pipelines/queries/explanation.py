"""Why this model, why not that one: the rows behind a route; their words are in `words.routing`."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pipelines.errors import RefusalError
from pipelines.queries.published import PRIVATE, Connection, Rows, query

Row = dict[str, Any]

CERTIFICATE = """
SELECT certificate.*, route.blocked_because
FROM marts.routing_certificate AS certificate
LEFT JOIN marts.routing_table AS route
    ON certificate.week = route.week AND certificate.workload = route.workload
    AND route.position = 0
WHERE certificate.week = ? AND certificate.workload = ?
"""
HISTORY = "FROM marts.routing_history WHERE week = ? AND workload = ?"

REMOVED = """
SELECT rule, models, models_left FROM marts.routing_rejection
WHERE week = ? AND workload = ? AND models > 0 ORDER BY place
"""

EXCLUDED = """
SELECT candidate.model_id, candidate.model_permaslug, candidate.rank, candidate.evidence,
    coalesce(candidate.rejected_because, 'below_floor') AS rule, candidate.admitting_tasks
FROM marts.routing_candidate AS candidate
LEFT JOIN marts.routing_option AS option
    ON candidate.week = option.week AND candidate.workload = option.workload
    AND candidate.model_id = option.model_id AND option.primary_preference = 1
WHERE candidate.week = ? AND candidate.workload = ? AND candidate.rank <= 10
    AND option.model_id IS NULL
ORDER BY candidate.rank, candidate.model_id
"""

INFERRED_QUALITY = """
SELECT coalesce(success_low, capability_low) AS quality_low FROM private.quality
WHERE week = ? AND workload = ? AND model_id = ?
"""

INFERRED_ADMISSION = """
SELECT model_id, tasks, evaluation_usd FROM private.admission
WHERE week = ? AND workload = ? AND is_inferred
"""

OPTIONS = """
SELECT preference, model_id, nullif(escalation_model_id, '') AS escalation_model_id,
    expected_cost_usd, cost_bucket, cost_p10, cost_p90, success_low, floor_probability, best_share
FROM marts.routing_option
WHERE week = ? AND workload = ? AND primary_preference = 1 ORDER BY preference
"""

CANDIDATE = """
SELECT model_id, rejected_because, evidence, success, success_low, capability_low,
    cost_per_task_usd, compared_cost_usd, is_promotion, weeks_adopted, weeks_known, rank
FROM marts.routing_candidate WHERE week = ? AND workload = ? AND ? IN (model_id, model_permaslug)
ORDER BY model_id <> ?, length(model_id), model_id LIMIT 1
"""

NEAREST = """
SELECT model_id FROM marts.routing_candidate
WHERE week = ? AND workload = ? AND jaro_winkler_similarity(model_id, ?) > 0.85
ORDER BY jaro_winkler_similarity(model_id, ?) DESC, model_id LIMIT 1
"""

BEST_CHOICE = """
SELECT model_id, nullif(escalation_model_id, '') AS escalation_model_id, expected_cost_usd,
    cost_bucket, quality_low, is_feasible
FROM marts.routing_option WHERE week = ? AND workload = ? AND model_id = ?
ORDER BY is_feasible DESC, CASE WHEN is_feasible THEN compared_cost_usd ELSE -quality_low END
LIMIT 1
"""

PROMOTED = """
SELECT model.model_id, model.cost_per_task_usd, model.compared_cost_usd,
    model.model_id IN (pick.model_id, pick.escalation_model_id) AS is_pick,
    coalesce(alone.cost_per_task_usd < pick.expected_cost_usd, FALSE) AS is_cheaper
FROM marts.routing_candidate AS model
INNER JOIN marts.routing_certificate AS pick
    ON model.week = pick.week AND model.workload = pick.workload
LEFT JOIN marts.routing_option AS alone
    ON model.week = alone.week AND model.workload = alone.workload
    AND model.model_id = alone.model_id AND alone.escalation_model_id = '' AND alone.is_feasible
WHERE model.week = ? AND model.workload = ? AND model.rejected_because IS NULL
    AND model.compared_cost_usd > model.cost_per_task_usd
ORDER BY model.cost_per_task_usd, model.model_id
"""
"""The candidates that are compared at the price before a promotion."""

BACKTEST = """
WITH choice AS (
    SELECT *, bool_and(cost_per_task_usd IS NOT NULL) OVER (PARTITION BY week, workload)
        AS is_comparable
    FROM marts.routing_backtest WHERE week BETWEEN ? AND ?
)
SELECT strategy, workload, count(DISTINCT week) AS weeks,
    1000 * avg(cost_per_task_usd) FILTER (WHERE is_comparable) AS usd_per_thousand_tasks,
    avg(success) FILTER (WHERE is_comparable) AS predicted_success,
    avg(regret) FILTER (WHERE is_comparable) AS regret,
    count(*) FILTER (WHERE is_comparable) AS compared,
    count(*) FILTER (WHERE NOT floor_is_kept) AS floors_missed,
    count(*) FILTER (WHERE floor_is_kept IS NULL) AS floors_unknown,
    count(*) FILTER (WHERE is_switch) AS switches, count(*) AS choices
FROM choice GROUP BY GROUPING SETS ((strategy), (strategy, workload))
ORDER BY usd_per_thousand_tasks, strategy, workload
"""


@dataclass(frozen=True)
class Explanation:
    """A workload's route in a week: its certificate, and the rows that belong to it."""

    certificate: Row
    history: Row
    removed: Rows
    """What each rule removed, in the order of the rules."""
    excluded: Rows
    """Models of the week's top ten that a rule keeps out, or that do not reach the floor."""
    promoted: Rows
    """Candidates at a price that has just fallen: whether each is of the pick, or cheaper."""
    options: Rows
    """The best choice of each primary, in the order of preference."""


@dataclass(frozen=True)
class ModelVerdict:
    """A model's row for a workload, and the best choice with it as the primary, if there is one."""

    candidate: Row
    best: Row | None


def explain(connection: Connection, week: date, workload: str) -> Explanation:
    """Return what stands behind a workload's route.

    Raises RefusalError naming the workloads there are, or that the week has no routes.
    """
    certificate = query(connection, CERTIFICATE, week, workload)
    if not certificate:
        known = query(connection, "SELECT workload FROM marts.workloads() ORDER BY workload")
        names = [row["workload"] for row in known]
        if workload not in names:
            raise RefusalError(f"no workload {workload!r}: workloads.yaml has {', '.join(names)}")
        raise RefusalError(f"the week {week} has no routes: it is incomplete or over a year old")
    (history,) = query(connection, HISTORY, week, workload)
    return Explanation(
        certificate=certificate[0],
        history=history,
        removed=query(connection, REMOVED, week, workload),
        excluded=query(connection, EXCLUDED, week, workload),
        promoted=query(connection, PROMOTED, week, workload),
        options=query(connection, OPTIONS, week, workload),
    )


def with_inferred(connection: Connection, found: Explanation) -> Explanation:
    """Return an explanation with what follows from third-party scores, for the home's user only.

    On a connection without the private tables, as of a copy for others, it stays as it was.
    """
    if not query(connection, "FROM duckdb_databases() WHERE database_name = ?", PRIVATE):
        return found
    certificate = found.certificate
    key = certificate["week"], certificate["workload"]
    admissions = {row["model_id"]: row for row in query(connection, INFERRED_ADMISSION, *key)}
    inferred = query(connection, INFERRED_QUALITY, *key, certificate["model_id"])
    changed = {}
    if certificate["quality_low"] is None and not certificate["escalation_model_id"] and inferred:
        changed["quality_low"] = inferred[0]["quality_low"]
    if admission := admissions.get(certificate["evaluation_model_id"]):
        changed |= {
            "evaluation_tasks": admission["tasks"],
            "evaluation_usd": admission["evaluation_usd"],
        }
    excluded = [
        {**row, "admitting_tasks": admissions[row["model_id"]]["tasks"]}
        if row["model_id"] in admissions
        else row
        for row in found.excluded
    ]
    return replace(found, certificate={**certificate, **changed}, excluded=excluded)


def judge_model(connection: Connection, week: date, workload: str, model: str) -> ModelVerdict:
    """Return what is known of a model for a workload; it is named by its id or as on the wire.

    Raises RefusalError for one that is not on offer that week, with the nearest name.
    """
    found = query(connection, CANDIDATE, week, workload, model, model)
    if not found:
        raise not_on_offer(connection, week, workload, model)
    best = query(connection, BEST_CHOICE, week, workload, found[0]["model_id"])
    return ModelVerdict(found[0], best[0] if best else None)


def not_on_offer(connection: Connection, week: date, workload: str, model: str) -> RefusalError:
    """Return that a week's catalogue has no such model, with the nearest name."""
    near = query(connection, NEAREST, week, workload, model, model)
    hint = f": did you mean {near[0]['model_id']}?" if near else ""
    return RefusalError(f"no model {model!r} in the catalogue of the week {week}{hint}")


def backtest(connection: Connection, first: date, last: date) -> Rows:
    """Return how each way of choosing fared in the weeks decided from `first` to `last`.

    A row is a strategy over all workloads (`workload` is None) or in one of them. USD for a
    thousand tasks and regret are means over the same weeks and workloads, those in which every
    choice could still be paid. All choices count for switches and floors.
    Raises RefusalError if there is no such week.
    """
    rows = query(connection, BACKTEST, first, last)
    if not any(row["compared"] for row in rows):
        (known,) = query(
            connection, "SELECT min(week) AS first, max(week) AS last FROM marts.routing_backtest"
        )
        raise RefusalError(
            f"no week of those requested can be tested: "
            f"those from {known['first']} to {known['last']} can"
        )
    return rows
