"""The report's charts, each with a sentence that says the same."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from markupsafe import Markup

from pipelines.queries.published import Rows
from pipelines.reference.origins import BLOCS
from pipelines.report.svg import (
    COLOURS,
    LONGEST_NAME,
    draw,
    kind,
    mark,
    number,
    numbers_axis,
    of,
    only,
    percent_axis,
    room_for,
    too_few,
    weeks_axis,
)
from pipelines.words.language import UNKNOWN, Language

PRICES = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30]
RATIOS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]

NAME_HEIGHT = 0.06
"""Of the height of a stack."""

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
        for bloc, colour in zip(BLOCS, COLOURS["range"], strict=True)
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
    if len({week for week, _, _ in shares}) < 2:
        return too_few(language)
    known = {(week, kind): share for week, kind, share in shares}
    stacked: Rows = []
    for week in [week for week in weeks if (week, kinds[0].key) in known]:
        high = 0.0
        for one in kinds:
            share = known[week, one.key]
            high += share
            stacked.append(
                {
                    "week": f"{week}",
                    "kind": one.key,
                    "low": high - share,
                    "high": high,
                    "middle": high - share / 2,
                    "name": f"{one.name} {language.percent(share)}",
                    "share": share,
                }
            )
    colours = {"domain": [one.key for one in kinds], "range": [one.colour for one in kinds]}
    areas = mark(
        "area",
        {
            "y": number("low", scale={"domain": [0, 1]}, axis=percent_axis()),
            "y2": {"field": "high"},
            "color": kind("kind", scale=colours, legend=None),
        },
        stroke="var(--paper)",
        strokeWidth=1,
    )
    last = [row for row in stacked if row["week"] == stacked[-1]["week"]]
    at_the_end = _apart([row for row in last if row["share"] >= LEGIBLE_SHARE])
    elsewhere = _widest(stacked, [row["kind"] for row in last if row["share"] < LEGIBLE_SHARE])
    called = {one.key: one.name for one in kinds}
    within = [{**row, "name": called[row["kind"]]} for row in elsewhere]
    room = (50, room_for(row["name"] for row in at_the_end))
    place = {"y": number("middle"), "text": kind("name")}
    chart = {
        "encoding": {"x": weeks_axis(language, weeks, room)},
        "layer": [
            of(stacked, areas),
            of(at_the_end, mark("text", place, fontWeight=600, align="left", dx=8)),
            of(within, mark("text", place, fontWeight=600, color="#1d1d1b")),
        ],
    }
    said = language.say(
        f"{name}.alternative", weeks=len(weeks), shares="; ".join(row["name"] for row in last)
    )
    return draw(name, language.say(f"{name}.title"), said, chart, 230, room)


def _apart(rows: Rows) -> Rows:
    """Return names from the lowest to the highest, moved where they would touch each other."""
    spots: list[float] = []
    for row in rows:
        spots.append(max(row["middle"], spots[-1] + NAME_HEIGHT if spots else 0))
    highest = 1 - NAME_HEIGHT / 2
    for place in reversed(range(len(spots))):
        spots[place] = min(spots[place], highest)
        highest = spots[place] - NAME_HEIGHT
    return [{**row, "middle": spot} for row, spot in zip(rows, spots, strict=True)]


def _widest(stacked: Rows, thin: Sequence[str]) -> Rows:
    """Return where to name the bands that are thin at the end: where three weeks are widest."""
    found = []
    for key in thin:
        band = [row for row in stacked if row["kind"] == key]
        triples = zip(band, band[1:], band[2:], strict=False)
        narrowest = [
            (min(row["share"] for row in triple), number)
            for number, triple in enumerate(triples, 1)
        ]
        share, middle = max(narrowest, default=(0, 0))
        if share >= 2 * LEGIBLE_SHARE:
            found.append(band[middle])
    return found


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
    if len(weeks) < 2:
        return too_few(language)
    highest_first = sorted(newest, key=lambda row: row["ratio"], reverse=True)
    log = {"type": "log", "nice": False}
    height = number("ratio", scale=log, axis=numbers_axis(language, values=RATIOS))
    room = (30, room_for(row["name"] for row in shown))
    x, at = weeks_axis(language, weeks, room), {"y": height}
    band = {"x": x, "y": number("low"), "y2": {"field": "high"}}
    of_named, of_top9 = "datum.scope == 'named'", "datum.scope == 'top9'"
    chart = {
        "layer": [
            of(shown, only(of_named, mark("area", band, fill="var(--ink)", fillOpacity=0.12))),
            of([{"ratio": 1}], mark("rule", at, stroke="var(--ink)", strokeDash=[3, 3])),
            *(
                of(shown, only(scope, mark("line", {"x": x, **at}, **style)))
                for scope, style in (
                    (of_top9, {"stroke": "var(--muted)", "strokeWidth": 2, "strokeDash": [6, 3]}),
                    (of_named, {"stroke": "var(--ink)", "strokeWidth": 2.5}),
                )
            ),
            of(
                shown,
                only(
                    of_named,
                    mark(
                        "point",
                        {"x": x, **at, "fill": kind("fill", scale=None)},
                        **{"stroke": "var(--ink)", "size": 45, "opacity": 1, "strokeWidth": 1.5},
                    ),
                ),
            ),
            *(
                of(
                    [row],
                    mark(
                        "text",
                        {"x": x, **at, "text": kind("name")},
                        **{"align": "left", "dx": 8, "fontWeight": 600, "baseline": baseline},
                    ),
                )
                for row, baseline in zip(highest_first, ("bottom", "top"), strict=False)
            ),
        ]
    }
    said = language.say(
        "ratio.alternative",
        ratios="; ".join(row["name"] for row in newest),
    )
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
    front = [row for row in shown if row["is_on_front"]]
    log = {"type": "log", "nice": False, "padding": 16}
    prices = numbers_axis(language, "$", values=PRICES, grid=False)
    picked = "isValid(datum.pick)"
    size = number("share", scale={"domainMin": 0, "range": [0, 1200]}, legend=None)
    ring = {"stroke": "var(--accent)", "strokeWidth": 2.5, "size": 110, "opacity": 1}
    number_of = {"align": "left", "dx": 8, "dy": 12, "fontWeight": 700}
    chart = {
        "encoding": {
            "x": number("price", scale=log, axis=prices),
            "y": number("capability", scale={"zero": False, "padding": 12}, axis={"tickCount": 5}),
        },
        "layer": [
            of(
                front,
                mark("line", interpolate="step-after", stroke="var(--muted)", strokeDash=[4, 3]),
            ),
            of(shown, mark("circle", {"size": size}, fill="var(--ink)", opacity=0.3)),
            of(shown, mark("circle", fill="var(--ink)", opacity=1, size=12)),
            of(shown, only(picked, mark("point", **ring))),
            of(shown, only(picked, mark("text", {"text": kind("pick")}, **number_of))),
        ],
    }
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
    axis = {"labelLimit": LONGEST_NAME, "domain": False, "ticks": False, "grid": True}
    shares = number("tokens", axis=percent_axis(2), scale={"zero": True, "nice": True})
    priced, at_the_end = "isValid(datum.middle)", {"x": {"value": "width"}, "text": kind("said")}
    dot = {"size": 60, "opacity": 1}
    chart = {
        **of(shown, {}),
        "encoding": {
            "y": kind("name", sort=[row["name"] for row in shown], axis=axis),
            "color": kind("bloc", scale=COLOURS, legend=None),
        },
        "layer": [
            only(priced, mark("rule", {"x": shares, "x2": {"field": "middle"}}, strokeWidth=1.5)),
            only(
                priced,
                mark("bar", {"x": number("low"), "x2": {"field": "high"}}, height=9, opacity=0.45),
            ),
            only(priced, mark("point", {"x": number("middle")}, filled=True, **dot)),
            mark("point", {"x": shares}, strokeWidth=2, fill="var(--paper)", **dot),
            mark("text", at_the_end | {"color": {"value": "var(--ink)"}}, align="left", dx=10),
        ],
    }
    said = language.say(
        f"dual.alternative_{grain}",
        shares="; ".join(f"{row['name']} {row['said']}" for row in shown),
    )
    room = (room_for(row["name"] for row in shown), room_for(row["said"] for row in shown))
    title = language.say(f"dual.title_{grain}")
    return draw(f"dual-{grain}", title, said, chart, 26 * len(shown), room)
