"""How often a choice misses its floor in random markets where some models are inferred.

A model's place on the index is taken for its true one. An inferred model is judged as if only a
third party had scored it, with a score simulated from its true place. What a choice truly reaches
comes from the same models of `sql/`, run with every place known. docs/routing.md has the table.
"""

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.models.rerun import rerun
from pipelines.reference.loader import load
from tests.support.scores import INTERCEPT, LAST, SLOPE, reading_private

GUIDE = Path(__file__).parents[3] / "docs" / "routing.md"
SNAPSHOTS, MARKETS, MODELS = 20, 15, 12
"""Of scores; random markets under each, a market a week; models in each market."""

FIRST = date(2026, 7, 13)
RESIDUAL = 2.43
"""Points about the line of a calibration, as measured in the snapshot of 2026-07-20."""

KNOWN = f"FROM core.index_capability WHERE week = {LAST} ORDER BY model_id"

OFFERED = f"""
FROM core.route_offer WHERE week = {LAST} AND model_id IN (
    SELECT verdict.model_id FROM core.route_verdict AS verdict
    INNER JOIN core.index_capability AS known
        ON verdict.week = known.week AND verdict.model_id = known.model_id AND known.is_recent
    INNER JOIN marts.workloads() AS workload ON verdict.workload = workload.workload
    WHERE verdict.week = {LAST} AND workload.has_benchmarks AND verdict.rejected_because IS NULL
    GROUP BY verdict.model_id HAVING count(*) = 5
) ORDER BY model_id
"""
"""The week's candidates of every workload, of models that the scores are calibrated by."""

CHOICES = """
SELECT week, workload, model_id, escalation_model_id, escalation_model_id <> '' AS is_pair,
    is_inferred, success, quality_floor, is_feasible, compared_cost_usd
FROM core.route_choice
"""

PICKS = f"""
WITH pick AS (
    FROM judged WHERE is_feasible QUALIFY row_number() OVER (
        PARTITION BY week, workload, is_pair
        ORDER BY compared_cost_usd, model_id, escalation_model_id
    ) = 1
),
compared AS (
    SELECT
        pick.is_pair, pick.is_inferred, pick.quality_floor - truth.success AS shortfall,
        datediff('week', DATE '{FIRST}', pick.week) // {MARKETS} AS snapshot
    FROM pick
    INNER JOIN truth USING (week, workload, model_id, escalation_model_id)
)
SELECT
    is_pair, count(*), count(*) FILTER (shortfall > 0), count(*) FILTER (is_inferred),
    count(*) FILTER (is_inferred AND shortfall > 0), max(shortfall),
    count(DISTINCT snapshot) FILTER (shortfall > 0)
FROM compared GROUP BY is_pair ORDER BY is_pair
"""


class Risk(NamedTuple):
    """Choices, and those of them with an inferred model: how many there are and miss the floor."""

    choices: int
    missed: int
    inferred: int
    inferred_missed: int
    shortfall: float
    snapshots_missed: int

    def __str__(self) -> str:
        cells = ((self.missed, self.choices), (self.inferred_missed, self.inferred))
        shares = [f"{part} of {whole:,} ({part / whole:.1%})" for part, whole in cells]
        spared = f"{SNAPSHOTS - self.snapshots_missed} of {SNAPSHOTS}"
        return " | ".join([*shares, f"{100 * max(self.shortfall, 0):.1f}", spared])


class Markets(NamedTuple):
    """A market a week: who is on offer in which place, where everybody truly is, and all scores."""

    offers: pl.DataFrame
    truths: pl.DataFrame
    scores: pl.DataFrame


