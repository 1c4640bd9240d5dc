"""A price must have stayed to move a route."""

from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.home.database import connect
from pipelines.models.rerun import rerun
from pipelines.queries import explanation
from pipelines.words import routing
from pipelines.words.language import english, languages
from tests.support.variants import MARTS

WEEK = date(2026, 7, 13)
MODEL = "openai/gpt-5.5"
"""It reaches every floor alone, for many times the price of the picks."""

PRICES = ("prompt_price", "completion_price", "cache_read_price", "cache_write_price")


def repriced(database: Path, factor: float, since: str) -> dict[str, object]:
    """Return the catalogues in which the model's prices are multiplied from a day on."""
    columns = ", ".join(
        f"CASE WHEN model_id = '{MODEL}' AND fetched_at >= '{since}' "
        f"THEN {price} * {factor} ELSE {price} END AS {price}"
        for price in PRICES
    )
    with closing(connect(database)) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        return {
            table: connection.sql(f"SELECT * REPLACE ({columns}) FROM {table}").to_arrow_table()
            for table in ("staging.price_vintage", "staging.catalogue")
        }


def picks(database: Path) -> dict[str, str]:
    with closing(connect(database)) as connection:
        return dict(
            connection.sql(
                "SELECT workload, model_id FROM marts.routing_option "
                f"WHERE week = '{WEEK}' AND preference = 1"
            ).fetchall()
        )


@pytest.mark.accept
@pytest.mark.parametrize(
    ("since", "is_promotion"),
    [("2026-07-20", True), ("2026-07-13", True), ("2026-07-06", False)],
)
def test_a_fall_of_94_percent_moves_no_route_until_it_has_stayed_for_14_days(
    since: str, is_promotion: bool, database: Path
) -> None:
    with rerun(database, repriced(database, 0.06, since), set(MARTS)) as connection:
        made = dict(
            connection.sql(
                "SELECT workload, model_id FROM marts.routing_option "
                f"WHERE week = '{WEEK}' AND preference = 1"
            ).fetchall()
        )
        candidates = connection.sql(
            "SELECT is_promotion, cost_per_task_usd / compared_cost_usd "
            "FROM marts.routing_candidate "
            f"WHERE week = '{WEEK}' AND model_id = '{MODEL}' AND rejected_because IS NULL"
        ).fetchall()
        found = explanation.explain(connection, WEEK, "complex_enterprise")
        judged = explanation.judge_model(connection, WEEK, "complex_enterprise", MODEL)
    moved = [name for name, model in picks(database).items() if made[name] != model]
    assert {row[0] for row in candidates} == {is_promotion}
    assert [row[1] for row in candidates] == pytest.approx(
        [0.06 if is_promotion else 1] * len(candidates)
    )
    assert (len(moved) >= 3) == (not is_promotion)
    assert (moved == []) == is_promotion
    own = [row for row in found.promoted if row["model_id"] == MODEL]
    assert [row["is_cheaper"] for row in own] == [True] * is_promotion
    for language in languages():
        said = routing.promotion(language, own[0]) if is_promotion else MODEL
        lines = routing.certificate(language, found)
        text = " ".join(lines[code] for code in ("pick", "runner_up", "change"))
        assert (said in text) == (is_promotion or bool(moved))
        assert (said in routing.verdict(language, judged, found)) == (is_promotion or bool(moved))


def test_a_fall_of_less_than_half_is_no_promotion(database: Path) -> None:
    replaced = repriced(database, 0.51, "2026-07-20")
    with rerun(database, replaced, {"core.route_promotion"}) as connection:
        assert connection.sql(
            "SELECT is_promotion, prompt_factor FROM core.route_promotion "
            f"WHERE week = '{WEEK}' AND model_id = '{MODEL}'"
        ).fetchall() == [(False, 1)]


def test_promotions_are_of_the_catalogues_that_routes_are_bought_at(database: Path) -> None:
    def weeks(column: str, table: str) -> set[date]:
        rows = connection.sql(f"SELECT DISTINCT {column} FROM {table}").fetchall()
        return {week for (week,) in rows}

    with closing(connect(database)) as connection:
        promoted = weeks("week", "core.route_promotion")
        assert promoted == weeks("price_week", "core.route_week")
        assert promoted < weeks("week", "staging.catalogue")


@pytest.mark.accept
@pytest.mark.parametrize("changes", [2, 5])
def test_a_price_that_changes_several_times_a_day_is_named_and_not_used(
    changes: int, database: Path
) -> None:
    """The week's last catalogue is of 2026-07-20 at 00:45; the changes are of the day before."""
    with closing(connect(database)) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        catalogue = connection.sql("FROM staging.catalogue").to_arrow_table()
        vintages = connection.sql("FROM staging.price_vintage").pl()
    own = vintages.filter(pl.col("model_id") == MODEL).tail(1)
    between = [
        own.with_columns(
            fetched_at=pl.datetime(2026, 7, 19, 2 + hour, time_zone="UTC"),
            prompt_price=pl.col("prompt_price") * (1 + (hour + 1) % 2),
        )
        for hour in range(changes)
    ]
    replaced = {
        "staging.catalogue": catalogue,
        "staging.price_vintage": pl.concat([vintages, *between], how="vertical_relaxed"),
    }
    with rerun(database, replaced, {"marts.routing_candidate"}) as connection:
        reasons = connection.sql(
            "SELECT DISTINCT rejected_because = 'price_unsettled' FROM marts.routing_candidate "
            f"WHERE week = '{WEEK}' AND model_id = '{MODEL}'"
        ).fetchall()
    assert reasons == ([(True,)] if changes == 5 else [(None,)])
    assert routing.rule(english(), "price_unsettled") == "price changed several times within a day"
