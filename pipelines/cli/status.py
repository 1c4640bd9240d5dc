"""Show what is published, the health of each source, and what is stale."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.drill.card import Card
    from pipelines.home.refusals import Finding
    from pipelines.home.source_health import SourceHealth
    from pipelines.orchestration.status import Status


LISTED = 5
"""Refused rows that are named for each table; `--json` has all of them."""


@app.command()
def status(
    verify: Annotated[
        bool, typer.Option("--verify", help="Also read every file of the home, and check it.")
    ] = False,
    max_behind: Annotated[
        int | None,
        typer.Option(min=0, metavar="WEEKS", help="Exit with 1 if the newest week is more behind."),
    ] = None,
    notifies: Annotated[
        bool, typer.Option("--notify", help="Also send to NOTIFY_URLS why the exit code is 1.")
    ] = False,
    json: Json = False,
) -> None:
    """Show the published weeks, the health of each source, and what is stale and why."""
    from pipelines.orchestration.status import status

    verified, damaged = _verify() if verify else (0, [])
    answer = status(settings())
    if json:
        console.as_json({**answer, "damaged": damaged} if verify else answer)
    else:
        _show_status(answer)
        for line in damaged:
            console.line(line)
        if verified and not damaged:
            console.paragraph(f"{console.counted(verified, 'file')} verified: none is damaged")
    stale = _fault(answer, damaged, max_behind)
    if stale and notifies:
        _notify(stale)
    if stale:
        raise RefusalError(stale)


def _fault(answer: "Status", damaged: list[str], max_behind: int | None) -> str:
    """Return in one line why the exit code is 1; empty if it is 0."""
    from pipelines.orchestration.status import staleness

    if damaged:
        return f"{console.counted(len(damaged), 'file')} damaged, the first: {damaged[0]}"
    stale = staleness(answer["refusals"])
    if not (stale or answer["run_id"]):
        return f"{answer['database']} does not exist yet: run `tokenhouse run` first"
    behind = answer["weeks_behind"]
    if not stale and max_behind is not None and behind is not None and behind > max_behind:
        return f"the newest week is {console.counted(behind, 'week')} behind: run `tokenhouse run`"
    return stale


def _notify(stale: str) -> None:
    """Send a line to the addresses of NOTIFY_URLS, and say on stderr if that failed."""
    from pipelines.report.notification import send

    addresses = settings().notify_urls
    if addresses and not send(addresses, "Tokenhouse", stale):
        console.remark("not sent: an address of NOTIFY_URLS is not valid or did not accept it")


def _verify() -> tuple[int, list[str]]:
    """Read every file of the home with a bar; return how many, and what is damaged."""
    from pipelines.orchestration import verification

    todo = verification.checks(settings())
    with console.progress("verify", len(todo)) as on_step:
        return len(todo), verification.damaged(todo, on_step)


def _show_status(answer: "Status") -> None:
    """Print the published weeks, their age, the health of each source, and the findings."""
    if answer["run_id"]:
        _show_published(answer)
    if answer["sources"]:
        _show_sources(answer["sources"])
        _show_refused_rows(answer["sources"])
    for own in answer["own_files"]:
        console.line(f"read over the shipped table: {own}")
    console.unread_files(answer["unread_files"])
    _show_evidence(answer)
    if answer["worse_estimate"]:
        _show_worse_estimate(answer["worse_estimate"])
    if answer["waiting_responses"]:
        waiting = console.counted(answer["waiting_responses"], "response")
        console.paragraph(f"{waiting} of daily fetches: the next run publishes them")
    if answer["waiting_usage"]:
        weeks = console.counted(len(answer["waiting_usage"]), "week")
        console.paragraph(f"own usage of {weeks} has changed since: the next run publishes that")
    for file in answer["dated_ahead"]:
        console.line(
            f"{file} is dated in the future: if this machine's clock is right, "
            f'`tokenhouse retract {file} --why "…"`'
        )
    for refusal in answer["refusals"]:
        _show_findings(refusal["findings"])
    if answer["run_id"]:
        _show_drill(answer["run_id"], answer["drill"])
        behind, closed = answer["weeks_behind"], answer["last_closed_week"]
        age = (
            f"is {console.counted(behind, 'week')} behind {closed}"
            if behind
            else "is the last closed week"
        )
        console.paragraph(f"newest week {answer['newest_week']} {age}")


def _show_drill(run_id: str, drilled: "Card | None") -> None:
    """Print whether the routes have passed a drill, by the rule of an export."""
    from pipelines.words import drill as words
    from pipelines.words.language import english

    objections = list[str]()
    if drilled:
        from pipelines.drill import card
        from pipelines.exports import routing_reader

        objections = card.objections(drilled, routing_reader.read(settings().database))
    console.paragraph(words.verdict(english(), run_id, drilled, objections))


def _show_published(answer: "Status") -> None:
    console.table(
        f"Published weeks, run {answer['run_id']}",
        ["=week", ">tokens", ">days", "complete", "as of"],
        [
            [
                f"{row['week']}",
                console.tokens(row["total_tokens"]),
                f"{row['days_seen']}/7",
                "yes" if row["is_complete"] else "no",
                console.plain(row["as_of"]) + ("" if row["as_of_is_exact"] else " at the latest"),
            ]
            for row in answer["weeks"]
        ],
        answer["citation"] or "",
    )


def _show_sources(sources: "dict[str, SourceHealth]") -> None:
    console.table(
        "Sources",
        ["table", "last success", "last failure, because"],
        [
            [
                name,
                one.get("last_success", "never"),
                f"{one['last_failure']} {one['reason']}" if "last_failure" in one else "",
            ]
            for name, one in sources.items()
        ],
    )


def _show_refused_rows(sources: "dict[str, SourceHealth]") -> None:
    for table, health in sources.items():
        rows = health.get("refused_rows", [])
        if rows:
            more = f" and {len(rows) - LISTED} more" if len(rows) > LISTED else ""
            listed = ", ".join(rows[:LISTED])
            console.line(f"{table}: rows refused for unprintable characters: {listed}{more}")


def _show_evidence(answer: "Status") -> None:
    """Print how old the index is, and which third-party scores were not used."""
    from datetime import UTC, datetime

    from pipelines.words import evidence
    from pipelines.words.language import english

    if answer["index_retrieved_on"]:
        today = datetime.now(UTC).date()
        console.paragraph(evidence.index_age(english(), answer["index_retrieved_on"], today))
    for line in evidence.unused_scores(english(), answer["unused_scores"]):
        console.paragraph(line)


def _show_worse_estimate(worse: dict[str, dict[str, float]]) -> None:
    from pipelines.words import findings as words
    from pipelines.words.language import english

    console.paragraph(words.worse_estimate(english(), worse["now"], worse["before"]))


def _show_findings(found: "list[Finding]") -> None:
    from pipelines.words import findings as words
    from pipelines.words.language import english

    if found:
        console.table(
            "Findings that block publication",
            ["name", "finding", ""],
            [
                [
                    one["name"],
                    words.finding(english(), one["reason"], one["size"]),
                    "accepted" if one["is_accepted"] else "",
                ]
                for one in found
            ],
            '`tokenhouse accept NAME … --why "…"` if it is right',
        )
