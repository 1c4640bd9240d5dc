"""How the home stands: what is published, how old it is, how each source fared, what is stale."""

from datetime import UTC, datetime
from typing import Any

from pipelines import attempts, publication
from pipelines.answers import Connection, published_week, query, reading
from pipelines.citation import citation
from pipelines.exports import delivery
from pipelines.publication import Refusal
from pipelines.settings import Settings
from pipelines.weeks import last_closed_week

NOTHING: dict[str, Any] = {
    "run_id": None,
    "as_of": None,
    "as_of_is_exact": None,
    "licence": None,
    "citation": None,
    "newest_week": None,
    "weeks": [],
}


def status(settings: Settings, now: datetime | None = None) -> dict[str, Any]:
    """Return which weeks are published, how complete and how old, and how each source fared.

    `refusals` are the causes for which database or exports are stale, each with since when, the
    reason, and all findings. The keys are the same before anything is published.
    """
    answer = {"database": f"{settings.database}", **NOTHING}
    if settings.database.exists():
        with reading(settings.database) as connection:
            answer |= _published(connection)
    closed = last_closed_week(now or datetime.now(UTC))
    newest = answer["newest_week"]
    return {
        **answer,
        "last_closed_week": closed,
        "weeks_behind": max(0, (closed - newest).days // 7) if newest else None,
        "sources": attempts.read(settings.tokenhouse_home),
        "refusals": [
            *publication.refusals(settings.tokenhouse_home),
            *_not_exported(settings, answer["run_id"]),
        ],
    }


def _published(connection: Connection) -> dict[str, Any]:
    (made,) = query(connection, "FROM meta.build")
    return {
        **made,
        "citation": citation(made["as_of"], made["as_of_is_exact"]),
        "newest_week": published_week(connection, None)["week"],
        "weeks": query(
            connection,
            "SELECT week, total_tokens, days_seen, is_complete, as_of, as_of_is_exact "
            "FROM marts.weekly_total WHERE source = 'daily_rows' ORDER BY week",
        ),
    }


def _not_exported(settings: Settings, run_id: str | None) -> list[Refusal]:
    """Return that the exports are not those of the published run, unless their refusal says why."""
    is_said = publication.refusal(settings.tokenhouse_home, publication.EXPORTS)
    if not run_id or is_said or delivery.is_current(settings.exports, run_id):
        return []
    published = datetime.fromtimestamp(settings.database.stat().st_mtime, UTC)
    return [
        {
            "cause": publication.EXPORTS,
            "since": f"{published:%Y-%m-%dT%H:%M:%SZ}",
            "reason": "not_exported",
            "message": f"{settings.exports} does not hold the files of run {run_id}, whole and "
            "unedited: run `tokenhouse export`",
            "findings": [],
        }
    ]
