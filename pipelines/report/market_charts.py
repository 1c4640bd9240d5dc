"""The charts of growth, cost, payment and all weeks, each with a sentence that says the same."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from pipelines.queries.published import Rows
from pipelines.report.charts import Kind, stack
from pipelines.report.svg import (
    LONGEST_NAME,
    draw,
    fitting_step,
    kind,
    mark,
    number,
    numbers_axis,
    of,
    room_for,
    time_axis,
    too_few,
    weeks_axis,
)
from pipelines.words.language import Language

PAYMENTS = {
    "paid": "var(--paid)",
    "free": "var(--free)",
    "stealth": "var(--stealth)",
    "unknown": "var(--unattributed)",
    "other": "var(--unattributed)",
}


def contributors(language: Language, rows: Rows, names: Mapping[str, str]) -> Markup:
    """Draw what the largest contributors added, the rest, and what is outside the top 50."""
    bars = []
    for row in rows:
        slug = row.get("model_permaslug")
        points = row["percentage_points"]
        bars.append(
            {
                "name": row["label"] if slug is None else names.get(slug, slug),
                "points": points,
                "right": max(points, 0),
                "kind": row["payment"] if row["payment"] in ("paid", "free", "stealth") else "rest",
                "said": language.points(points),
            }
        )
    fill = {
        "domain": ["paid", "free", "stealth", "rest"],
        "range": ["var(--paid)", "var(--free)", "var(--stealth)", "var(--unattributed)"],
    }
    axis = {"labelLimit": LONGEST_NAME, "domain": False, "ticks": False}
    lengths = number("points", axis={"format": "~f", "tickCount": 5})
    colour, text = kind("kind", scale=fill, legend=None), kind("said")
    chart = {
        **of(bars, {}),
        "encoding": {"y": kind("name", sort=[bar["name"] for bar in bars], axis=axis)},
        "layer": [
            mark("bar", {"x": lengths, "fill": colour}, height=16),
            mark("text", {"x": number("right"), "text": text}, align="left", dx=6, fontWeight=600),
        ],
    }
    said = language.say(
        "growth.alternative",
        terms="; ".join(
            f"{bar['name']} ({language.name('payment', row['payment'])}) {bar['said']}"
            if row["payment"]
            else f"{bar['name']} {bar['said']}"
            for bar, row in zip(bars, rows, strict=True)
        ),
    )
    room = (room_for(bar["name"] for bar in bars), 60)
    return draw("growth", language.say("growth.title"), said, chart, 30 * len(bars), room)


def cost(language: Language, weeks: Sequence[date], rows: Rows) -> Markup:
    """Draw dollars per million tokens: the middle as a line, P10 to P90 as a band."""
    if len(rows) < 2:
        return too_few(language)
    shown = [
        {
            "week": f"{row['week']}",
            "low": row["p10"],
            "middle": row["p50"],
            "high": row["p90"],
            "name": language.price(row["p50"]),
        }
        for row in rows
    ]
    axis = numbers_axis(language, "$", tickCount=5)
    height, room = {"y": number("middle", scale={"zero": True}, axis=axis)}, (44, 56)
    band = {"y": number("low"), "y2": {"field": "high"}}
    ink = {"stroke": "var(--ink)"}
    chart = {
        "encoding": {"x": weeks_axis(language, weeks, room)},
        "layer": [
            of(shown, mark("area", band, fill="var(--ink)", fillOpacity=0.14)),
            of(shown, mark("line", height, strokeWidth=2.5, **ink)),
            of(shown, mark("point", height, fill="var(--ink)", size=30, opacity=1, **ink)),
            of(
                shown[-1:],
                mark("text", {**height, "text": kind("name")}, align="left", dx=8, fontWeight=600),
            ),
        ],
    }
    newest = rows[-1]
    said = language.say(
        "cost.alternative",
        week=language.day(newest["week"]),
        middle=language.price(newest["p50"]),
        low=language.price(newest["p10"]),
        high=language.price(newest["p90"]),
    )
    return draw("cost", language.say("cost.title"), said, chart, 230, room)


def payment(language: Language, weeks: Sequence[date], rows: Rows) -> Markup:
    """Draw the shares of all tokens by payment, stacked to one."""
    known = {row["week"]: row for row in rows}
    shares = [
        (week, key, known[week][key] or 0) for week in weeks if week in known for key in PAYMENTS
    ]
    kinds = [Kind(key, language.name("payment", key), colour) for key, colour in PAYMENTS.items()]
    return stack(language, "paid_by", kinds, weeks, shares)


def totals(language: Language, rows: Rows) -> Markup:
    """Draw all weekly totals on a log axis; a week that is not whole is a hole."""
    weeks = [row["week"] for row in rows]
    if len(weeks) < 2:
        return too_few(language)
    known = {row["week"]: row["total_tokens"] for row in rows if row["is_complete"]}
    count = (weeks[-1] - weeks[0]).days // 7 + 1
    every = [weeks[0] + timedelta(days=7 * number) for number in range(count)]
    shown: Rows = [{"week": f"{one}", "tokens": known.get(one)} for one in every]
    holes = [row["week"] for row in shown if row["tokens"] is None]
    whole = [row for row in shown if row["tokens"]]
    ticks = [digit * 10**power for power in range(6, 18) for digit in (1, 2, 5)]
    ends = [row["tokens"] for row in whole] or [1]
    inside = [tick for tick in ticks if min(ends) / 1.3 <= tick <= max(ends) * 1.3]
    said_ticks = {f"{tick}": language.tokens(tick) for tick in inside}
    newest = language.tokens(ends[-1])
    room = (room_for(said_ticks.values()), room_for([newest]))
    marked = every[:: -fitting_step(map(language.month, every), room)][::-1]
    x = time_axis({one: language.month(one) for one in marked}, every[0], every[-1])
    log = {"type": "log", "nice": False, "domain": [min(ends) / 1.2, max(ends) * 1.2]}
    axis = {"values": inside, "labelExpr": f"({said_ticks})[datum.value]"}
    y = {"y": number("tokens", scale=log, axis=axis)}
    last = [{**whole[-1], "name": newest}] if whole else []
    text = kind("name")
    broken = "break-paths-show-path-domains"
    chart = {
        "encoding": {"x": x},
        "layer": [
            of([{"week": one} for one in holes], mark("rule", stroke="var(--rule)", strokeWidth=4)),
            of(shown, mark("line", y, stroke="var(--ink)", strokeWidth=2, invalid=broken)),
            of(last, mark("text", {**y, "text": text}, align="left", dx=6, fontWeight=600)),
        ],
    }
    said = language.say(
        "long.alternative",
        count=len(whole),
        holes=len(holes),
        first=language.tokens(ends[0]),
        last=newest,
    )
    return draw("long", language.say("long.title"), said, chart, 230, room)
