"""The report's charts, each with a sentence that says the same."""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from pipelines.queries.published import Rows
from pipelines.reference.origins import BLOCS
from pipelines.report.svg import (
    COLOURS,
    LONGEST_NAME,
    draw,
    percent_axis,
    room_for,
    weeks_axis,
)
from pipelines.words.language import UNKNOWN, Language

PRICES = alt.Axis(format="$~g", values=[0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30], grid=False)
POINTS = alt.Axis(tickCount=5)

LEGIBLE_SHARE = 0.025
"""Below this a band of the stack is too thin to carry its name; the table under it names it."""


def split(language: Language, weeks: Sequence[date], rows: Rows) -> Markup:
    """Draw the shares of all tokens by bloc, stacked to one, each bloc named at its right end."""
    tokens = {(row["week"], row["bloc"]): row["tokens"] for row in rows}
    stacked = []
    for week in weeks:
        counts = [tokens.get((week, bloc), 0) for bloc in BLOCS]
        tops, total = list(accumulate(counts)), sum(counts) or 1
        for bloc, count, top in zip(BLOCS, counts, tops, strict=True):
            share, high = count / total, top / total
            stacked.append(
                {
                    "week": f"{week}",
                    "bloc": bloc,
                    "low": high - share,
                    "high": high,
                    "middle": high - share / 2,
                    "name": f"{language.name('bloc', bloc)} {language.percent(share)}",
                    "share": share,
                }
            )
    base = alt.Chart(pl.DataFrame(stacked)).encode(x=weeks_axis(language, weeks))
    areas = base.mark_area(stroke="var(--paper)", strokeWidth=1).encode(
        y=alt.Y("low:Q", scale=alt.Scale(domain=[0, 1]), axis=percent_axis()),
        y2="high:Q",
        color=alt.Color("bloc:N", scale=COLOURS, legend=None),
    )
    last = [row for row in stacked if row["week"] == f"{weeks[-1]}"]
    at_the_end = [row for row in last if row["share"] >= LEGIBLE_SHARE]
    elsewhere = _widest(stacked, {row["bloc"] for row in at_the_end}, weeks)
    names = _text(at_the_end, align="left", dx=8) + _text(
        [{**row, "name": language.name("bloc", row["bloc"])} for row in elsewhere],
        color="#1d1d1b",
    )
    said = language.say(
        "split.alternative", weeks=len(weeks), shares="; ".join(row["name"] for row in last)
    )
    room = (50, room_for(row["name"] for row in at_the_end))
    return draw("split", language.say("split.title"), said, areas + names, 230, room)


def _widest(stacked: Rows, named: set[str], weeks: Sequence[date]) -> Rows:
    """Return where to name the bands that are thin at the end: where three weeks are widest."""
    shares = {(row["bloc"], row["week"]): row["share"] for row in stacked}
    found = []
    for bloc in [bloc for bloc in BLOCS if bloc not in named]:
        triples = zip(weeks, weeks[1:], weeks[2:], strict=False)
        narrowest = [
            (min(shares[bloc, f"{week}"] for week in triple), f"{triple[1]}") for triple in triples
        ]
        share, middle = max(narrowest, default=(0, ""))
        found += [
            row
            for row in stacked
            if share >= 2 * LEGIBLE_SHARE and (row["bloc"], row["week"]) == (bloc, middle)
        ]
    return found


def _text(rows: Rows, **style: Any) -> alt.Chart:
    """Return names next to or within the bands of the stack."""
    frame = pl.DataFrame(rows, schema={"week": pl.String, "middle": pl.Float64, "name": pl.String})
    chart: alt.Chart = alt.Chart(frame).mark_text(fontWeight=600, **style)
    return chart.encode(x="week:T", y="middle:Q", text="name:N")


