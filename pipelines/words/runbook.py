"""What people read of a week's runbook, in any language."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.queries.published import Row
from pipelines.words import drill, probes, routing
from pipelines.words.language import UNKNOWN, Language

if TYPE_CHECKING:  # `explain` says a line of it and must start in an instant
    from pipelines.exports.route_changes import RouteChange
    from pipelines.probes.gate import Check
    from pipelines.runbook.contents import Runbook
    from pipelines.runbook.deployment import Deployment

BOXES = {True: "[x]", False: "[ ]", None: "[ ]"}
STATES = {True: "seen", False: "failed", None: "unseen"}

COMMANDS = (
    "tokenhouse run",
    "tokenhouse drill",
    "tokenhouse lint-config FILE…",
    "tokenhouse export --diff",
    "tokenhouse canary WORKLOAD --days 7",
    "tokenhouse export",
    "tokenhouse verify openclaw",
    "tokenhouse probe FILE",
)
"""What an operator runs, in this order."""


def page(language: Language, runbook: "Runbook") -> str:
    """Return the page in Markdown."""
    title = language.say("runbook.title", week=language.week(runbook.week))
    lines = [f"# {title}", "", language.say("runbook.intro"), ""]
    for name, section in (
        ("checklist", _checklist(language, runbook)),
        ("moves", (_move(language, row) for row in runbook.moves)),
        ("entrants", (_entrant(language, row) for row in runbook.entrants)),
        ("due", (_due(language, row) for row in runbook.due)),
        ("findings", iter(runbook.findings or [])),
        ("drill", iter(drill.summary(language, runbook.card) if runbook.card else [])),
        ("gateways", (": ".join(_check(language, one)) for one in runbook.checks)),
        ("place", _place(language, runbook)),
        ("pace", _pace(language, runbook)),
        ("changes", _changes(language, runbook)),
    ):
        listed = [f"- {line}" for line in section] or [_none(language, runbook, name)]
        lines += [f"## {language.say(f'runbook.section.{name}')}", "", *listed, ""]
    commands = [f"{number}. `{one}`" for number, one in enumerate(COMMANDS, 1)]
    lines += [f"## {language.say('runbook.section.commands')}", "", *commands, ""]
    back = language.say("runbook.back" if runbook.previous_run else "runbook.no_way_back")
    lines += [back, "", f"Run {runbook.run_id}. {runbook.citation}", ""]
    return "\n".join(lines)


def _none(language: Language, runbook: "Runbook", name: str) -> str:
    """Return why a section is empty: there is none, or it is not known."""
    if name in ("moves", "entrants") and not runbook.is_compared:
        name = "uncompared"
    if name == "findings" and runbook.findings is None:
        name = "unwatched"
    return language.say(f"runbook.none.{name}")


def _checklist(language: Language, runbook: "Runbook") -> Iterator[str]:
    for name, state in runbook.items.items():
        said = language.say(f"runbook.item.{name}")
        yield f"{BOXES[state]} {said} ({language.say(f'runbook.state.{STATES[state]}')})"
    if runbook.synced_at:
        synced_at = language.instant(datetime.fromisoformat(runbook.synced_at))
        yield language.say("runbook.synced", when=synced_at)


def _move(language: Language, row: Row) -> str:
    return language.say(
        "runbook.move",
        model=row["model_permaslug"],
        move=language.name("move", row["move"]),
        first=row["top_n"],
        before=row["previous_rank"] or UNKNOWN,
        after=row["rank"] or UNKNOWN,
    )


def _entrant(language: Language, row: Row) -> str:
    """Return a new model, and for which workloads an evaluation is worth its effort."""
    said = _move(language, row)
    if row["worth_for"] is None:
        return language.say("runbook.worth_for_none", said=said)
    return language.say("runbook.worth_for", said=said, workloads=row["worth_for"])


def _due(language: Language, row: Row) -> str:
    values = {key: row[key] for key in ("kind", "name", "data_class")}
    return language.say("runbook.review", day=f"{row['reviewed_on']:%Y-%m-%d}", **values)


def _check(language: Language, one: "Check") -> list[str]:
    gateway, subject, result, when = probes.check(language, one)
    return [f"{gateway}, {subject}", f"{result} ({when})"]


def _place(language: Language, runbook: "Runbook") -> Iterator[str]:
    """Yield the parts of the place's score, and whether it suits what runs unattended."""
    if runbook.deployment:
        yield from _parts(language, runbook.deployment)
    yield from unsuited(language, runbook.unattended, runbook.deployment)


