import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="The week at a glance")

with app.setup:
    import altair as alt
    import marimo as mo
    import polars as pl

    from pipelines.citation import citation
    from pipelines.home.database import connect
    from pipelines.settings import settings

    connection = connect(settings().database)


@app.cell
def _():
    mo.md("""
    # The week at a glance

    **Scope:** every model that OpenRouter lists by name; what it does not list is the row *other*,
    which is part of the total. **Denominator** of a share: all tokens of the week, *other*
    included. A week is an ISO week in UTC and is compared only with a complete one.
    """)
    return


@app.cell
def _():
    weeks = mo.sql(
        f"""
        SELECT week
        FROM marts.weekly_total
        WHERE source = 'daily_rows' AND is_complete
        ORDER BY week DESC
        """,
        output=False,
        engine=connection,
    )
    return (weeks,)


@app.cell
def _(weeks):
    choice = mo.ui.dropdown(
        {f"{week}": week for week in weeks["week"]}, value=f"{weeks['week'][0]}", label="week"
    )
    choice
    return (choice,)


@app.cell
def _(choice):
    total = mo.sql(
        f"""
        SELECT week, total_tokens, named_tokens, wow, strict_rising_streak,
            strict_streak_is_lower_bound, year_ago_multiple, as_of, as_of_is_exact
        FROM marts.weekly_total
        WHERE week = '{choice.value}'
        """,
        output=False,
        engine=connection,
    )
    return (total,)


@app.cell
def _(total):
    def percent(value):
        return "not known" if value is None else f"{value:+.1%}"

    week = total.row(0, named=True)
    year = week["year_ago_multiple"]
    rises = "not known"
    if week["strict_rising_streak"] is not None:
        at_least = "at least " if week["strict_streak_is_lower_bound"] else ""
        rises = f"{at_least}{week['strict_rising_streak']}"
    mo.hstack(
        [
            mo.stat(f"{week['total_tokens'] / 1e12:.2f}T", label="tokens", bordered=True),
            mo.stat(percent(week["wow"]), label="on the week before", bordered=True),
            mo.stat(rises, label="rises in a row", bordered=True),
            mo.stat(f"{year:.1f}×" if year else "not known", label="a year ago", bordered=True),
            mo.stat(
                f"{week['named_tokens'] / week['total_tokens']:.1%}",
                label="of it listed by name",
                bordered=True,
            ),
        ]
    )
    return percent, week


@app.cell
def _():
    mo.md("""
    ## The ten largest

    Growth is a point where a model was in the daily top 50 on every day of both weeks, with a 90%
    interval for the noise of its days; else it is what the missing days leave open.
    """)
    return


@app.cell
def _(choice):
    top = mo.sql(
        f"""
        FROM marts.top_models('{choice.value}', 10)
        """,
        engine=connection,
    )
    return (top,)


@app.cell
def _(top):
    _base = alt.Chart(top).encode(y=alt.Y("model_permaslug", sort=None, title=None))
    _interval = _base.mark_rule(strokeWidth=4, opacity=0.4).encode(
        x=alt.X("wow_low", axis=alt.Axis(format="+%"), title="growth on the week before"),
        x2="wow_high",
    )
    _point = _base.mark_point(filled=True, size=70, opacity=1).encode(x="wow")
    (_interval + _point).properties(width=420)
    return


@app.cell
def _():
    mo.md("""
    ## Where the growth came from

    In percentage points of last week's total; the five terms add up to the growth exactly.
    """)
    return


@app.cell
def _(choice):
    terms = mo.sql(
        f"""
        SELECT term, percentage_points
        FROM marts.growth_decomposition
        WHERE week = '{choice.value}'
        """,
        output=False,
        engine=connection,
    )
    return (terms,)


@app.cell
def _(terms):
    (
        alt.Chart(terms)
        .mark_bar()
        .encode(
            x=alt.X("percentage_points", title="percentage points"),
            y=alt.Y("term", sort=["risers", "fallers", "entries", "exits", "other"], title=None),
            color=alt.condition(
                "datum.percentage_points < 0", alt.value("#b35806"), alt.value("#0b5fa5")
            ),
        )
        .properties(width=420)
    )
    return


@app.cell
def _():
    mo.md("""
    ## Who came and who went

    Into the first ten and out of them, with the reason where one is known.
    """)
    return


@app.cell
def _(choice):
    moves = mo.sql(
        f"""
        SELECT * EXCLUDE (week, top_n)
        FROM marts.rank_moves
        WHERE week = '{choice.value}' AND top_n = 10
        """,
        engine=connection,
    )
    return


@app.cell
def _(week):
    source = f"{citation(week['as_of'], week['as_of_is_exact'])} CC BY 4.0."
    mo.md(source)
    return (source,)


@app.cell
def _(percent, source, top, week):
    if mo.app_meta().mode == "script":
        print(f"Week {week['week']}: {week['total_tokens'] / 1e12:.2f}T tokens,", end=" ")
        print(f"{percent(week['wow'])} on the week before")
        with pl.Config(fmt_str_lengths=60):
            print(top.select("rank", "model_permaslug", "tokens", "share", "wow"))
        print(source)
    return


@app.cell
def test_the_ten_are_ten_and_part_of_the_total(top, week):
    assert top["rank"].to_list() == list(range(1, 11))
    assert top["tokens"].sum() <= week["named_tokens"] <= week["total_tokens"]
    return


@app.cell
def test_the_terms_add_up_to_the_growth(terms, week):
    if week["wow"] is not None:
        assert abs(terms["percentage_points"].sum() - 100 * week["wow"]) < 1e-9
    return


if __name__ == "__main__":
    app.run()
