"""Ingest, build, check, publish and export."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import FirstWeek, Json, LastWeek, Week, app
from pipelines.errors import RefusalError
from pipelines.settings import Settings, check_home, settings
from pipelines.weeks import contiguous, last_closed_week, mondays

if TYPE_CHECKING:
    from pipelines.queries.published import (
        OriginShare,
        PublishedWeek,
        Rows,
        TopModel,
        WeekSummary,
    )

    class WeekAnswer(PublishedWeek):
        """What a run shows of a week; `incomplete_weeks` were ingested without all their days."""

        incomplete_weeks: list[WeekSummary]
        top: list[TopModel]
        origin: list[OriginShare]
        routes: Rows
        paths: list[str]


NEXT = "`tokenhouse report --open`, `model NAME`, `explain WORKLOAD`, `init`"
"""What a person may want to see after a run."""


@app.command()
def run(
    week: Week = None,
    first: FirstWeek = None,
    last: LastWeek = None,
    live: Annotated[
        bool | None,
        typer.Option("--live/--sample", help="Fetch from the API, or read the recorded sample."),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Build what was known at that instant; needs --home."),
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="Where a database of --known-at is built.")
    ] = None,
    json: Json = False,
) -> None:
    """Ingest, build, check, publish and export; then show the week named, or the newest."""
    if known_at or home:
        if not (known_at and home) or week or first or last or live is not None:
            raise typer.BadParameter("--known-at and --home go together, and with nothing else")
        _run_known_at(known_at, home, json)
        return
    _check_weeks(week, first, last)
    from pipelines.home import refusals
    from pipelines.lake import coverage
    from pipelines.orchestration.status import is_unpublished, staleness

    chosen = settings()
    live = chosen.is_live(live)
    groups = _groups(live, first or week, last or week)
    for group in groups:
        coverage.check_weeks(live, *group)
    _show_source(chosen, live)
    if chosen.tokenhouse_ledger:
        from pipelines.usage import shared

        shared.pull(chosen.tokenhouse_home)
    is_held = not live and all(coverage.covers_sample(chosen, *group) for group in groups)
    up_to_date = is_held and not is_unpublished(chosen)
    if up_to_date:
        console.remark("nothing to do: the recorded sample is ingested and published")
    else:
        _materialize(chosen, groups, live, with_open_week=live and not (week or first))
    missing = [day for group in groups for day in coverage.holes(chosen, *group)]
    if missing:
        console.remark(f"never reported by the source: {console.listed(missing)}")
    source = {"source": "live" if live else "sample", "up_to_date": up_to_date}
    answer = _answer(chosen, last or week, groups)
    for row in answer["incomplete_weeks"]:
        console.remark(
            f"week {row['week']} has {row['days_seen']} of 7 days so far: run it again later"
        )
    console.as_json({**source, **answer}) if json else _show(answer)
    if not (json or up_to_date):
        console.remark(f"Next: {NEXT}")
    stale = staleness(refusals.read_all(chosen.tokenhouse_home))
    if stale:  # the sample was read, and the source still does not answer
        raise RefusalError(stale)


def _check_weeks(week: date | None, first: date | None, last: date | None) -> None:
    """Refuse options that do not name weeks together."""
    if week and (first or last):
        raise typer.BadParameter("give either --week, or --from and --to")
    if bool(first) != bool(last):
        raise typer.BadParameter("--from and --to go together")


def _show_source(chosen: Settings, live: bool) -> None:
    """Print where the responses come from."""
    if live:
        console.remark("fetching from OpenRouter")
    else:
        without = "" if chosen.openrouter_api_key else "no key, no network: "
        console.remark(f"{without}reading the recorded sample")


def _groups(live: bool, first: date | None, last: date | None) -> list[tuple[date, date]]:
    """Return the contiguous ranges of weeks to ingest: live the newest one, else all recorded."""
    from pipelines.sources import sample

    if first and last:
        return [(first, last)]
    if live:
        return [(last_closed_week(), last_closed_week())]
    return list(contiguous(sample.recorded_weeks()))


def _materialize(
    chosen: Settings, groups: list[tuple[date, date]], live: bool, with_open_week: bool
) -> None:
    """Run the weekly job with a progress bar."""
    from pipelines.cli import jobs
    from pipelines.reference.loader import load_all

    load_all(chosen.reference)  # reference files are checked before any request
    weeks = sum(len(mondays(first, last)) for first, last in groups)
    with console.progress(console.counted(weeks, "week"), jobs.step_count(weeks)) as on_step:
        jobs.weekly(groups, live, with_open_week, chosen.tokenhouse_home, on_step)


def _answer(chosen: Settings, week: date | None, groups: list[tuple[date, date]]) -> "WeekAnswer":
    """Return what a run shows: the week named or the newest complete one, and what it wrote."""
    from pipelines.queries import published

    ingested = {one for group in groups for one in mondays(*group)}
    with published.reading(chosen.database) as connection:
        known = published.published_weeks(connection)
        is_known = any(row["week"] == week for row in known)
        shown = published.published_week(connection, week if is_known else None)
        return {
            **shown,
            "incomplete_weeks": [
                row for row in known if row["week"] in ingested and not row["is_complete"]
            ],
            "top": published.top(connection, shown["week"], 10),
            "origin": published.origin(connection, shown["week"]),
            "routes": published.routes(connection, shown["week"]),
            "paths": [
                f"{path}" for path in (chosen.database, chosen.lake, chosen.exports, chosen.report)
            ],
        }


def _show(answer: "WeekAnswer") -> None:
    from pipelines.cli import routes, top

    top.show(answer, answer["top"])
    _show_origin(answer, answer["origin"])
    routes.show(answer, answer["routes"])
    console.citation(answer)
    for path in answer["paths"]:
        console.line(f"written: {path}")


def _run_known_at(known_at: str, home: Path, json: bool) -> None:
    """Build a database of its own from what the lake knew at an instant."""
    from pipelines.home import paths
    from pipelines.home.lock import writing
    from pipelines.models import build, definition, publish

    try:
        instant = datetime.fromisoformat(known_at)
    except ValueError:
        raise typer.BadParameter(f"--known-at {known_at!r} is not an instant") from None
    instant = instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    home = home.expanduser().resolve()
    if home == settings().tokenhouse_home:
        raise typer.BadParameter("--home must be another one than TOKENHOUSE_HOME")
    check_home("--home", home)
    with writing(home):
        built, results = build.build(home, definition.load(), settings().lake, instant)
        # Findings of that day were judged on that day: only a failed check is refused.
        refusal = publish.decide(results, findings=[])
        if refusal:
            publish.discard(built)
            raise refusal
        publish.publish(built, paths.database(home))
    answer = {"known_at": instant, "database": paths.database(home)}
    console.as_json(answer) if json else console.line(f"written: {answer['database']}")


def _show_origin(week: "PublishedWeek", blocs: "list[OriginShare]") -> None:
    """Print the split between China and the US, one line per scope."""
    by_scope: dict[str, dict[str, OriginShare]] = {}
    for row in blocs:
        by_scope.setdefault(row["scope"], {})[row["bloc"]] = row
    lines = []
    for scope, pair in by_scope.items():
        china, america = pair["CN"], pair["US"]
        if china["tokens"] == america["tokens"]:
            verdict = "level"
        else:
            leader = "CN" if china["leads"] else "US"
            sure = pair[leader]["lead_identified"]
            verdict = f"{leader} leads" + ("" if sure else " among attributed tokens")
        lines.append(
            [
                scope,
                *_origin_cells(pair["CN"]),
                *_origin_cells(pair["US"]),
                verdict,
            ]
        )
    console.table(
        f"China and the US by headquarters of the developer, {console.named_week(week)}",
        ["scope", ">CN", ">share", ">w/w", ">US", ">share", ">w/w", "who leads"],
        lines,
        "share: of the scope's tokens; a top N's w/w moves with its members",
    )


def _origin_cells(row: "OriginShare") -> list[str]:
    return [
        console.tokens(row["tokens"]),
        console.percent(row["share"]),
        console.change(row["wow"]),
    ]
