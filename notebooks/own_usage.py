import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Own usage")

with app.setup:
    import altair as alt
    import marimo as mo

    from pipelines.citation import citation
    from pipelines.home.database import connect
    from pipelines.settings import settings

    connection = connect(settings().database)


@app.cell
def _():
    mo.md("""
    # Own usage

    **Scope:** the requests of the sources that count, as `tokenhouse usage add` imported them; the
    market is OpenRouter's public traffic, free use included. **Denominator** of a share: all own
    tokens of the week, and all tokens of the market's week. A bill is what the provider charged.
    """)
    return


@app.cell
def _():
    weeks = mo.sql(
        f"""
        SELECT
            week,
            sum(tokens)::BIGINT AS tokens,
            sum(billed_tokens)::BIGINT AS billed_tokens,
            sum(billed_usd) AS billed_usd
        FROM marts.weekly_usage
        GROUP BY week
        ORDER BY week
        """,
        engine=connection,
    )
    return (weeks,)


@app.cell
def _(weeks):
    known = "No own usage is published: every table here is empty." if weeks.is_empty() else ""
    mo.md(known)
    return (known,)


@app.cell
def _():
    mo.md("""
    ## The own mix next to the market's

    What is outside the market's daily top 50 is one class on both sides, so the distance is a lower
    bound: 0 for the same mix, 1 for nothing in common.
    """)
    return


@app.cell
def _():
    mix = mo.sql(
        f"""
        SELECT week, key AS vendor, own_share, market_share, distance
        FROM marts.usage_against_market
        WHERE grain = 'vendor'
        ORDER BY week, own_share DESC, vendor
        """,
        engine=connection,
    )
    return (mix,)


@app.cell
def _(mix):
    (
        alt.Chart(mix)
        .mark_circle(size=70)
        .encode(
            x=alt.X("market_share", axis=alt.Axis(format="%"), title="market share"),
            y=alt.Y("own_share", axis=alt.Axis(format="%"), title="own share"),
            tooltip=["week", "vendor", "own_share", "market_share"],
        )
        .properties(width=420)
    )
    return


@app.cell
def _():
    mo.md("""
    ## What the same tokens would have cost

    Every basis covers the same billed tokens of a month. A routing table is priced with the cache
    as it was, and without any. Success on other models is not compared.
    """)
    return


@app.cell
def _():
    bill = mo.sql(
        f"""
        SELECT
            month,
            basis,
            price_week,
            workload,
            sum(tokens)::BIGINT AS tokens,
            sum(usd) AS usd,
            sum(usd_high) AS usd_high,
            sum(unpriced_tokens)::BIGINT AS unpriced_tokens
        FROM marts.usage_repriced
        WHERE is_billed
        GROUP BY ALL
        ORDER BY month, basis, price_week, workload
        """,
        engine=connection,
    )
    return (bill,)


@app.cell
def _():
    total = mo.sql(
        f"""
        SELECT as_of, as_of_is_exact
        FROM marts.weekly_total
        ORDER BY week DESC
        LIMIT 1
        """,
        output=False,
        engine=connection,
    )
    return (total,)


@app.cell
def _(total):
    week = total.row(0, named=True)
    source = f"Market: {citation(week['as_of'], week['as_of_is_exact'])} CC BY 4.0."
    mo.md(source)
    return (source,)


@app.cell
def _(known, source, weeks):
    if mo.app_meta().mode == "script":
        print(known or weeks)
        print(source)
    return


@app.cell
def test_a_bill_is_for_tokens_of_the_week(weeks):
    assert (weeks["billed_tokens"] <= weeks["tokens"]).all()
    return


@app.cell
def test_every_basis_of_a_month_covers_the_same_tokens(bill):
    for month in bill["month"].unique():
        assert bill.filter(bill["month"] == month)["tokens"].n_unique() == 1
    return


if __name__ == "__main__":
    app.run()
