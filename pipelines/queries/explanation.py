"""Why this model, why not that one: what the certificate of a route says, for people."""

from datetime import date
from typing import Any

from pipelines.errors import RefusalError
from pipelines.queries.published import Connection, Rows, query

OPTIONS = """
SELECT preference, model_id, nullif(escalation_model_id, '') AS escalation_model_id,
    expected_cost_usd, cost_p10, cost_p90, success_low, floor_probability, best_share
FROM core.route_option
WHERE week = ? AND workload = ? AND primary_preference = 1 ORDER BY preference
"""

VERDICT = """
SELECT model_id, rejected_because, evidence, success, success_low, capability_low,
    cost_per_task_usd, weeks_adopted, weeks_known, rank
FROM core.route_candidate WHERE week = ? AND workload = ? AND model_id = ?
"""

BEST_PAIR = """
SELECT nullif(escalation_model_id, '') AS escalation_model_id, expected_cost_usd, success_low,
    is_feasible
FROM core.route_pair WHERE week = ? AND workload = ? AND model_id = ?
ORDER BY is_feasible DESC, CASE WHEN is_feasible THEN expected_cost_usd ELSE -success_low END
LIMIT 1
"""


def explain(connection: Connection, week: date, workload: str) -> dict[str, Any]:
    """Return a workload's certificate, what each rule removed, and the primaries in their order.

    Raises RefusalError naming the workloads there are.
    """
    found = query(
        connection,
        "SELECT data.*, text.certificate FROM marts.routing_certificate AS data "
        "INNER JOIN marts.routing_explanation AS text "
        "ON data.week = text.week AND data.workload = text.workload "
        "WHERE data.week = ? AND data.workload = ?",
        week,
        workload,
    )
    if not found:
        known = query(connection, "SELECT workload FROM staging.workload ORDER BY workload")
        names = [row["workload"] for row in known]
        if workload not in names:
            raise RefusalError(f"no workload {workload!r}: workloads.yaml holds {', '.join(names)}")
        raise RefusalError(f"the week {week} has no routes: it is incomplete or over a year old")
    removed = query(
        connection,
        "SELECT rule, models, models_left FROM marts.routing_rejection "
        "WHERE week = ? AND workload = ? AND models > 0 ORDER BY place",
        week,
        workload,
    )
    return {**found[0], "removed": removed, "options": query(connection, OPTIONS, week, workload)}


def explain_model(connection: Connection, week: date, workload: str, model: str) -> dict[str, Any]:
    """Return why a model carries a workload or not, as data and one sentence.

    The model is named by its id or as on the wire. Raises RefusalError for one that is not on offer
    that week.
    """
    pick = explain(connection, week, workload)
    named = query(
        connection,
        "SELECT model_id FROM core.route_offer WHERE week = ? AND model_permaslug = ?",
        week,
        model,
    )
    model = named[0]["model_id"] if named else model
    verdicts = query(connection, VERDICT, week, workload, model)
    if not verdicts:
        near = query(
            connection,
            "SELECT model_id FROM core.route_offer WHERE week = ? "
            "AND jaro_winkler_similarity(model_id, ?) > 0.85 "
            "ORDER BY jaro_winkler_similarity(model_id, ?) DESC, model_id LIMIT 1",
            week,
            model,
            model,
        )
        raise RefusalError(
            f"no model {model!r} in the catalogue of the week {week}"
            + (f": did you mean {near[0]['model_id']}?" if near else "")
        )
    pairs = query(connection, BEST_PAIR, week, workload, model)
    answer = {**verdicts[0], "best_pair": pairs[0] if pairs else None, "pick": pick["model_id"]}
    return {**answer, "because": _because(answer, pick)}


def _because(model: dict[str, Any], pick: dict[str, Any]) -> str:
    """Return the reason in one sentence."""
    name, pair = model["model_id"], model["best_pair"]
    if name == pick["model_id"]:
        return f"{name} is the pick. {pick['certificate']}"
    if model["rejected_because"]:
        return f"{name} is no candidate: {model['rejected_because']}."
    if pair is None or not pair["is_feasible"]:
        reached = pair["success_low"] if pair else None
        best = "" if reached is None else f", its best pair reaches {reached:.3f}"
        return f"{name} reaches the floor of {pick['quality_floor']} with no escalation{best}."
    own = pick["expected_cost_usd"]
    more = f"{pair['expected_cost_usd'] / own - 1:+.1%}" if own else "more"
    escalation = f" with {pair['escalation_model_id']}" if pair["escalation_model_id"] else ""
    return (
        f"{name}{escalation} would cost {pair['expected_cost_usd']:.5f} USD a task, "
        f"{more} against the pick {pick['model_id']}."
    )


def backtest(connection: Connection, first: date, last: date) -> Rows:
    """Return how each way of choosing fared in the weeks decided from `first` to `last`.

    USD for a thousand tasks and regret are means over the same weeks and workloads, those in which
    every choice could still be paid; all choices count for switches and floors.
    Raises RefusalError if there is no such week.
    """
    rows = query(
        connection,
        """
        WITH choice AS (
            SELECT *, bool_and(cost_per_task_usd IS NOT NULL) OVER (PARTITION BY week, workload)
                AS is_comparable
            FROM marts.routing_backtest WHERE week BETWEEN ? AND ?
        )
        SELECT strategy, count(DISTINCT week) AS weeks,
            1000 * avg(cost_per_task_usd) FILTER (WHERE is_comparable) AS usd_per_thousand_tasks,
            avg(success) FILTER (WHERE is_comparable) AS predicted_success,
            avg(regret) FILTER (WHERE is_comparable) AS regret,
            count(*) FILTER (WHERE is_comparable) AS compared,
            count(*) FILTER (WHERE NOT floor_is_kept) AS floors_missed,
            count(*) FILTER (WHERE floor_is_kept IS NULL) AS floors_unknown,
            count(*) FILTER (WHERE is_switch) AS switches, count(*) AS choices
        FROM choice GROUP BY strategy ORDER BY usd_per_thousand_tasks, strategy
        """,
        first,
        last,
    )
    if not any(row["compared"] for row in rows):
        known = query(
            connection, "SELECT min(week) AS first, max(week) AS last FROM marts.routing_backtest"
        )[0]
        raise RefusalError(
            f"no week of those asked for can be tested: "
            f"those from {known['first']} to {known['last']} can"
        )
    return rows