def ratio(language: Language, weeks: Sequence[date], rows: Rows) -> Markup:
    """Draw Chinese over American tokens, nine models against all listed ones with their bounds."""
    shown = [
        {
            "week": f"{row['week']}",
            "scope": row["scope"],
            "ratio": row["cn_over_us"],
            "low": row["cn_over_us_min"],
            "high": row["cn_over_us_max"],
            "fill": "var(--ink)" if row["is_identified"] else "var(--paper)",
            "name": f"{language.name('scope', row['scope'])} {language.ratio(row['cn_over_us'])}",
        }
        for row in rows
        if row["cn_over_us"] is not None
    ]
    newest = [row for row in shown if row["week"] == f"{weeks[-1]}"]
    base = alt.Chart(pl.DataFrame(shown, infer_schema_length=None)).encode(
        x=weeks_axis(language, weeks)
    )
    height = alt.Y("ratio:Q", scale=alt.Scale(zero=True), axis=alt.Axis(format="~g", tickCount=6))
    named = base.transform_filter("datum.scope == 'named'")
    even = (
        alt.Chart(pl.DataFrame({"ratio": [1.0]}))
        .mark_rule(stroke="var(--ink)", strokeDash=[3, 3])
        .encode(y="ratio:Q")
    )
    chart = (
        named.mark_area(fill="var(--ink)", fillOpacity=0.12).encode(y=alt.Y("low:Q"), y2="high:Q")
        + even
        + base.transform_filter("datum.scope == 'top9'")
        .mark_line(stroke="var(--muted)", strokeWidth=2, strokeDash=[6, 3])
        .encode(y=height)
        + named.mark_line(stroke="var(--ink)", strokeWidth=2.5).encode(y=height)
        + named.mark_point(stroke="var(--ink)", size=45, opacity=1, strokeWidth=1.5).encode(
            y=height, fill=alt.Fill("fill:N", scale=None)
        )
        + alt.Chart(pl.DataFrame(newest, infer_schema_length=None))
        .mark_text(align="left", dx=8, fontWeight=600)
        .encode(x="week:T", y=height, text="name:N")
    )
    said = language.say(
        "ratio.alternative",
        ratios="; ".join(row["name"] for row in newest),
    )
    room = (24, room_for(row["name"] for row in shown))
    return draw("ratio", language.say("ratio.title"), said, chart, 230, room)


def frontier(language: Language, rows: Rows, picks: Sequence[str]) -> Markup:
    """Draw capability against price: token share as area, the front as a line, picks as rings.

    `picks` are the `base_permaslug` of the primaries of routes, which are numbered in their order.
    """
    numbers = {pick: f"{number}" for number, pick in enumerate(picks, 1)}
    shown = [
        {
            "name": row["base_permaslug"],
            "price": row["prompt_price"],
            "capability": row["capability"],
            "share": row["share"],
            "pick": numbers.get(row["base_permaslug"]),
            "is_on_front": row["is_on_front"],
        }
        for row in rows
    ]
    frame = pl.DataFrame(shown, schema_overrides={"pick": pl.String})
    front = [row for row in shown if row["is_on_front"]]
    price = alt.X("price:Q", scale=alt.Scale(type="log", nice=False, padding=16), axis=PRICES)
    capability = alt.Y("capability:Q", scale=alt.Scale(zero=False, padding=12), axis=POINTS)
    area = alt.Size("share:Q", scale=alt.Scale(domainMin=0, range=[0, 1200]), legend=None)
    base = alt.Chart(frame).encode(x=price, y=capability)
    chart = (
        alt.Chart(pl.DataFrame(front))
        .mark_line(interpolate="step-after", stroke="var(--muted)", strokeDash=[4, 3])
        .encode(x=price, y=capability)
        + base.mark_circle(fill="var(--ink)", opacity=0.3).encode(size=area)
        + base.mark_circle(fill="var(--ink)", opacity=1, size=12)
        + base.transform_filter("isValid(datum.pick)").mark_point(
            stroke="var(--accent)", strokeWidth=2.5, size=110, opacity=1
        )
        + base.transform_filter("isValid(datum.pick)")
        .mark_text(align="left", dx=8, dy=12, fontWeight=700)
        .encode(text="pick:N")
    )
    said = language.say(
        "index.alternative",
        count=len(shown),
        front="; ".join(row["name"] for row in front),
        picks="; ".join(f"{number} {pick}" for pick, number in numbers.items()) or UNKNOWN,
    )
    return draw("index", language.say("index.figure"), said, chart, 260, (40, 16))


