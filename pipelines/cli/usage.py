"""Own usage: import it, and compare it with the market."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.published import Connection, Row, Rows
    from pipelines.queries.usage import Period
    from pipelines.usage.importing import Imported

own = typer.Typer()
app.add_typer(own, name="usage")


OPENROUTER = Path("openrouter")
"""What `usage add` fetches from the API, unless there is such a file."""


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
        console.as_json({"period": f"{period}", **total, "controls": controls, "rows": rows})
        return
    console.line(f"{period}, scope {', '.join(total['scopes'])}")
    console.line(_coverage(total))
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
                _remark(row, by),
            ]
            for row in rows
        ],
        _caption(rows, by),
    )
    if total["distance_low"] is not None:
        low, high = f"{total['distance_low']:.2f}", f"{total['distance_high']:.2f}"
        between = low if low == high else f"{low} to {high}, week by week,"
        console.line(
            f"The mix is at least {between} from the market's (0 the same, 1 nothing in common)."
        )
    if any(row["resolved_by"] == "unresolved" for row in rows):
        console.line("`tokenhouse usage --unresolved` lists the names to resolve")


def _caption(rows: "Rows", by: str) -> str:
    """Return what the columns mean; of the market only where the period has one."""
    parts = [
        "USD/M: billed over the billed tokens, ~ the gateway's estimate",
        "tokens of two vendors are not the same unit",
    ]
    if any(row["market_share"] is not None for row in rows):
        parts.append("market: OpenRouter's public traffic, free included, – below its top 50")
    elif by in ("model", "vendor"):
        parts.append("market: none of these is in its top 50, or the period is not published")
    return "; ".join(parts)


def _dollars(usd: float) -> str:
    """Print USD in cents, or with two digits where that would be nothing."""
    return f"{usd:,.2f}" if usd >= 0.01 or not usd else f"{usd:.2g}"


def _coverage(total: "Row") -> str:
    """Return the sums of a period: how many tokens have a bill, an estimate, or neither."""
    tokens = total["tokens"]
    line = f"{total['requests']:,} requests, {console.tokens(tokens)} tokens"
    if not tokens:
        return line
    left = tokens - total["billed_tokens"] - total["estimated_tokens"]
    parts = []
    if total["billed_tokens"]:
        share = console.percent(total["billed_tokens"] / tokens)
        parts.append(f"{share} with a bill ({_dollars(total['billed_usd'])} USD)")
    if total["estimated_tokens"]:
        share = console.percent(total["estimated_tokens"] / tokens)
        usd = _dollars(total["estimated_usd"])
        parts.append(f"{share} with the gateway's own estimate ({usd} USD)")
    if left:
        parts.append(f"{console.percent(left / tokens)} without a cost")
    return f"{line}: {', '.join(parts)}"


def _per_million(row: "Row") -> str:
    if row["usd_per_million"] is not None:
        return f"{row['usd_per_million']:.3f}"
    estimated = row["estimated_per_million"]
    return "–" if estimated is None else f"~{estimated:.3f}"


def _remark(row: "Row", by: str) -> str:
    remarks = {"unresolved": "not resolved", "router": "a router", "preset": "a preset"}
    return remarks.get(row["resolved_by"], "") if by == "model" else ""


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
    from pipelines.queries import usage

    rows = usage.unresolved(connection)
    if json:
        console.as_json({"unresolved": rows})
    elif not rows:
        console.line("every name is resolved")
    else:
        _show_names(rows)


def _show_names(rows: "Rows") -> None:
    """Print the lines to complete in `usage_alias.csv`, and what each name looks like."""
    console.line("Complete and add to reference/usage_alias.csv of the home:")
    console.line("source,model_raw,model_permaslug,why,recorded_on")
    for row in rows:
        console.line(
            f"{row['source']},{row['model_raw']},<permaslug>,<why>,{datetime.now(UTC).date()}"
        )
    for row in rows:
        like = f"; looks like {' or '.join(row['suggestions'])}" if row["suggestions"] else ""
        tokens = console.tokens(row["tokens"])
        console.line(f"{row['model_raw']} ({row['resolved_by']}): {tokens} tokens{like}")


@own.command()
def add(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH …", help="Files, or folders of logs; openrouter for its own totals."
        ),
    ] = None,
    scope: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the account or gateway they are of.")
    ] = "default",
    reader: Annotated[
        str | None,
        typer.Option("--as", metavar="READER", help="How to read a file with another name."),
    ] = None,
    json: Json = False,
) -> None:
    """Import logs and exports of own requests; without a path, list those that can be read.

    Nothing but the fields of the ledger is read, and nothing is sent anywhere. Adding a file again
    adds only what is new in it. `openrouter` instead of a path fetches the account's own totals of
    each day, which the ledger is then checked against.
    """
    from pipelines.usage import importing
    from pipelines.usage.readers import READERS

    if paths == [OPENROUTER] and not OPENROUTER.exists():
        _add_reported(scope, json)
        return
    if not paths:
        exports = {name: one.export for name, one in READERS.items()}
        if json:
            console.as_json(exports)
        else:
            for name, export in exports.items():
                console.line(f"{name}: {export}")
        return
    batches, unrecognised = importing.plan(paths, reader)
    with console.progress("import", len(batches) + 1) as on_step:
        done = importing.add(settings().tokenhouse_home, batches, scope, on_step)
        on_step("written")
    if json:
        console.as_json(
            {**vars(done), "sources": sorted(done.sources), "unrecognised": unrecognised}
        )
    else:
        _show_import(done, unrecognised)


def _add_reported(scope: str, json: bool) -> None:
    """Fetch OpenRouter's totals of the own account, and show what changed."""
    from pipelines.lake.ingest import open_client
    from pipelines.usage import reported
    from pipelines.words import usage as words
    from pipelines.words.language import english

    with open_client(settings(), live=True) as client:
        done = reported.fetch(settings(), client, scope)
    if json:
        console.as_json(done._asdict())
    else:
        console.line(words.fetched(english(), done.first, done.last, done.rows, len(done.weeks)))


def _show_import(done: "Imported", unrecognised: int) -> None:
    corrected = f", {done.corrected:,} corrected" if done.corrected else ""
    console.line(f"{done.new:,} new of {done.requests:,}{corrected}")
    if done.forgotten:
        console.line(f"{console.counted(done.forgotten, 'row')} left out: forgotten before")
    for path in done.torn:
        console.line(f"{path}: its last line is not complete yet and was left out")
    if unrecognised:
        console.line(
            f"{console.counted(unrecognised, 'file')} in the folders left out: no known log"
        )
    if done.weeks:
        console.line(f"weeks {console.listed(done.weeks)}: `tokenhouse run` publishes them")


@own.command()
def forget(
    scope: Annotated[str, typer.Option(metavar="NAME", help="Account or gateway, as imported.")],
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="First day that is kept.")
    ],
    json: Json = False,
) -> None:
    """Delete the requests of a scope before a day, after two questions; nothing else deletes."""
    from pipelines.usage import forgetting

    home = settings().tokenhouse_home
    found = forgetting.count(home, scope, before.date())
    requests = f"{found:,} requests of scope {scope} before {before.date()}"
    typer.confirm(f"Delete {requests}? There is no raw copy", abort=True, err=True)
    if typer.prompt("Write the name of the scope to delete them", err=True) != scope:
        raise typer.Abort
    weeks = forgetting.forget(home, scope, before.date())
    if json:
        console.as_json(
            {"scope": scope, "before": before.date(), "requests": found, "weeks": weeks}
        )
    else:
        console.line(
            f"deleted {requests}; the next `tokenhouse run` removes them from the database"
        )
