"""What the runbook of a week contains, as codes and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pipelines.drill import card
from pipelines.drill.card import Card
from pipelines.errors import RefusalError
from pipelines.exports import delivered, delivery, hold, routing_reader
from pipelines.exports.hold import Hold
from pipelines.exports.route_changes import RouteChange, route_changes
from pipelines.exports.routing_document import RoutingDocument
from pipelines.gateways import watch
from pipelines.probes import gate, log
from pipelines.probes.facts import Probe
from pipelines.probes.gate import Check
from pipelines.queries.published import Rows, query, reading
from pipelines.runbook import checklist, deployment
from pipelines.runbook.checklist import Evidence
from pipelines.runbook.deployment import Deployment
from pipelines.settings import Settings

MOVES = """
WITH suited AS (
    SELECT
        candidate.model_permaslug,
        string_agg(DISTINCT candidate.workload, ', ' ORDER BY candidate.workload) AS worth_for
    FROM marts.routing_candidate AS candidate
    INNER JOIN marts.routing_provider AS provider
        ON
            candidate.week = provider.week AND candidate.workload = provider.workload
            AND provider.is_allowed
    WHERE
        candidate.week = $week AND candidate.permission = 'allowed'
        AND coalesce(candidate.rejected_because, 'not_adopted')
        IN ('listed_too_recently', 'no_quality_evidence', 'not_adopted')
    GROUP BY candidate.model_permaslug
)

SELECT
    move.top_n, move.move, move.model_permaslug, move.rank, move.previous_rank, suited.worth_for
FROM marts.rank_moves AS move
LEFT JOIN suited ON move.model_permaslug = suited.model_permaslug
WHERE move.week = $week
ORDER BY move.top_n, coalesce(move.rank, move.previous_rank), move.model_permaslug
"""
"""Moves of the week. An evaluation is worth its effort where a model can do the work and may see
the data, and lacks only time on the market, use or evidence."""

COMPARED = """
SELECT count(*) = 2 AS is_compared FROM marts.weekly_total
WHERE
    week BETWEEN $week - INTERVAL 7 DAY AND $week
    AND is_complete AND source = 'daily_rows'
"""
"""Whether the week can be compared with the one before."""

REVIEWED = """
SELECT kind, name, data_class, reviewed_on FROM marts.compliance()
WHERE reviewed_on < $before ORDER BY reviewed_on, kind, name, data_class
"""

PACE = """
WITH measured AS (
    SELECT
        model_permaslug,
        1000 * sum(completion_tokens) / sum(requests * p50_ms) AS tokens_per_second
    FROM marts.weekly_usage
    WHERE
        week = (SELECT max(week) FROM marts.weekly_usage)
        AND completion_tokens > 0 AND p50_ms > 0
    GROUP BY model_permaslug
),

hop AS (
    SELECT
        route.workload,
        route.role,
        workload.output_tokens
        / nullif(coalesce(measured.tokens_per_second, candidate.throughput_p50), 0)
            AS task_seconds
    FROM marts.routing_table AS route
    INNER JOIN marts.workloads() AS workload ON route.workload = workload.workload
    LEFT JOIN marts.routing_candidate AS candidate
        ON
            route.week = candidate.week
            AND route.workload = candidate.workload
            AND route.model_id = candidate.model_id
    LEFT JOIN measured ON route.model_permaslug = measured.model_permaslug
    WHERE route.week = $week AND route.role IN ('primary', 'fallback')
),

own AS (
    SELECT
        forecast.workload,
        forecast.tasks,
        forecast.tokens_ratio,
        (
            SELECT max(tph.active_hours) FROM marts.usage_tph AS tph
            WHERE tph.week = forecast.week
        ) AS active_hours
    FROM marts.usage_forecast AS forecast
    WHERE forecast.week = (SELECT max(week) FROM marts.usage_forecast)
)

SELECT
    hop.workload,
    max(hop.task_seconds) FILTER (WHERE hop.role = 'primary') AS task_seconds,
    CASE
        WHEN
            bool_and(hop.task_seconds IS NOT NULL) FILTER (WHERE hop.role = 'fallback')
            THEN max(hop.task_seconds) FILTER (WHERE hop.role = 'fallback')
    END AS slowest_seconds,
    max(own.tokens_ratio) AS tokens_ratio,
    max(own.tasks / nullif(own.active_hours, 0)) AS tasks_per_hour
