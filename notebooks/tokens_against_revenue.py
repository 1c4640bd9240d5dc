import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Tokens against revenue")

with app.setup:
    import altair as alt
    import marimo as mo
    import numpy as np
    import polars as pl

    from pipelines.citation import citation
    from pipelines.home.database import connect
    from pipelines.models.python import revenue_bands
    from pipelines.settings import settings

    connection = connect(settings().database)


@app.cell
def _():
    mo.md("""
    # Tokens against revenue

    Tokens next to what they cost. **Scope:** models listed by name and priced in that week's
    catalogue. **Denominators:** a token share is of all tokens of the week; a revenue share is of
    the estimated revenue of the priced models. Nobody publishes revenue: it is list price times an
    assumed mix of fresh prompt, cached prompt and completion,

    `rev = T·[ps·((1−h)·p_in·(1 + w(κ−1)) + h·p_cr) + (1−ps)·p_out]·(1−δ)`

    The sliders move the assumptions of all models at once. At their defaults this is the published
    closed form, every input at its mid.
    """)
    return


@app.cell
def _():
    weeks = mo.sql(
        f"""
        SELECT week
        FROM marts.weekly_revenue
        WHERE revenue_usd_mid > 0
        ORDER BY week DESC
        """,
        output=False,
        engine=connection,
    )
    parameters = mo.sql(
        f"""
        SELECT
            write_share_mid AS write_share,
            share_floor AS floor,
            share_ceiling AS ceiling,
            (discount_low + discount_high) / 2 AS discount
        FROM marts.parameters()
        """,
        output=False,
        engine=connection,
    )
    return parameters, weeks


@app.cell
def _(weeks):
    choice = mo.ui.dropdown(
        {f"{week}": week for week in weeks["week"]}, value=f"{weeks['week'][0]}", label="week"
    )
    choice
    return (choice,)


@app.function
def typical(models, share):
    """Return the share of a typical model in percent: the mean of the priced ones, by tokens."""
    priced = models.filter("is_priced")
    return round(100 * (priced[share] * priced["tokens"]).sum() / priced["tokens"].sum(), 1)


@app.function
def shift(to, start):
    """Return by how much the log-odds of a share move, both in percent."""
    odds = [share / (100 - share) for share in (to, start)]
    return float(np.log(odds[0] / odds[1]))


@app.cell
def _(models, parameters):
    mid = parameters.row(0, named=True)
    usual = {name: typical(models, f"{name}_share_mid") for name in ("prompt", "cached")}
    prompt_share = mo.ui.slider(
        50, 99.9, 0.1, value=usual["prompt"], show_value=True, label="prompt, % of the tokens"
    )
    cached_share = mo.ui.slider(
        1, 99, 0.1, value=usual["cached"], show_value=True, label="cached, % of the prompt, h"
    )
    write_share = mo.ui.slider(
        0,
        100,
        1,
        value=round(100 * mid["write_share"]),
        show_value=True,
        label="cache writes, %, w",
    )
    discount = mo.ui.slider(
        -5, 30, 0.5, value=round(100 * mid["discount"], 1), show_value=True, label="discount, %, δ"
    )
    mo.vstack(
        [
            prompt_share,
            cached_share,
            write_share,
            discount,
            mo.md(
                "Prompt and cached share are those of a model with the mean of all; every model's "
                "log-odds move by as much."
            ),
        ]
    )
    return cached_share, discount, mid, prompt_share, usual, write_share


@app.cell
def _(choice):
    models = mo.sql(
        f"""
        SELECT *, unpriced_because IS NULL AS is_priced
        FROM marts.revenue_inputs()
        WHERE week = '{choice.value}'
        ORDER BY model_permaslug
        """,
        output=False,
        engine=connection,
    )
    published = mo.sql(
        f"""
        SELECT key AS vendor, token_share, revenue_share_p10, revenue_share_p50, revenue_share_p90
        FROM marts.dual_metric
        WHERE week = '{choice.value}' AND grain = 'vendor'
        """,
        output=False,
        engine=connection,
    )
    return models, published


@app.function
def shifted(share, shift, floor, ceiling):
    """Return shares as a column vector, their log-odds shifted."""
    clipped = np.clip(share.to_numpy(), floor, ceiling)
    odds = clipped / (1 - clipped) * np.exp(shift)
    return np.clip(odds / (1 + odds), floor, ceiling)[:, None]