def dumbbell(language: Language, grain: str, rows: Rows) -> Markup:
    """Draw each group's share of all tokens (ring) against its share of revenue with its band."""
    shown = [
        {
            "name": row["name"],
            "bloc": row["bloc"] if row["bloc"] in BLOCS else "UNATTRIBUTED",
            "tokens": row["token_share"],
            "low": row["revenue_share_p10"],
            "middle": row["revenue_share_p50"],
            "high": row["revenue_share_p90"],
        }
        for row in rows
    ]
    frame = pl.DataFrame(shown, infer_schema_length=None)
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "name:N",
            sort=[row["name"] for row in shown],
            axis=alt.Axis(labelLimit=LONGEST_NAME, domain=False, ticks=False, grid=True),
        ),
        color=alt.Color("bloc:N", scale=COLOURS, legend=None),
    )
    shares = alt.X("tokens:Q", axis=percent_axis(), scale=alt.Scale(zero=True, nice=True))
    priced = base.transform_filter("isValid(datum.middle)")
    chart = (
        priced.mark_rule(strokeWidth=1.5).encode(x=shares, x2="middle:Q")
        + priced.mark_bar(height=9, opacity=0.45).encode(x=alt.X("low:Q"), x2="high:Q")
        + priced.mark_point(filled=True, size=60, opacity=1).encode(x=alt.X("middle:Q"))
        + base.mark_point(size=60, opacity=1, strokeWidth=2, fill="var(--paper)").encode(x=shares)
    )
    said = language.say(
        f"dual.alternative_{grain}",
        shares="; ".join(
            f"{row['name']} {language.percent(row['tokens'])} → {language.percent(row['middle'])}"
            for row in shown
        ),
    )
    room = (room_for(row["name"] for row in shown), 24)
    title = language.say(f"dual.title_{grain}")
    return draw(f"dual-{grain}", title, said, chart, 26 * len(shown), room)


def waterfall(language: Language, rows: Rows) -> Markup:
    """Draw the terms of growth one after the other, and their sum at the bottom."""
    ends = list(accumulate(row["percentage_points"] for row in rows))
    bars = [
        {
            "term": language.name("term", row["term"]),
            "start": end - row["percentage_points"],
            "end": end,
            "points": language.points(row["percentage_points"]),
            "kind": "rise" if row["percentage_points"] >= 0 else "fall",
        }
        for row, end in zip(rows, ends, strict=True)
    ]
    total = {"term": language.say("growth.sum"), "start": 0.0, "end": ends[-1]}
    bars.append({**total, "points": language.points(ends[-1]), "kind": "sum"})
    for bar in bars:
        bar["right"] = max(bar["start"], bar["end"])
    base = alt.Chart(pl.DataFrame(bars)).encode(
        y=alt.Y(
            "term:N",
            sort=[bar["term"] for bar in bars],
            axis=alt.Axis(labelLimit=LONGEST_NAME, domain=False, ticks=False),
        )
    )
    chart = base.mark_bar(height=16, strokeWidth=1.5, stroke="var(--ink)").encode(
        x=alt.X("start:Q", axis=alt.Axis(format="~g", tickCount=5)),
        x2="end:Q",
        fill=alt.Fill(
            "kind:N",
            scale=alt.Scale(
                domain=["rise", "fall", "sum"],
                range=["var(--ink)", "var(--paper)", "var(--accent)"],
            ),
            legend=None,
        ),
    ) + base.mark_text(align="left", dx=6, fontWeight=600).encode(x="right:Q", text="points:N")
    said = language.say(
        "growth.alternative", terms="; ".join(f"{bar['term']} {bar['points']}" for bar in bars)
    )
    room = (room_for(bar["term"] for bar in bars), 60)
    return draw("growth", language.say("growth.title"), said, chart, 30 * len(bars), room)