FROM hop LEFT JOIN own ON hop.workload = own.workload
GROUP BY hop.workload
HAVING max(hop.task_seconds) FILTER (WHERE hop.role = 'primary') IS NOT NULL
ORDER BY hop.workload
"""
"""How long the models of a chain write the completions of a task, one request after the other.

The throughput is that of own usage (completions of the newest week over the time that its requests
took at their median latency), else that of the catalogue. Which fallback is the slowest is known if
the throughput of all of them is. Own usage also says how many times the
forecast's tokens a task really has, and how many tasks begin in an active hour.
"""

OWN_PACE = """
SELECT
    week, scope, active_p50, peak,
    CASE WHEN peak > active_p50 THEN active_p50 / (peak - active_p50) END AS hours_behind
FROM marts.usage_tph
WHERE week = (SELECT max(week) FROM marts.usage_tph) ORDER BY scope
"""
"""What waits after an hour without the gateway, and for how long.

It is processed in addition to the usual tokens, at the rate of the fullest hour: the highest that
is known to be possible.
"""

REVIEW_DAYS = 180
"""After so many days a row of the compliance matrix is due for a review."""


@dataclass(frozen=True)
class Runbook:
    """Everything that the page shows.

    `items` are ticked where they are true; None is unknown. `is_compared` is whether the week
    before is known, and `findings` are None if no configuration is named. `best` is each workload's
    primary if there were no hysteresis. `held` is the hold of the exports, `previous_run` the run
    that a rollback restores. `latencies` are those of the primaries, p99 in seconds.
    """

    week: date
    run_id: str
    citation: str
    items: Mapping[str, bool | None]
    is_compared: bool
    moves: Rows
    entrants: Rows
    due: Rows
    findings: Sequence[str] | None
    card: Card | None
    changes: Sequence[RouteChange]
    best: Mapping[str, str | None]
    held: Hold | None
    previous_run: str | None
    unattended: Sequence[str]
    paces: Rows
    own_paces: Rows
    hours_down: float
    round_trips: Sequence[Probe]
    latencies: Mapping[str, float | None]
    synced_at: str | None
    checks: Sequence[Check]
    deployment: Deployment | None


def read(settings: Settings, now: datetime | None = None) -> Runbook:
    """Return the runbook of the published week; RefusalError if nothing is published."""
    now = now or datetime.now(UTC)
    home, folder = settings.tokenhouse_home, settings.exports
    document = routing_reader.read(settings.database)
    probes = log.read(home)
    with reading(settings.database) as connection:
        moves = query(connection, MOVES, week=document.week)
        (compared,) = query(connection, COMPARED, week=document.week)
        before = now.date() - timedelta(days=REVIEW_DAYS)
        due = query(connection, REVIEWED, before=before)
        paces = query(connection, PACE, week=document.week)
        own_paces = query(connection, OWN_PACE)
    findings = (
        [*watch.found(settings.database, settings.lint_files).values()]
        if settings.lint_files
        else None
    )
    exported = _exported(folder)
    drilled = card.read(home, document.run_id)
    evidence = Evidence(
        document=document,
        card=drilled,
        probes=probes,
        exported=exported,
        exported_at=delivered.instant(folder) if exported else None,
        is_exported=delivery.is_current(folder, document.run_id),
        findings=findings,
        now=now,
    )
    reached = {hop.model_permaslug for route in document.routes for hop in route.reachable}
    return Runbook(
        week=document.week,
        run_id=document.run_id,
        citation=document.citation,
        items=checklist.items(evidence),
        is_compared=compared["is_compared"],
        moves=[row for row in moves if row["model_permaslug"] in reached],
        entrants=[
            row
            for row in moves
            if row["move"] == "entered" and row["model_permaslug"] not in reached
        ],
        due=due,
        findings=findings,
        card=drilled,
        unattended=[route.workload for route in document.routes if route.is_unattended],
        paces=paces,
        own_paces=own_paces,
        hours_down=deployment.hours_down(probes, now),
        round_trips=[*log.newest(probes, now).values()],
        latencies=document.latencies,
        synced_at=deployment.checked(probes, now).get("workspace_synced_at"),
        changes=route_changes(folder, document),
        best={route.workload: route.best_model_id for route in document.routes},
        held=hold.read(folder),
        previous_run=delivery.present_run(folder / delivery.PREVIOUS),
        checks=gate.checks(probes, now),
        deployment=deployment.of(settings, now),
    )


def _exported(folder: Path) -> RoutingDocument | None:
    try:
        return delivered.document(folder)
    except RefusalError:
        return None
