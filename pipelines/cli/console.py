"""How answers look in a terminal, and as JSON."""

import json
import math
import sys
from datetime import datetime
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.queries.published import Rows

Week = dict[str, Any]
"""A published week as `answers.published_week` returns it."""

# Without a terminal there is no width to ask for: enough for the longest slug.
console = Console(width=None if sys.stdout.isatty() else 120)
errors = Console(stderr=True)

# What is piped is read by programs and later: a number torn in two would be misread.
tables = console if sys.stdout.isatty() else Console(width=10_000)


def as_json(answer: object) -> None:
    """Print an answer as JSON; dates are ISO, tokens stay whole numbers."""
    print(json.dumps(_finite(answer), indent=2, ensure_ascii=False, default=_json_value))  # noqa: T201


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return f"{value}"


def _finite(value: Any) -> Any:
    """Replace what JSON has no number for by null."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def table(title: str, headings: list[str], rows: list[list[str]], caption: str = "") -> None:
    """Print a table; a heading that starts with `>` is aligned right."""
    view = Table(
        title=title,
        title_justify="left",
        caption=caption or None,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for heading in headings:
        align: Literal["left", "right"] = "right" if heading.startswith(">") else "left"
        view.add_column(heading.lstrip(">"), justify=align, overflow="fold")
    for row in rows:
        view.add_row(*map(escape, row))
    tables.print(view)


def rows(answer: Rows) -> None:
    """Print whatever a query returned."""
    if not answer:
        console.print("no rows")
        return
    numeric = {name for name, value in answer[0].items() if isinstance(value, int | float)}
    headings = [f">{name}" if name in numeric else name for name in answer[0]]
    table("", headings, [[plain(value) for value in row.values()] for row in answer])


def plain(value: object) -> str:
    """Print a value; what is not known is a dash."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value}"


def _named(week: Week) -> str:
    """Return the week's key, and how much of it there is if that is not all."""
    days = "" if week["is_complete"] else f" (only {week['days_seen']} of 7 days)"
    return f"week {week['week']}{days}"


def citation(week: Week) -> None:
    """Print the line that must travel with a week's numbers."""
    console.print(week["citation"], highlight=False)


def top(week: Week, models: Rows) -> None:
    """Print the first models of a week."""
    table(
        f"Top {len(models)} models, {_named(week)}",
        [">#", ">was", "model", "bloc", ">tokens", ">share", ">week on week"],
        [
            [
                f"{row['rank']}",
                plain(row["previous_rank"]),
                row["model_permaslug"],
                row["bloc"],
                tokens(row["tokens"]),
                percent(row["share"]),
                _growth(row),
            ]
            for row in models
        ],
        "share: of all tokens, models outside the daily top 50 included",
    )


def origin(week: Week, blocs: Rows) -> None:
    """Print the split between China and the US, every scope beside the others."""
    by_scope: dict[str, dict[str, Any]] = {}
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
                *(f(pair[bloc][key]) for bloc in ("CN", "US") for f, key in _ORIGIN_COLUMNS),
                verdict,
            ]
        )
    table(
        f"China and the US by headquarters of the developer, {_named(week)}",
        ["scope", ">CN", ">share", ">w/w", ">US", ">share", ">w/w", "who leads"],
        lines,
        "share: of the scope's tokens; a top N's w/w moves with its members",
    )


def routes(week: Week, chosen: Rows) -> None:
    """Print a routing table: each workload with its chain (A) and its reserve (B)."""
    waiting = (
        "not routed: only the newest 52 weeks are"
        if week["is_complete"]
        else "routed when the week is complete"
    )
    lines = []
    for row in chosen:
        if row["model_id"] is None:
            best = row["best_achievable"]
            at_best = "" if best is None else f" (at best {best:.3f})"
            lines.append(
                [row["workload"], "", (row["binding_constraint"] or waiting) + at_best, "", ""]
            )
            continue
        if row["position"] == 0:
            blocked = f" (blocked: {row['blocked_because']})" if row["blocked_because"] else ""
            lines.append([row["workload"] + blocked, *_choice("B reserve", row, "reserve_")])
        number = f" {row['position']}" if row["role"] == "fallback" else ""
        place = f"A {row['role']}{number}"
        lines.insert(-1, ["", *_choice(place, row)])
        if row["position"] == 0:
            lines[-2][0], lines[-1][0] = lines[-1][0], ""
    table(
        f"Routing table, {_named(week)}",
        ["workload", "", "model", ">$/task", ">$/1M"],
        lines,
        "A: cost at list prices; B: the best quality; `tokenhouse explain` says why each; "
        "success is predicted, not executed",
    )


def _choice(place: str, row: dict[str, Any], column: str = "") -> list[str]:
    return [
        place,
        row[f"{column}model_id"],
        f"{row[f'{column}cost_per_task_usd']:.5f}",
        f"{row[f'{column}cost_per_million_usd']:.4f}",
    ]


def counted(count: int, one: str) -> str:
    """Print how many of something there are: 1 week, 2 weeks."""
    return f"{count} {one}{'' if count == 1 else 's'}"


def tokens(count: int) -> str:
    """Print a token count as people say it: 3.43T, 439.1B."""
    for unit, size in (("T", 10**12), ("B", 10**9), ("M", 10**6)):
        if count >= size:
            return f"{count / size:.2f}{unit}"
    return f"{count}"


def percent(fraction: float | None) -> str:
    """Print a fraction as a percentage."""
    return "–" if fraction is None else f"{fraction:.1%}"


def _change(fraction: float | None) -> str:
    return "–" if fraction is None else f"{fraction:+.1%}"


_ORIGIN_COLUMNS = ((tokens, "tokens"), (percent, "share"), (_change, "wow"))


def _growth(row: dict[str, Any]) -> str:
    """Print growth as a point if it is known, else as its bounds."""
    if row["wow"] is not None or row["wow_low"] is None:
        return _change(row["wow"])
    high = "∞" if row["wow_high"] is None else _change(row["wow_high"])
    return f"{_change(row['wow_low'])} … {high}"
