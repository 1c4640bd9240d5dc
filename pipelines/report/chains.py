"""The chain of models of each workload, next to that of the week before."""

from collections.abc import Iterable
from datetime import date
from typing import TypedDict

from pipelines.queries.published import Row, Rows

ROLES = ("primary", "fallback", "escalation")

Chain = list[tuple[str, str]]
"""The models of a workload, in their order, each with its role before it."""


class RouteChange(TypedDict):
    """A workload's chain this week next to that of the week before.

    `chain` is empty where no model can carry it. `before` is None where no routes of the week
    before are known at all. `gone` is what was there before, or all of it where only the order
    differs. `changed_roles` are the roles that other models have. `decided` is what the mart says
    of this week's decision, None where the primary stayed.
    """

    workload: str
    description: str
    chain: Rows
    decided: Row | None
    before: Chain | None
    is_changed: bool
    gone: Chain
    changed_roles: list[str]
    now: Chain


def routes_by_workload(rows: Rows, week: date) -> list[RouteChange]:
    """Return what has changed for each workload, in the order of their names."""
    has_before = any(row["week"] not in (None, week) for row in rows)
    found = list[RouteChange]()
    for workload in sorted({row["workload"] for row in rows}):
        own = [row for row in rows if row["workload"] == workload]
        of_week = [row for row in own if row["week"] == week]
        chain = [row for row in of_week if row["model_id"]]
        now = [(row["role"], row["model_id"]) for row in chain]
        before = [
            (row["role"], row["model_id"])
            for row in own
            if row["week"] not in (None, week) and row["model_id"]
        ]
        found.append(
            {
                "workload": workload,
                "description": own[0]["description"],
                "chain": chain,
                # The reason for the primary does not explain a change of fallbacks alone.
                "decided": of_week[0] if of_week and now[:1] != before[:1] else None,
                "before": before if has_before else None,
                "is_changed": has_before and now != before,
                "gone": [hop for hop in before if hop not in now] or before,
                "changed_roles": [
                    role for role in ROLES if models_of(role, before) != models_of(role, now)
                ],
                "now": now,
            }
        )
    return found


def models_of(role: str, chain: Iterable[tuple[str, str]]) -> list[str]:
    """Return the models of a chain that have a role, in their order."""
    return [model for its_role, model in chain if its_role == role]
