"""Draw the README's picture from the published database: `make picture`."""

from contextlib import closing

import altair as alt
import polars as pl

from pipelines.citation import citation
from pipelines.home.database import connect
from pipelines.settings import ROOT, settings

QUESTION = """
SELECT
    week,
    scope,
    max(tokens) FILTER (WHERE bloc = 'CN') / max(tokens) FILTER (WHERE bloc = 'US') AS ratio,
    bool_or(lead_identified) FILTER (WHERE bloc = 'CN') AS identified
FROM marts.weekly_origin
WHERE week >= '2026-05-11' AND scope IN ('top9', 'named')
GROUP BY week, scope
ORDER BY week, scope
"""


def main() -> None:
    """Write `docs/china_against_us.svg`; the same database gives the same bytes."""
    with closing(connect(settings().database)) as connection:
        rows = pl.DataFrame(connection.sql(QUESTION).to_arrow_table())
        ((as_of, is_exact),) = connection.sql(
            "SELECT as_of, as_of_is_exact FROM meta.build"
        ).fetchall()
    names = {"top9": "top nine models only", "named": "all listed models"}
    rows = rows.with_columns(pl.col("scope").replace(names), pl.col("week").cast(pl.String))
    colour = alt.Color(
        "scope:N",
        scale=alt.Scale(domain=list(names.values()), range=["#b9b9b9", "#0b5fa5"]),
        legend=None,
    )
    base = alt.Chart(rows).encode(
        x=alt.X("week:O", title=None, axis=alt.Axis(labelAngle=-40)),
        y=alt.Y("ratio:Q", title="tokens of models made in China ÷ in the US"),
        color=colour,
    )
    lines = base.mark_line(strokeWidth=3)
    points = base.mark_point(size=70, filled=True, opacity=1).encode(
        shape=alt.Shape(
            "identified:N",
            scale=alt.Scale(domain=[True, False], range=["circle", "cross"]),
            legend=None,
        )
    )
    last = rows.filter(pl.col("week") == rows["week"].max())
    labels = (
        alt.Chart(last)
        .mark_text(align="left", dx=10, fontSize=13, fontWeight="bold")
        .encode(x="week:O", y="ratio:Q", text="scope:N", color=colour)
    )
    even = (
        alt.Chart(pl.DataFrame({"ratio": [1.0]})).mark_rule(strokeDash=[4, 4]).encode(y="ratio:Q")
    )
    chart = (
        (even + lines + points + labels)
        .properties(
            width=560,
            height=300,
            padding={"left": 5, "right": 160, "top": 5, "bottom": 5},
            title=alt.Title(
                "The Chinese lead looks twice as large when only nine models are counted",
                subtitle=[
                    "Circle: the lead holds even if every unattributed token were American. "
                    "Cross: it need not.",
                    citation(as_of, is_exact) + " CC BY 4.0.",
                ],
                anchor="start",
            ),
        )
        .configure(background="white", font="sans-serif")
        .configure_view(stroke=None)
    )
    chart.save(ROOT / "docs" / "china_against_us.svg")


if __name__ == "__main__":
    main()
