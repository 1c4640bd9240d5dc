"""How every chart of the report is drawn: Vega-Lite to SVG, in the colours of the style sheet.

Colours are CSS variables, so the same picture serves light, dark and print; each bloc keeps one
colour of the palette of Okabe and Ito wherever it appears. Charts are drawn at the width of a phone
and sit side by side on wider screens, so that no text is ever scaled down.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from pipelines.errors import warn
from pipelines.queries.published import Rows
from pipelines.reference.origins import BLOCS
from pipelines.report.vega import to_svg
from pipelines.words.language import Language

Part = dict[str, Any]
"""Of a chart, as Vega-Lite names it."""

COLOURS = {
    "domain": list(BLOCS),
    "range": ["var(--cn)", "var(--us)", "var(--else)", "var(--stealth)", "var(--unattributed)"],
}
FONT = "system-ui, sans-serif"
WIDTH = 400
"""Of a whole chart, in pixels at a font of twelve; a narrow phone shows 340."""

LETTER = 7.6
"""Room for a letter of any system font: the layout must not depend on the fonts of the builder."""

LONGEST_NAME = 150
"""Pixels; a longer name ends in dots, and is complete in the table under the chart."""


CONFIG = {
    "font": FONT,
    "aria": False,
    "view": {"stroke": None},
    "text": {"fontSize": 12, "color": "var(--ink)"},
    "axis": {
        "title": None,
        "labelFontSize": 12,
        "labelPadding": 7,
        "labelColor": "var(--ink)",
        "gridColor": "var(--rule)",
        "domainColor": "var(--rule)",
        "tickColor": "var(--rule)",
    },
}


def mark(kind: str, encoding: Part | None = None, /, **style: Any) -> Part:
    """Return a layer: a kind of mark with its style, drawn where `encoding` says."""
    return {"mark": {"type": kind, **style}, "encoding": encoding or {}}


def of(rows: Rows, layer: Part) -> Part:
    """Return a layer, or layers, that show these rows."""
    return {"data": {"values": rows}, **layer}


def only(condition: str, layer: Part) -> Part:
    """Return a layer that shows the rows where an expression is true."""
    return {**layer, "transform": [{"filter": condition}]}


def number(name: str, **more: Any) -> Part:
    """Return a place on an axis, or a size, by a column of numbers."""
    return {"field": name, "type": "quantitative", **more}


def kind(name: str, **more: Any) -> Part:
    """Return a place, a colour or a text by a column of names."""
    return {"field": name, "type": "nominal", **more}


def weeks_axis(language: Language, weeks: Sequence[date], room: tuple[int, int]) -> Part:
    """Return a time axis over the weeks with a name for as many as fit, the last among them.

    `room` is what the chart leaves free on both sides, as in `draw`.
    """
    step = fitting_step(map(language.day, weeks), room)
    named = {week: language.day(week) for week in reversed(weeks[::-step])}
    return time_axis(named, weeks[0], weeks[-1])


def fitting_step(names: Iterable[str], room: tuple[int, int]) -> int:
    """Return the step by which names fit side by side under a chart, at most four of them.

    The last name ends where the chart does, so half of it comes on top of the distance.
    """
    every = list(names)
    distance = (WIDTH - sum(room)) / max(len(every) - 1, 1)
    return max(math.ceil(1.5 * room_for(every) / distance), -(-len(every) // 4))


def time_axis(named: Mapping[date, str], first: date, last: date) -> Part:
    """Return a time axis from one week to another, with these names at their weeks."""
    labels = {f"{week}": name for week, name in named.items()}
    axis = {
        "labelExpr": f"({labels})[utcFormat(datum.value, '%Y-%m-%d')]",
        "labelAngle": 0,
        "grid": False,
        "values": [_instant(week) for week in named],
    }
    scale = {"type": "utc", "domain": [_instant(first), _instant(last)]}
    return {"field": "week", "type": "temporal", "scale": scale, "axis": axis}


def _instant(week: date) -> Part:
    return {"year": week.year, "month": week.month, "date": week.day, "utc": True}


def numbers_axis(language: Language, unit: str = "", **more: Any) -> Part:
    """Return an axis of numbers as the language writes them, after their unit."""
    label = f"'{unit}' + replace(format(datum.value, '~g'), '.', '{language.decimal}')"
    return {"labelExpr": label, **more}


def percent_axis(ticks: int = 4) -> Part:
    """Return an axis of shares in percent, with about so many ticks."""
    label = "round(datum.value * 100) + ' %'"
    return {"labelExpr": label, "tickCount": ticks, "labelFlush": False}


def room_for(names: Iterable[str]) -> int:
    """Return the room that the longest of some names needs next to a chart."""
    return round(min(LETTER * max(map(len, names), default=0) + 12, LONGEST_NAME + 12))


def too_few(language: Language) -> Markup:
    """Return what stands in place of a chart over time of a single week."""
    return Markup('<p class="notice">{}</p>').format(language.say("page.one_week"))


def draw(
    name: str, title: str, text: str, chart: Part, height: int, room: tuple[int, int]
) -> Markup:
    """Return the chart as an SVG element that is one picture to a screen reader.

    `room` is what stays free for names to its left and to its right, in pixels.
    """
    left, right = room
    specification = {
        **chart,
        "width": WIDTH - left - right,
        "height": height,
        "background": "transparent",
        "padding": {"left": left, "right": right, "top": 8, "bottom": 26},
        "autosize": "none",
        "config": CONFIG,
    }
    try:
        drawn = to_svg(specification)
    except ValueError as error:  # a chart that cannot be drawn never ends a run: its text stays
        warn(f"a page has the text of the chart {title!r} in its place: {error}")
        return Markup('<p class="chart">{text}</p>').format(text=text)
    view_box = drawn[drawn.index("viewBox") : drawn.index(">")]
    inside = drawn[drawn.index(">") + 1 : drawn.rindex("</svg>")]
    return Markup(
        '<svg class="chart" {box} role="img" aria-labelledby="{name}-title {name}-text">'
        '<title id="{name}-title">{title}</title><desc id="{name}-text">{text}</desc>'
        '<g aria-hidden="true">{inside}</g></svg>'
    ).format(
        box=Markup(view_box),  # noqa: S704 numbers
        name=name,
        title=title,
        text=text,
        inside=Markup(inside),  # noqa: S704 the library escapes its texts
    )


def sparkline(label: str, values: Sequence[int | None]) -> Markup:
    """Draw a model's weeks as one small line from zero up; a week it was not listed is a gap.

    Ours, since the table library's own speaks English only and rounds the corners off.
    """
    top = max(value or 0 for value in values) or 1
    step = 100 / max(len(values) - 1, 1)
    spots = [
        None if value is None else (f"{place * step:.1f}", f"{26 - 22 * value / top:.1f}")
        for place, value in enumerate(values)
    ]
    path, pen = "", "M"
    for spot in spots:
        path += "" if spot is None else f"{pen}{' '.join(spot)}"
        pen = "M" if spot is None else "L"
    last = next(spot for spot in reversed(spots) if spot)
    return Markup(
        '<svg class="spark" role="img" viewBox="-3 0 106 30" aria-label="{}"><path d="{}"/>'
        '<circle cx="{}" cy="{}" r="3"/></svg>'
    ).format(label, path, *last)