@app.function
def earned(models, mid, prompt_shift=0, cached_shift=0, write_share=None, discount=None):
    """Return each model's revenue in USD under these assumptions; where none is said, the mid."""
    assumed = revenue_bands.Draws(
        shifted(models["prompt_share_mid"], prompt_shift, mid["floor"], mid["ceiling"]),
        shifted(models["cached_share_mid"], cached_shift, mid["floor"], mid["ceiling"]),
        np.array([mid["write_share"] if write_share is None else write_share]),
        np.array([mid["discount"] if discount is None else discount]),
    )
    return pl.Series("revenue", revenue_bands.dollars(revenue_bands.vectors(models), assumed)[:, 0])


@app.cell
def _(
    cached_share,
    discount,
    mid,
    models,
    prompt_share,
    published,
    usual,
    write_share,
):
    assumed = earned(
        models,
        mid,
        shift(prompt_share.value, usual["prompt"]),
        shift(cached_share.value, usual["cached"]),
        write_share.value / 100,
        discount.value / 100,
    )
    vendors = (
        models.with_columns(assumed)
        .group_by("vendor")
        .agg(pl.col("revenue").sum())
        .with_columns(revenue_share=pl.col("revenue") / assumed.sum())
        .join(published, on="vendor")
        .sort("revenue_share", "vendor", descending=[True, False])
    )
    in_words = f"{assumed.sum() / 1e6:.1f} million dollars a week, under these assumptions"
    mo.md(
        f"## {in_words}\n\n"
        "Dollars move with every slider. Shares do not move with the discount, and little with the "
        "rest: read those."
    )
    return in_words, vendors


@app.cell
def _(vendors):
    _base = alt.Chart(vendors.head(12)).encode(y=alt.Y("vendor", sort=None, title=None))
    _percent = alt.Axis(format="%")
    _dumbbell = _base.mark_rule(color="#b9b9b9", strokeWidth=2).encode(
        x=alt.X("token_share", axis=_percent, title="share of tokens (grey), of revenue (blue)"),
        x2="revenue_share",
    )
    _band = _base.mark_rule(color="#0b5fa5", strokeWidth=7, opacity=0.3).encode(
        x="revenue_share_p10", x2="revenue_share_p90"
    )
    _tokens = _base.mark_point(filled=True, size=70, color="#7a7a7a", opacity=1).encode(
        x="token_share"
    )
    _revenue = _base.mark_point(filled=True, size=70, color="#0b5fa5", opacity=1).encode(
        x="revenue_share"
    )
    mo.vstack(
        [
            (_dumbbell + _band + _tokens + _revenue).properties(width=460),
            mo.md("The pale bar is the published band, P10 to P90; it does not move."),
        ]
    )
    return


@app.cell
def _(vendors):
    vendors.with_columns(pl.col(pl.Float64).round_sig_figs(4))
    return


@app.cell
def _(models):
    _unpriced = models.filter(~pl.col("is_priced"))
    mo.md(
        f"{len(models) - len(_unpriced)} of {len(models)} listed models have a price, which is "
        f"{1 - _unpriced['tokens'].sum() / models['tokens'].sum():.1%} of the named tokens. "
        "Free and stealth models earn nothing; unlisted ones are left out, not guessed."
    )
    return


@app.cell
def _():
    built = mo.sql(f"FROM meta.build", output=False, engine=connection)
    source = f"{citation(built['as_of'][0], built['as_of_is_exact'][0])} CC BY 4.0."
    mo.md(source)
    return (source,)


@app.cell
def _(choice, in_words, source, vendors):
    if mo.app_meta().mode == "script":
        print(f"Week {choice.value}: {in_words}")
        print(vendors.select("vendor", "token_share", "revenue_share").head(10))
        print(source)
    return


@app.cell
def test_the_defaults_are_the_published_closed_form(mid, models):
    published_mid = models["revenue_usd_mid"].fill_null(0).to_numpy()
    assert np.allclose(earned(models, mid).to_numpy(), published_mid, rtol=1e-9)
    return


@app.cell
def test_a_discount_moves_dollars_and_no_share(mid, models):
    full, reduced = earned(models, mid, discount=0), earned(models, mid, discount=0.2)
    assert np.allclose((reduced / full.sum()).to_numpy(), (0.8 * full / full.sum()).to_numpy())
    assert np.allclose((reduced / reduced.sum()).to_numpy(), (full / full.sum()).to_numpy())
    return


@app.cell
def test_more_reading_and_less_writing_costs_less(mid, models):
    dearer = models.filter(pl.col("completion_price") >= pl.col("prompt_price"))
    assert earned(dearer, mid, prompt_shift=1).sum() <= earned(dearer, mid).sum()
    return


@app.cell
def test_the_shares_add_up_to_one(vendors):
    assert abs(vendors["revenue_share"].sum() - 1) < 1e-9
    return


if __name__ == "__main__":
    app.run()
