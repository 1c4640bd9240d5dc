import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Routing what-if")

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
    # Routing what-if

    Change a floor, a price or a ban and see the pick. **Scope:** every choice that the candidates
    of the newest week allow: each model alone, and each pair of a primary and an escalation where
    the workload's caller escalates. **Cost:** USD of one task at list prices, the escalation
    included as often as it is used. **Quality:** predicted success at its lower bound, not
    executed; where a workload has no benchmarks, the place on the capabilities index.

    The order is the published one: the cheaper step of a tenth (a promotion counts at the price
    before it), then inside the step the published draws (likelier to reach the floor, lower P90 of
    cost), adoption, momentum, name. Draws are not repeated here: a choice without any comes after
    those of its step that have some. Hysteresis is left out: the published route may be last
    week's.
    """)
    return


@app.cell
def _():
    workloads = mo.sql(
        f"""
        SELECT
            workload.workload,
            workload.description,
            workload.benchmarks = '' AS by_index,
            coalesce(
                certificate.quality_floor, workload.quality_floor, workload.index_floor
            ) AS floor,
            certificate.model_id,
            certificate.escalation_model_id,
            history.action,
            history.cause
        FROM marts.workloads() AS workload
        LEFT JOIN marts.routing_history AS history
            ON workload.workload = history.workload AND history.week = marts.latest_week()
        LEFT JOIN marts.routing_certificate AS certificate
            ON workload.workload = certificate.workload AND certificate.week = marts.latest_week()
        ORDER BY workload.workload
        """,
        output=False,
        engine=connection,
    )
    return (workloads,)


@app.cell
def _(workloads):
    _names = workloads["workload"].to_list()
    workload = mo.ui.dropdown(_names, value=_names[0], label="workload")
    workload
    return (workload,)


@app.cell
def _():
    all_choices = mo.sql(
        f"""
        SELECT *
        FROM marts.routing_option
        WHERE week = marts.latest_week()
        ORDER BY workload, model_id, escalation_model_id
        """,
        output=False,
        engine=connection,
    )
    return (all_choices,)


@app.cell
def _(all_choices, workloads, workload):
    choices = all_choices.filter(pl.col("workload") == workload.value)
    chosen = workloads.row(by_predicate=pl.col("workload") == workload.value, named=True)
    _models = sorted(set(choices["model_id"]))
    _unit = "points on the index" if chosen["by_index"] else "predicted success, %"
    unit = 1 if chosen["by_index"] else 100
    _scale = (100, 170, 0.1) if chosen["by_index"] else (0, 100, 0.1)
    start = _scale[0] if chosen["floor"] is None else round(unit * chosen["floor"], 1)
    floor = mo.ui.slider(*_scale, value=start, show_value=True, label=f"floor, {_unit}")
    repriced = mo.ui.dropdown(_models, value=chosen["model_id"], label="the model")
    factor = mo.ui.slider(10, 500, 10, value=100, show_value=True, label="at % of the list price")
    banned_models = mo.ui.multiselect(_models, label="without the models")
    banned_vendors = mo.ui.multiselect(sorted(set(choices["vendor"])), label="without the vendors")
    banned_blocs = mo.ui.multiselect(sorted(set(choices["bloc"])), label="without the blocs")
    mo.vstack(
        [
            mo.md(f"{chosen['description']}."),
            floor,
            mo.hstack([repriced, factor], justify="start"),
            mo.hstack([banned_models, banned_vendors, banned_blocs], justify="start"),
        ]
    )
    return (
        banned_blocs,
        banned_models,
        banned_vendors,
        factor,
        floor,
        repriced,
        chosen,
        start,
        unit,
    )


@app.function
def ranked(choices, floor=None, prices=None, banned=()):
    """Return the choices that may be made, the best first.

    `prices` multiplies what a model costs; `banned` names models that may neither carry the work
    nor be escalated to.
    """

    def factor(column):
        return pl.col(column).replace_strict(prices or {}, default=1.0, return_dtype=pl.Float64)

    primary = pl.col("cost_per_task_usd") * factor("model_id")
    escalation = pl.col("escalation_cost_usd") * factor("escalation_model_id")
    cost = primary + pl.col("escalation_probability") * escalation
    compared = pl.col("compared_cost_usd") * cost / pl.col("expected_cost_usd")
    allowed = ~pl.col("model_id").is_in(banned) & ~pl.col("escalation_model_id").is_in(banned)
    reached = pl.lit(True) if floor is None else pl.col("quality_low") >= floor
    return (
        choices.with_columns(
            cost.alias("expected_cost_usd"),
            (compared.log() / pl.lit(1.1).log()).floor().alias("step"),
        )
        .filter(allowed & reached)
        .sort(
            "step",
            pl.col("floor_probability").fill_null(-1),
            pl.col("cost_p90"),
            "weeks_adopted",
            pl.col("momentum").fill_null(-1),
            "model_id",
            "escalation_model_id",
            descending=[False, True, False, True, True, False, False],
            nulls_last=True,
        )
    )


@app.cell
def _(
    banned_blocs,
    banned_models,
    banned_vendors,
    factor,
    floor,
    choices,
    repriced,
    chosen,
    start,
    unit,
):
    _gone = pl.col("vendor").is_in(banned_vendors.value) | pl.col("bloc").is_in(banned_blocs.value)
    banned = set(banned_models.value) | set(choices.filter(_gone)["model_id"])
    prices = {repriced.value: factor.value / 100}
    _floor = None if chosen["floor"] is None else floor.value / unit
    options = ranked(choices, _floor, prices, list(banned))

    def named(row):
        escalation = row["escalation_model_id"]
        return f"**{row['model_id']}**" + (f", failures to {escalation}" if escalation else "")

    _is_published = not banned and factor.value == 100 and floor.value == start
    _published = "no route"
    if chosen["model_id"]:
        _published = f"{named(chosen)} ({chosen['action']}: {chosen['cause']})"
    if options.is_empty():
        _pick = "nothing reaches this floor under these bans"
    else:
        _best = options.row(0, named=True)
        _quality = _best["quality_low"]
        _reached = "not measured" if _quality is None else f"at least {unit * _quality:.3g}"
        _reached += "%" if _quality is not None and unit == 100 else ""
        _pick = (
            f"{named(_best)}, ${_best['expected_cost_usd']:.4f} a task, quality {_reached}; "
            f"{len(options)} of {len(choices)} choices may be made"
        )
    in_words = [f"Published: {_published}.", f"What if: {_pick}."]
    _first, _second = in_words if _is_published else reversed(in_words)
    mo.md(f"### {_first}\n\n{_second}")
    return in_words, options


@app.cell
def _(floor, options, unit):
    _shown = options.unique("model_id", keep="first", maintain_order=True).head(15)
    _points = (
        alt.Chart(_shown.with_row_index("place"))
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            x=alt.X(
                "expected_cost_usd",
                scale=alt.Scale(type="log", nice=False),
                title="USD a task, the best choice of each primary",
            ),
            y=alt.Y(
                "quality_low",
                axis=alt.Axis(format="%" if unit == 100 else "d"),
                scale=alt.Scale(zero=False),
                title="quality, lower bound",
            ),
            color=alt.condition("datum.place == 0", alt.value("#b35806"), alt.value("#0b5fa5")),
            tooltip=["model_id", "escalation_model_id", "expected_cost_usd", "quality_low"],
        )
    )
    _names = _points.mark_text(align="left", dx=8).encode(text="model_id")
    _rule = alt.Chart().mark_rule(strokeDash=[4, 4]).encode(y=alt.datum(floor.value / unit))
    (_points + _names + _rule).properties(width=520, height=320) if len(_shown) else None
    return


@app.cell
def _(options):
    options.select(
        "model_id",
        "escalation_model_id",
        "expected_cost_usd",
        "quality_low",
        "floor_probability",
        "cost_p90",
        "weeks_adopted",
    ).with_columns(pl.col(pl.Float64).round_sig_figs(4))
    return


@app.cell
def _():
    built = mo.sql(f"FROM meta.build", output=False, engine=connection)
    source = (
        f"{citation(built['as_of'][0], built['as_of_is_exact'][0])} CC BY 4.0. Quality: Epoch AI, "
        "'Capabilities & Benchmarking', epoch.ai/data, CC BY 4.0."
    )
    mo.md(source)
    return (source,)


@app.cell
def _(in_words, options, source, workload):
    if mo.app_meta().mode == "script":
        print(workload.value, *(line.replace("*", "") for line in in_words), sep="\n")
        print(options.select("model_id", "expected_cost_usd", "quality_low").head(10))
        print(source)
    return


@app.function
def of_each(all_choices, workloads):
    """Yield the choices and the floor of every workload that a model can carry."""
    for name, floor in workloads.select("workload", "floor").iter_rows():
        choices = all_choices.filter(pl.col("workload") == name)
        if choices["is_feasible"].any():
            yield choices, floor


@app.cell
def test_unchanged_it_is_the_published_order(all_choices, workloads):
    for _choices, _floor in of_each(all_choices, workloads):
        _found = ranked(_choices, _floor)
        _preferences = _found["preference"].drop_nulls().to_list()
        assert _preferences == sorted(_preferences)
        assert _found["preference"][0] == 1
        assert (_found["step"] == _found["cost_bucket"]).all()


@app.cell
def test_a_ban_removes_a_model_from_both_places(all_choices, workloads):
    for _choices, _floor in of_each(all_choices, workloads):
        _first = ranked(_choices, _floor)["model_id"][0]
        _left = ranked(_choices, _floor, banned=[_first])
        assert _first not in _left["model_id"]
        assert _first not in _left["escalation_model_id"]


@app.cell
def test_a_higher_price_loses_the_pick_and_a_lower_one_keeps_it(all_choices, workloads):
    for _choices, _floor in of_each(all_choices, workloads):
        _first = ranked(_choices, _floor)["model_id"][0]
        assert ranked(_choices, _floor, {_first: 0.1})["model_id"][0] == _first
        assert ranked(_choices, _floor, {_first: 1000.0})["model_id"][0] != _first


@app.cell
def test_a_higher_floor_never_gets_cheaper(all_choices, workloads):
    for _choices, _ in of_each(all_choices, workloads):
        _floors = sorted(set(_choices["quality_low"].drop_nulls()))[::3]
        _steps = [ranked(_choices, _floor)["step"][0] for _floor in _floors]
        assert _steps == sorted(_steps)


if __name__ == "__main__":
    app.run()
