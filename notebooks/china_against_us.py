import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="China against the US")

with app.setup:
    import altair as alt
    import marimo as mo

    from pipelines.citation import citation
    from pipelines.home.database import connect
    from pipelines.settings import settings

    connection = connect(settings().database)

    SCOPES = ["top9", "top10", "top20", "named"]
    BLOCS = alt.Scale(domain=["CN", "US"], range=["#b35806", "#0b5fa5"])


@app.cell
def _():
    mo.md("""
    # China against the US, under every scope

    A model counts for the country where its developer has its headquarters, wherever it is hosted.
    **Scopes:** the first 9, 10 and 20 models of each week, and all that are listed by name.
    **Denominator:** stated at each chart. What nobody can attribute (stealth models, routers,
    unknown authors and the unlisted rest) is on neither side: it is the width of the bounds.
    """)
    return


@app.cell
def _():
    ratios = mo.sql(
        f"""
        SELECT CAST(week AS VARCHAR) AS week, scope, cn_over_us, cn_over_us_min, cn_over_us_max,
            is_identified,
            CAST(week - INTERVAL 7 DAY * dense_rank() OVER (ORDER BY week) AS VARCHAR) AS stretch
        FROM marts.origin_ratio
        ORDER BY week, scope
        """,
        output=False,
        engine=connection,
    )
    return (ratios,)


@app.cell
def _():
    mo.md("""
    ## The same weeks, four stories

    Chinese over American tokens within each scope. A circle: who leads among all listed models
    would lead even if every unattributed token were the other's. A cross: it need not be so. A line
    joins only weeks that follow each other.
    """)
    return


@app.cell
def _(ratios):
    _lines = alt.Chart(ratios).encode(
        x=alt.X("week:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format="%b %Y")),
        y=alt.Y("cn_over_us", title="CN ÷ US", scale=alt.Scale(type="log")),
        color=alt.Color("scope", sort=SCOPES, scale=alt.Scale(scheme="viridis")),
        detail="stretch",
    )
    _even = alt.Chart().mark_rule(strokeDash=[4, 4]).encode(y=alt.datum(1))
    _points = _lines.mark_point(filled=True, size=60, opacity=1).encode(
        shape=alt.Shape(
            "is_identified",
            scale=alt.Scale(domain=[True, False], range=["circle", "cross"]),
            legend=None,
        )
    )
    alt.layer(_even, _lines.mark_line(), _points, data=ratios).properties(width=640, height=300)
    return


@app.cell
def _(ratios):
    _weeks = sorted(set(ratios["week"]), reverse=True)
    choice = mo.ui.dropdown(_weeks, value=_weeks[0], label="week")
    choice
    return (choice,)


@app.cell
def _(choice):
    split = mo.sql(
        f"""
        SELECT scope, bloc, tokens, share, share_of_total, share_min, share_max, wow, wow_kind,
            leads, lead_identified
        FROM marts.weekly_origin
        WHERE week = '{choice.value}' AND bloc IN ('CN', 'US')
        ORDER BY marts.scope_order(scope), bloc
        """,
        engine=connection,
    )
    return (split,)


@app.cell
def _():
    mo.md("""
    ## One week: the share of the scope, and what can be said of all tokens

    Left: the denominator is the scope's own tokens. Right: it is all tokens of the week; the bar
    runs from what is counted to what it would be if all unattributed tokens were its own. Where the
    two bars of *named* overlap, the order is not proven.
    """)
    return


@app.cell
def _(split):
    _row = alt.Row("scope", sort=SCOPES, title=None)
    _base = alt.Chart(split).encode(
        y=alt.Y("bloc", title=None), color=alt.Color("bloc", scale=BLOCS)
    )
    _share = _base.mark_bar().encode(
        x=alt.X("share", axis=alt.Axis(format="%"), title="share of the scope"), row=_row
    )
    _bounds = _base.mark_bar(height=6).encode(
        x=alt.X("share_min", axis=alt.Axis(format="%"), title="share of all tokens, bounds"),
        x2="share_max",
        row=_row,
    )
    _share.properties(width=260) | _bounds.properties(width=260)
    return


@app.cell
def _(split):
    def verdict(scope):
        rows = split.filter(scope=scope, leads=True).to_dicts()
        if not rows:
            return f"{scope}: even"
        return f"{scope}: {rows[0]['bloc']} leads"

    _named = split.filter(scope="named", leads=True).to_dicts()
    _sure = bool(_named) and _named[0]["lead_identified"]
    in_words = f"{'; '.join(map(verdict, SCOPES))}. Over all listed models the lead is " + (
        "identified." if _sure else "not identified: unattributed tokens could reverse it."
    )
    mo.md(f"**In words.** {in_words}")
    return (in_words,)


@app.cell
def _():
    built = mo.sql(f"FROM meta.build", output=False, engine=connection)
    source = f"{citation(built['as_of'][0], built['as_of_is_exact'][0])} CC BY 4.0."
    mo.md(source)
    return (source,)


@app.cell
def _(choice, in_words, source, split):
    if mo.app_meta().mode == "script":
        print(f"Week {choice.value}. {in_words}")
        print(split.select("scope", "bloc", "tokens", "share", "share_min", "share_max"))
        print(source)
    return


@app.cell
def test_the_bounds_hold_the_share(split):
    assert (split["share_min"] <= split["share_of_total"]).all()
    assert (split["share_of_total"] <= split["share_max"]).all()
    return


@app.cell
def test_a_lead_is_identified_where_the_bounds_are_on_one_side_of_even(ratios):
    sure = (ratios["cn_over_us_min"] > 1) | (ratios["cn_over_us_max"] < 1)
    named = ratios["scope"] == "named"
    assert (ratios["is_identified"].filter(named) == sure.filter(named)).all()
    return


@app.cell
def test_the_ratio_is_that_of_the_split(choice, ratios, split):
    for scope in SCOPES:
        cn, us = (split.filter(scope=scope, bloc=bloc)["tokens"][0] for bloc in ("CN", "US"))
        (ratio,) = ratios.filter(week=choice.value, scope=scope)["cn_over_us"]
        assert abs(ratio - cn / us) < 1e-9
    return


if __name__ == "__main__":
    app.run()
