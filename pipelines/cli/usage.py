"""Own usage next to the market."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.published import Connection, Row
    from pipelines.queries.usage import Period

own = typer.Typer()
app.add_typer(own, name="usage")


class Group(StrEnum):
    """What the rows of a period can be grouped by."""

    model = "model"
    vendor = "vendor"
    workload = "workload"
    hour = "hour"


@own.callback(invoke_without_command=True)
def usage(
    context: typer.Context,
    week: Week = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="A month instead.")] = None,
    by: Annotated[Group, typer.Option(help="What a row is.")] = Group.model,
    unresolved: Annotated[
        bool, typer.Option("--unresolved", help="Names of models that the catalogue lacks.")
    ] = False,
    speed: Annotated[
        bool, typer.Option("--speed", help="Latency, refusals and tokens per hour.")
    ] = False,
    json: Json = False,
) -> None:
    """Show own usage next to the market: a week, by default the newest, or a month."""
    if context.invoked_subcommand:
        return
    from pipelines.queries.published import reading
    from pipelines.queries.usage import period

    if week and month:
        raise typer.BadParameter("--week and --month name two periods")
    with reading(settings().database) as connection:
        if unresolved:
            _show_unresolved(connection, json)
            return
        chosen = period(connection, week, month)
        if speed:
            _show_speed(connection, chosen, json)
        elif by is Group.hour:
            _show_hours(connection, chosen, json)
        else:
            _show_period(connection, chosen, by.value, json)


def _show_period(connection: "Connection", period: "Period", by: str, json: bool) -> None:
    from pipelines.queries import usage
    from pipelines.words import usage as words
    from pipelines.words.language import english

    total, rows = usage.total(connection, period), usage.by(connection, period, by)
    if json:
        controls = usage.controls(connection, period)
        console.as_json({"period": f"{period}", **total, "rows": rows, "controls": controls})
        return
    console.line(f"{period}, scope {', '.join(total['scopes'])}")
    console.line(words.sums(english(), total))
    for line in words.controls(english(), usage.controls(connection, period)):
        console.line(line)
    console.table(
        "",
        [by, ">tokens", ">share", ">market", ">USD/M", ">cache hits", "remark"],
        [
            [
                row["key"],
                console.tokens(row["tokens"]),
                console.percent(row["share"]),
                console.percent(row["market_share"]),
                _per_million(row),
                console.percent(row["cache_hit_share"]),
                words.resolved_by(english(), row) if by == "model" else "",
            ]
            for row in rows
        ],
        words.caption(english(), rows, has_market=by in usage.MARKET),
    )
    if total["distance_low"] is not None:
        console.line(words.distance(english(), total))
    if any(row["resolved_by"] == "unresolved" for row in rows):
        console.line(english().say("own_usage.to_resolve"))


def _per_million(row: "Row") -> str:
    if row["usd_per_million"] is not None:
        return f"{row['usd_per_million']:.3f}"
    estimated = row["estimated_per_million"]
    return "–" if estimated is None else f"~{estimated:.3f}"


def _show_hours(connection: "Connection", period: "Period", json: bool) -> None:
    from pipelines.queries import usage

    rows = usage.by_hour(connection, period)
    if json:
        console.as_json({"period": f"{period}", "rows": rows})
        return
    most = max((row["tokens"] for row in rows), default=0) or 1
    console.table(
        f"{period}, by hour of the day, UTC",
        [">hour", ">requests", ">tokens", "|"],
        [
            [
                f"{row['hour']}",
                f"{row['requests']:,}",
                console.tokens(row["tokens"]),
                "█" * round(24 * row["tokens"] / most),
            ]
            for row in rows
        ],
    )


def _show_speed(connection: "Connection", period: "Period", json: bool) -> None:
    from pipelines.queries import usage

    models, hours = usage.speed(connection, period)
    if json:
        console.as_json({"period": f"{period}", "models": models, "hours": hours})
        return
    console.table(
        f"{period}, latency to the end and refusals with 429",
        ["=week", "scope", "model", ">requests", ">429", ">p50 s", ">p95 s", ">p99 s"],
        [
            [
                f"{row['week']}",
                row["scope"],
                row["model"],
                f"{row['requests']:,}",
                console.percent(row["rate_limited_share"]),
                *(_seconds(row[name]) for name in ("p50_ms", "p95_ms", "p99_ms")),
            ]
            for row in models
        ],
        "– where no source of the scope reports it",
    )
    console.table(
        "Tokens per hour",
        ["=week", "scope", ">active hours", ">peak", ">p95", ">p50", ">active p95", ">active p50",
         ">three hours"],
        [
            [
                f"{row['week']}",
                row["scope"],
                f"{row['active_hours']}",
                *(
                    console.tokens(row[name])
                    for name in ("peak", "p95", "p50", "active_p95", "active_p50", "sustained")
                ),
            ]
            for row in hours
        ],
        "p95 and p50 over all 168 hours; three hours: what each of three hours in a row reached",
    )  # fmt: skip


def _seconds(milliseconds: int | None) -> str:
    return "–" if milliseconds is None else f"{milliseconds / 1000:.2f}"


def _show_unresolved(connection: "Connection", json: bool) -> None:
    """Print the lines to complete in `usage_alias.csv`, and what each name looks like."""
    from pipelines.queries import usage
    from pipelines.words import usage as words
    from pipelines.words.language import english

    rows = usage.unresolved(connection)
    if json:
        console.as_json({"unresolved": rows})
        return
    if not rows:
        console.line(english().say("own_usage.all_resolved"))
        return
    console.line(english().say("own_usage.complete"))
    console.line("source,model_raw,model_permaslug,why,recorded_on")
    today = datetime.now(UTC).date()
    for row in rows:
        console.line(f"{row['source']},{row['model_raw']},<permaslug>,<why>,{today}")
    for row in rows:
        console.line(words.unresolved(english(), row))
