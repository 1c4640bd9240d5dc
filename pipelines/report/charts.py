"""The report's charts, each with a sentence that says the same."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

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
RATIOS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]

LEGIBLE_SHARE = 0.025
"""Below this a band of the stack is too thin to carry its name; the table under it names it."""


class Kind(NamedTuple):
    """What a band of a stack is: its key, its name and its colour."""

    key: str
    name: str
    colour: str


def split(language: Language, weeks: Sequence[date], rows: Rows) -> Markup:
    """Draw the shares of all tokens by bloc, stacked to one, each bloc named at its right end."""
    tokens = {(row["week"], row["bloc"]): row["tokens"] for row in rows}
    totals = {week: sum(tokens.get((week, bloc), 0) for bloc in BLOCS) or 1 for week in weeks}
    shares = [
        (week, bloc, tokens.get((week, bloc), 0) / totals[week]) for week in weeks for bloc in BLOCS
    ]
    kinds = [
        Kind(bloc, language.name("bloc", bloc), colour)
        for bloc, colour in zip(BLOCS, COLOURS.range, strict=True)
    ]
    return stack(language, "split", kinds, weeks, shares)


def stack(
    language: Language,
    name: str,
    kinds: Sequence[Kind],
    weeks: Sequence[date],
    shares: Sequence[tuple[date, str, float]],
) -> Markup:
    """Draw shares by week as bands that add up to one, each named where it is widest.

    `name` is the chart's and that of its words, `<name>.title` and `<name>.alternative`.
    """
    known = {(week, kind): share for week, kind, share in shares}
    stacked: Rows = []
    for week in [week for week in weeks if (week, kinds[0].key) in known]:
        high = 0.0
        for kind in kinds:
            share = known[week, kind.key]
            high += share
            stacked.append(
                {
                    "week": f"{week}",
                    "kind": kind.key,
                    "low": high - share,
                    "high": high,
                    "middle": high - share / 2,
                    "name": f"{kind.name} {language.percent(share)}",
                    "share": share,
                }
            )
    colours = alt.Scale(domain=[kind.key for kind in kinds], range=[kind.colour for kind in kinds])
    base = alt.Chart(pl.DataFrame(stacked)).encode(x=weeks_axis(language, weeks))
    areas = base.mark_area(stroke="var(--paper)", strokeWidth=1).encode(
        y=alt.Y("low:Q", scale=alt.Scale(domain=[0, 1]), axis=percent_axis()),
        y2="high:Q",
        color=alt.Color("kind:N", scale=colours, legend=None),
    )
    last = [row for row in stacked if row["week"] == stacked[-1]["week"]]
    at_the_end = [row for row in last if row["share"] >= LEGIBLE_SHARE]
    elsewhere = _widest(stacked, [row["kind"] for row in last if row not in at_the_end])
    called = {kind.key: kind.name for kind in kinds}
    names = _text(at_the_end, align="left", dx=8) + _text(
        [{**row, "name": called[row["kind"]]} for row in elsewhere], color="#1d1d1b"
    )
    said = language.say(
        f"{name}.alternative", weeks=len(weeks), shares="; ".join(row["name"] for row in last)
    )
    room = (50, room_for(row["name"] for row in at_the_end))
    return draw(name, language.say(f"{name}.title"), said, areas + names, 230, room)


def _widest(stacked: Rows, thin: Sequence[str]) -> Rows:
    """Return where to name the bands that are thin at the end: where three weeks are widest."""
    found = []
    for kind in thin:
        band = [row for row in stacked if row["kind"] == kind]
        triples = zip(band, band[1:], band[2:], strict=False)
        narrowest = [
            (min(row["share"] for row in triple), number)
            for number, triple in enumerate(triples, 1)
        ]
        share, middle = max(narrowest, default=(0, 0))
        if share >= 2 * LEGIBLE_SHARE:
            found.append(band[middle])
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
            "low": row["cn_over_us_min"] or None,  # a log axis has no zero
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
    height = alt.Y(
        "ratio:Q",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(format="~g", values=RATIOS),
    )
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


def frontier(
    language: Language, rows: Rows, picks: Sequence[str], names: Mapping[str, str]
) -> Markup:
    """Draw capability against price: token share as area, the front as a line, picks as rings.

    `picks` are the `base_permaslug` of the primaries of routes, which are numbered in their order.
    """
    numbers = {pick: f"{number}" for number, pick in enumerate(picks, 1)}
    shown = [
        {
            "name": names.get(row["base_permaslug"], row["base_permaslug"]),
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
        picks="; ".join(f"{number} {names.get(pick, pick)}" for pick, number in numbers.items())
        or UNKNOWN,
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
            "said": f"{language.percent(row['token_share'])} → "
            f"{language.percent(row['revenue_share_p50'])}",
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
    shares = alt.X("tokens:Q", axis=percent_axis(2), scale=alt.Scale(zero=True, nice=True))
    priced = base.transform_filter("isValid(datum.middle)")
    chart = (
        priced.mark_rule(strokeWidth=1.5).encode(x=shares, x2="middle:Q")
        + priced.mark_bar(height=9, opacity=0.45).encode(x=alt.X("low:Q"), x2="high:Q")
        + priced.mark_point(filled=True, size=60, opacity=1).encode(x=alt.X("middle:Q"))
        + base.mark_point(size=60, opacity=1, strokeWidth=2, fill="var(--paper)").encode(x=shares)
        + base.mark_text(align="left", dx=10, color="var(--ink)").encode(
            x=alt.value("width"), text="said:N", color=alt.value("var(--ink)")
        )
    )
    said = language.say(
        f"dual.alternative_{grain}",
        shares="; ".join(f"{row['name']} {row['said']}" for row in shown),
    )
    room = (room_for(row["name"] for row in shown), room_for(row["said"] for row in shown))
    title = language.say(f"dual.title_{grain}")
    return draw(f"dual-{grain}", title, said, chart, 26 * len(shown), room)
