"""Commands that answer from the published database."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.app import Json, Week, app
from pipelines.errors import RefusalError
from pipelines.settings import settings

if TYPE_CHECKING:  # what a command needs is imported when it runs
    from pipelines.home.refusals import Finding


@app.command()
def top(
    week: Week = None,
    length: Annotated[int, typer.Option("-n", min=1, help="How many models.")] = 10,
    json: Json = False,
) -> None:
    """Show the most used models of a week."""
    from pipelines.cli import console
    from pipelines.queries.published import published_week, reading, top

    with reading(settings().database) as connection:
        chosen = published_week(connection, week)
        models = top(connection, chosen["week"], length)
    if json:
        console.as_json({**chosen, "models": models})
    else:
        console.top(chosen, models)
        console.citation(chosen)


@app.command()
def routes(week: Week = None, json: Json = False) -> None:
    """Show which model carries which workload."""
    from pipelines.cli import console
    from pipelines.queries.published import published_week, reading, routes

    with reading(settings().database) as connection:
        chosen = published_week(connection, week)
        table = routes(connection, chosen["week"])
    if json:
        console.as_json({**chosen, "routes": table})
    else:
        console.routes(chosen, table)
        console.citation(chosen)


@app.command()
def query(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="One statement.")],
    json: Json = False,
) -> None:
    """Ask the published database, read-only."""
    from pipelines.cli import console
    from pipelines.queries.published import query, reading

    with reading(settings().database) as connection:
        rows = query(connection, statement)
    console.as_json(rows) if json else console.rows(rows)


@app.command()
def status(json: Json = False) -> None:
    """Show which weeks are published, as of when, how each source fared, and what is stale."""
    from pipelines.cli import console
    from pipelines.orchestration.status import staleness, status

    answer = status(settings())
    console.as_json(answer) if json else _show_status(answer)
    stale = staleness(answer["refusals"])
    if not (stale or answer["run_id"]):
        stale = f"{answer['database']} does not exist yet: run `tokenhouse run` first"
    if stale:
        raise RefusalError(stale)


def _show_status(answer: dict[str, Any]) -> None:
    """Print which weeks are published, how old they are, how each source fared, what is found."""
    from pipelines.cli import console

    if answer["run_id"]:
        _show_published(answer)
    if answer["sources"]:
        _show_sources(answer["sources"])
    for refusal in answer["refusals"]:
        _show_findings(refusal["findings"])
    if answer["run_id"]:
        behind, closed = answer["weeks_behind"], answer["last_closed_week"]
        age = (
            f"is {console.counted(behind, 'week')} behind {closed}"
            if behind
            else "is the last closed week"
        )
        console.console.print(f"newest week {answer['newest_week']} {age}", highlight=False)


def _show_published(answer: dict[str, Any]) -> None:
    from pipelines.cli import console

    console.table(
        f"Published weeks, run {answer['run_id']}",
        ["week", ">tokens", ">days", "complete", "as of"],
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
        answer["citation"],
    )


def _show_sources(sources: dict[str, dict[str, str]]) -> None:
    from pipelines.cli import console

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


def _show_findings(found: "list[Finding]") -> None:
    from pipelines.cli import console

    if found:
        console.table(
            "What stands in the way of publication",
            ["name", "finding", ""],
            [
                [one["name"], one["detail"], "accepted" if one["is_accepted"] else ""]
                for one in found
            ],
            '`tokenhouse accept NAME … --why "…"` if it is right',
        )