@pytest.fixture(scope="module")
def markets(database: Path) -> Markets:
    draw = np.random.default_rng(20260713)
    with closing(reading_private(database)) as connection:
        offered, known = connection.sql(OFFERED).pl(), connection.sql(KNOWN).pl()
    recent = known.filter("is_recent")
    # A line through scores with errors leans to the mean, so less is left about it.
    noise = (RESIDUAL**-2 - recent["capability"].to_numpy().var() ** -1) ** -0.5
    offers, truths, scores = [], [], []
    for number in range(SNAPSHOTS * MARKETS):
        week = FIRST + timedelta(7 * number)
        if number % MARKETS == 0:
            errors = draw.normal(0, noise, len(recent))
        in_week = pl.lit(week).alias("week")
        offers.append(
            offered.sample(MODELS, shuffle=True, seed=int(draw.integers(2**32)))
            .with_row_index("place")
            .with_columns(in_week, decided_on=pl.lit(week + timedelta(7)))
        )
        truths.append(known.with_columns(in_week))
        scores.append(
            recent.select(
                in_week,
                "model_id",
                source=pl.lit("simulated"),
                snapshot_at=pl.lit(week + timedelta(6)).cast(pl.Datetime(time_zone="UTC")),
                score=(pl.col("capability") + pl.Series(errors) - INTERCEPT) / SLOPE,
                refused_because=pl.lit(None, pl.String),
            )
        )
    lasting = pl.concat(offers).with_columns(expiration_date=pl.lit(None, pl.Date))
    return Markets(lasting, pl.concat(truths), pl.concat(scores))


def choices(database: Path, markets: Markets, inferred: int, z: float) -> pl.DataFrame:
    """Return every choice of the markets with the first models inferred, at the wider bound `z`."""
    hidden = markets.offers.filter(pl.col("place") < inferred).select("week", "model_id")
    workloads, parameters = load("workloads"), load("parameter")
    is_bound = pc.equal(parameters["parameter"], "unsure_bound_z")
    replaced = {
        "core.route_offer": markets.offers.drop("place"),
        "core.index_capability": markets.truths.join(hidden, on=["week", "model_id"], how="anti"),
        "private.score": markets.scores,
        "reference.workloads": workloads.set_column(
            workloads.schema.get_field_index("escalation"),
            "escalation",
            pa.array(["caller"] * len(workloads)),
        ),
        "reference.parameter": parameters.set_column(
            parameters.schema.get_field_index("value"),
            "value",
            pc.if_else(is_bound, z, parameters["value"]),
        ),
    }
    with rerun(database, replaced, {"core.route_choice", "private.calibration"}) as connection:
        ((spread, refused),) = connection.sql(
            "SELECT median(residual_sd), count(refused_because) FROM private.calibration"
        ).fetchall()
        assert (spread, refused) == (pytest.approx(RESIDUAL, abs=0.15), 0)
        found: pl.DataFrame = connection.sql(CHOICES).pl()
    return found


def risks(truth: pl.DataFrame, judged: pl.DataFrame) -> list[Risk]:
    """Return what the cheapest single models risk, and the cheapest pairs."""
    with closing(duckdb.connect()) as connection:
        connection.register("truth", truth)
        connection.register("judged", judged)
        return [Risk(*row[1:]) for row in connection.sql(PICKS).fetchall()]


@pytest.mark.accept
def test_few_choices_miss_their_floor_where_half_of_the_models_are_inferred(
    database: Path, markets: Markets
) -> None:
    truth = choices(database, markets, 0, 1.28)
    found = {
        (share, z): risks(truth, choices(database, markets, inferred, z))
        for share, inferred in (("half", MODELS // 2), ("all", MODELS))
        for z in (1.28, 0.84)
    }
    table = [
        f"| {share} | {z:.2f} | {kind} | {risk} |"
        for (share, z), both in found.items()
        for kind, risk in zip(("single models", "pairs"), both, strict=True)
    ]
    single, pair = found["half", 1.28]
    assert single.missed / single.choices <= 0.04
    assert single.inferred_missed / single.inferred <= 0.08
    assert pair.missed / pair.choices <= 0.01
    assert pair.snapshots_missed < SNAPSHOTS / 2
    assert "\n".join(table) in GUIDE.read_text(), "as docs/routing.md shows it"
