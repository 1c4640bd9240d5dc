"""Charts of the main marts for their asset pages: Vega-Lite, drawn to SVG by vl-convert.

Altair would write the same specifications, but it is slow to import and would delay every run.
"""

import base64
from typing import Any

import dagster as dg
import duckdb

from pipelines.orchestration.asset_metadata import optional
from pipelines.reference.origins import BLOCS
from pipelines.report.vega import to_svg

MONTHS = {"format": "%Y-%m", "tickCount": {"interval": "month", "step": 1}}
WEEK = {"field": "week", "type": "temporal", "title": None, "axis": MONTHS}
COLOURS = {
    "domain": list(BLOCS),
    "range": ["#b35806", "#0b5fa5", "#1b7837", "#7a7a7a", "#b9b9b9"],
}


def _number(field: str, title: str, form: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title, "axis": {"format": form}}


CHARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "marts.weekly_total": (
        "SELECT week::VARCHAR AS week, total_tokens / 1e12 AS tokens "
        "FROM marts.weekly_total ORDER BY week",
        {
            "mark": {"type": "line", "point": True},
            "encoding": {"x": WEEK, "y": _number("tokens", "trillion tokens", "d")},
        },
    ),
    "marts.weekly_model": (
        "SELECT model_permaslug AS model, share, bloc FROM marts.weekly_model "
        "WHERE week = marts.latest_week() AND rank <= 10",
        {
            "mark": "bar",
            "encoding": {
                "y": {"field": "model", "sort": "-x", "title": None},
                "x": _number("share", "share of all tokens", "%"),
                "color": {"field": "bloc", "scale": COLOURS},
            },
        },
    ),
    "marts.weekly_origin": (
        "SELECT week::VARCHAR AS week, scope, bloc, share FROM marts.weekly_origin "
        "WHERE bloc IN ('CN', 'US') AND scope IN ('top9', 'named') "
        "AND week > marts.latest_week() - INTERVAL 182 DAY ORDER BY week",
        {
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": WEEK,
                "y": _number("share", "share of the scope", "%"),
                "color": {"field": "bloc", "scale": {**COLOURS, "domain": ["CN", "US"]}},
                "strokeDash": {"field": "scope", "legend": {"symbolType": "stroke"}},
            },
        },
    ),
    "marts.dual_metric": (
        "SELECT key AS vendor, token_share, revenue_share_p50 AS revenue_share "
        "FROM marts.dual_metric WHERE week = marts.latest_week() AND grain = 'vendor' "
        "ORDER BY revenue_share DESC NULLS LAST LIMIT 12",
        {
            "encoding": {"y": {"field": "vendor", "sort": None, "title": None}},
            "layer": [
                {
                    "mark": "rule",
                    "encoding": {
                        "x": _number("token_share", "share of tokens, of revenue (blue)", "%"),
                        "x2": {"field": "revenue_share"},
                    },
                },
                {
                    "mark": {"type": "point", "filled": True, "color": "grey", "opacity": 1},
                    "encoding": {"x": _number("token_share", "", "%")},
                },
                {
                    "mark": {"type": "point", "filled": True, "opacity": 1},
                    "encoding": {"x": _number("revenue_share", "", "%")},
                },
            ],
        },
    ),
}
"""By mart: what is drawn, and how."""


def chart(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, dg.MetadataValue[str]]:
    """Return the chart of a mart as metadata; none for a table without one, or without rows."""
    if table not in CHARTS:
        return {}
    question, drawing = CHARTS[table]
    rows = connection.sql(question).pl().to_dicts()
    if not rows:
        return {}
    specification = {"data": {"values": rows}, "width": 480, "background": "white", **drawing}
    return {"chart": optional(lambda: _image(table, specification))}


def _image(table: str, specification: dict[str, Any]) -> str:
    """Return a drawing as a Markdown image."""
    svg = to_svg(specification)
    encoded = base64.b64encode(svg.encode()).decode()
    return f"![{table}](data:image/svg+xml;base64,{encoded})"
