"""The charts of growth, cost, payment and all weeks, each with a sentence that says the same."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import altair as alt
import polars as pl
from markupsafe import Markup

from pipelines.queries.published import Rows
from pipelines.report.charts import Kind, stack
from pipelines.report.svg import LONGEST_NAME, draw, instant, room_for, weeks_axis
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
    base = alt.Chart(pl.DataFrame(bars)).encode(
        y=alt.Y(
            "name:N",
            sort=[bar["name"] for bar in bars],
            axis=alt.Axis(labelLimit=LONGEST_NAME, domain=False, ticks=False),
        )
    )
    fill = alt.Scale(
        domain=["paid", "free", "stealth", "rest"],
        range=["var(--paid)", "var(--free)", "var(--stealth)", "var(--unattributed)"],
    )
    chart = base.mark_bar(height=16).encode(
        x=alt.X("points:Q", axis=alt.Axis(format="~f", tickCount=5)),
        fill=alt.Fill("kind:N", scale=fill, legend=None),
    ) + base.mark_text(align="left", dx=6, fontWeight=600).encode(x="right:Q", text="said:N")
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
    base = alt.Chart(pl.DataFrame(shown)).encode(x=weeks_axis(language, weeks))
    height = alt.Y("middle:Q", scale=alt.Scale(zero=True), axis=alt.Axis(format="$~g", tickCount=5))
    chart = (
        base.mark_area(fill="var(--ink)", fillOpacity=0.14).encode(y="low:Q", y2="high:Q")
        + base.mark_line(stroke="var(--ink)", strokeWidth=2.5).encode(y=height)
        + base.mark_point(fill="var(--ink)", stroke="var(--ink)", size=30, opacity=1).encode(
            y=height
        )
        + alt.Chart(pl.DataFrame(shown[-1:]))
        .mark_text(align="left", dx=8, fontWeight=600)
        .encode(x="week:T", y=height, text="name:N")
    )
    newest = rows[-1]
    said = language.say(
        "cost.alternative",
        week=language.day(newest["week"]),
        middle=language.price(newest["p50"]),
        low=language.price(newest["p10"]),
        high=language.price(newest["p90"]),
    )
    return draw("cost", language.say("cost.title"), said, chart, 230, (44, 56))


def payment(language: Language, weeks: Sequence[date], rows: Rows) -> Markup:
    """Draw the shares of all tokens by payment, stacked to one."""
    known = {row["week"]: row for row in rows}
    shares = [
        (week, kind, known[week][kind] or 0) for week in weeks if week in known for kind in PAYMENTS
    ]
    kinds = [
        Kind(kind, language.name("payment", kind), colour) for kind, colour in PAYMENTS.items()
    ]
    return stack(language, "paid_by", kinds, weeks, shares)


def totals(language: Language, rows: Rows) -> Markup:
    """Draw all weekly totals on a log axis; a week that is not whole is a hole."""
    weeks = [row["week"] for row in rows]
    known = {row["week"]: row["total_tokens"] for row in rows if row["is_complete"]}
    count = (weeks[-1] - weeks[0]).days // 7 + 1
    every = [weeks[0] + timedelta(days=7 * number) for number in range(count)]
    shown: Rows = [{"week": f"{one}", "tokens": known.get(one)} for one in every]
    holes = [row["week"] for row in shown if row["tokens"] is None]
    whole = [row for row in shown if row["tokens"]]
    step = -(-count // 3)
    marked = every[::-1][::step][::-1]
    labels = {f"{one}": language.month(one) for one in marked}
    axis = alt.Axis(
        labelExpr=f"({labels})[utcFormat(datum.value, '%Y-%m-%d')]",
        labelAngle=0,
        grid=False,
        values=[instant(one) for one in marked],
    )
    span = alt.Scale(type="utc", domain=[instant(every[0]), instant(every[-1])])
    x = alt.X("week:T", scale=span, axis=axis)
    ticks = [number * 10**power for power in range(6, 18) for number in (1, 2, 5)]
    ends = [row["tokens"] for row in whole] or [1]
    inside = [tick for tick in ticks if min(ends) / 1.3 <= tick <= max(ends) * 1.3]
    said_ticks = {f"{tick}": language.tokens(tick) for tick in inside}
    y = alt.Y(
        "tokens:Q",
        scale=alt.Scale(type="log", nice=False, domain=[min(ends) / 1.2, max(ends) * 1.2]),
        axis=alt.Axis(values=inside, labelExpr=f"({said_ticks})[datum.value]"),
    )
    last = [{**whole[-1], "name": language.tokens(whole[-1]["tokens"])}] if whole else []
    schema = {"week": pl.String, "tokens": pl.Int64}
    chart = (
        alt.Chart(pl.DataFrame([{"week": one} for one in holes], schema={"week": pl.String}))
        .mark_rule(stroke="var(--rule)", strokeWidth=4)
        .encode(x=x)
        + alt.Chart(pl.DataFrame(shown, schema=schema))
        .mark_line(stroke="var(--ink)", strokeWidth=2, invalid="break-paths-show-path-domains")
        .encode(x=x, y=y)
        + alt.Chart(pl.DataFrame(last, schema={**schema, "name": pl.String}))
        .mark_text(align="left", dx=6, fontWeight=600)
        .encode(x=x, y=y, text="name:N")
    )
    said = language.say(
        "long.alternative",
        count=len(whole),
        holes=len(holes),
        first=language.tokens(ends[0]),
        last=language.tokens(ends[-1]),
    )
    return draw("long", language.say("long.title"), said, chart, 230, (56, 60))