def unsuited(
    language: Language, unattended: Sequence[str], place: "Deployment | None"
) -> Iterator[str]:
    """Yield that the place of the gateway does not suit what runs unattended, if it does not."""
    if unattended and not (place and place.suits_unattended):
        yield language.say("runbook.unsuited", workloads=", ".join(unattended))


def _parts(language: Language, place: "Deployment") -> Iterator[str]:
    for name, state in place.checks.items():
        said = language.say(f"runbook.check.{name}")
        yield f"{BOXES[state]} {said} ({language.say(f'runbook.state.{STATES[state]}')})"
    yield language.say("runbook.score", target=place.target, score=language.percent(place.score))


def _pace(language: Language, runbook: "Runbook") -> Iterator[str]:
    """Yield how long tasks take, what a gap holds up, and what the gaps of the week did."""
    yield from probes.round_trips(language, runbook.round_trips, runbook.latencies)
    for row in runbook.paces:
        yield _task(language, row)
    for row in runbook.own_paces:
        yield _gap(language, row)
        if runbook.hours_down:
            held = round(runbook.hours_down * row["active_p50"])
            yield language.say(
                "runbook.was_down",
                scope=row["scope"],
                hours=language.number(runbook.hours_down, 1),
                tokens=language.tokens(held),
            )


def _task(language: Language, row: Row) -> str:
    """Return how long a task takes by its chain, and by own usage how many run side by side."""
    is_known = row["slowest_seconds"] is not None
    said = language.say(
        "runbook.task_seconds" if is_known else "runbook.task_seconds_of_primary",
        workload=row["workload"],
        seconds=language.count(row["task_seconds"]),
        slowest=language.count(row["slowest_seconds"]),
    )
    if row["tokens_ratio"] is None:
        return said
    seconds = row["task_seconds"] * row["tokens_ratio"]
    said += language.say(
        "runbook.own_task",
        ratio=language.number(row["tokens_ratio"]),
        seconds=language.count(seconds),
    )
    if row["tasks_per_hour"] is None:
        return said
    return said + language.say(
        "runbook.side_by_side",
        tasks=language.number(row["tasks_per_hour"], 1),
        most=language.number(row["tasks_per_hour"] * seconds / 3600, 1),
    )


def _gap(language: Language, row: Row) -> str:
    said = language.say(
        "runbook.gap",
        scope=row["scope"],
        week=f"{row['week']}",
        usual=language.tokens(row["active_p50"]),
        most=language.tokens(row["peak"]),
    )
    if row["hours_behind"] is None:
        return said + language.say("runbook.catches_up_unknown")
    hours = language.number(row["hours_behind"], 1)
    return said + language.say("runbook.catches_up", hours=hours)


def _changes(language: Language, runbook: "Runbook") -> Iterator[str]:
    """Yield that no export gets in, and what changes once one does."""
    if runbook.held:
        yield language.say("runbook.held", run_id=runbook.held.run_id, since=runbook.held.since)
    for row in runbook.changes:
        yield _change(language, runbook, row)


def _change(language: Language, runbook: "Runbook", row: "RouteChange") -> str:
    """Return a change of a role; its reason is that of the new model, if there is one."""
    best = runbook.best.get(row["workload"])
    why = routing.reason(language, f"{row['why']}", best) if row["after"] else ""
    return language.say(
        "runbook.change",
        workload=row["workload"],
        role=row["role"],
        before=row["before"] or UNKNOWN,
        after=row["after"] or UNKNOWN,
        usd_before=language.number(row["usd_before"]),
        usd_after=language.number(row["usd_after"]),
        why=why,
    ).rstrip(" ,")
