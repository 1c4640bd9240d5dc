"""The index against use and pay on the shipped index and the recorded weeks."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.home.database import connect
from pipelines.models import definition

Select = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def select(database: Path) -> Select:
    def once(statement: str) -> list[tuple[Any, ...]]:
        with closing(connect(database)) as connection:
            return connection.sql(statement).fetchall()

    return once


def test_better_models_are_used_more_and_paid_far_more(select: Select) -> None:
    rows = select(
        "SELECT measure, rho, rho_p05, rho_p95 FROM marts.benchmark_against_share "
        "WHERE week = '2026-07-13' AND scope = 'mean' AND controlled_for = 'none'"
    )
    found = {measure: numbers for measure, *numbers in rows}
    assert found["tokens"] == pytest.approx([0.37, 0.19, 0.54], abs=0.02)
    assert found["revenue"] == pytest.approx([0.77, 0.65, 0.85], abs=0.02)
    assert found["price"][0] == pytest.approx(0.84, abs=0.01)


def test_the_correlation_with_tokens_is_positive_in_every_week(select: Select) -> None:
    """Measured with one model more, whose product the index names differently."""
    rows = select(
        "SELECT models, rho FROM marts.benchmark_against_share WHERE scope = 'all' "
        "AND measure = 'tokens' AND controlled_for = 'none' ORDER BY week"
    )
    measured = [0.51, 0.37, 0.26, 0.23, 0.29, 0.34, 0.42, 0.36, 0.09, 0.25]
    assert [rho for _, rho in rows] == pytest.approx(measured, abs=0.03)
    assert [models for models, _ in rows] == [36, 42, 41, 41, 40, 40, 39, 40, 38, 43]


def test_the_open_models_alone_are_compared_where_there_are_fifteen(select: Select) -> None:
    rows = select(
        "SELECT week::VARCHAR, round(rho, 2) FROM marts.benchmark_against_share "
        "WHERE scope = 'open' AND measure = 'tokens' AND controlled_for = 'none' ORDER BY week"
    )
    assert rows[0] == ("2026-05-11", 0.71)
    assert "2026-05-25" not in [week for week, _ in rows]  # fourteen


def test_the_front_is_what_none_beats_for_less(select: Select) -> None:
    rows = select(
        "SELECT base_permaslug, capability, prompt_price, is_on_front "
        "FROM marts.capability_and_price WHERE week = '2026-07-13' AND prompt_price > 0"
    )
    front = {
        slug
        for slug, score, price, _ in rows
        if not any(
            (other >= score and cost < price) or (other > score and cost <= price)
            for _, other, cost, _ in rows
        )
    }
    assert front == {slug for slug, *_, is_on_front in rows if is_on_front}
    assert "openai/gpt-5.6-sol-20260709" in front


def test_the_mean_of_a_past_week_stays_when_a_week_is_added() -> None:
    """Rows made up of a model with other tokens in every week, and a gap before the sixtieth."""
    model = next(one for one in definition.load() if one.name == "core.rank_correlation")

    def means(newest: int) -> dict[int, float]:
        with closing(duckdb.connect()) as connection:
            connection.sql(f"""
                CREATE SCHEMA core;
                CREATE TABLE core.parameter AS SELECT 1 AS seed;
                CREATE TABLE core.open_model (week DATE, base_permaslug VARCHAR);
                CREATE TABLE core.indexed_model AS SELECT
                    DATE '2024-01-01' + 7 * number::INTEGER AS week, 'x' AS base_permaslug,
                    number > {newest} - 52 AS is_of_newest_year, 1.0 AS capability,
                    DATE '2024-01-01' + 7 * if(number < 60, 0, 60) AS unbroken_from,
                    number * number AS tokens, 0 AS paid_tokens, 1.0 AS revenue_usd,
                    1.0 AS prompt_price
                FROM range({newest - 103}, {newest + 1}) AS weeks (number);
            """)
            return dict(
                connection.sql(
                    f"SELECT (week - DATE '2024-01-01') // 7, tokens FROM ({model.sql}) "
                    "WHERE scope = 'mean'"
                ).fetchall()
            )

    before, after = means(120), means(121)
    assert [*after] == [*range(70, 122)]
    assert {week: after[week] for week in range(70, 121)} == {
        week: before[week] for week in range(70, 121)
    }
    assert before[69] == pytest.approx(sum(n * n for n in range(60, 70)) / 10)
    assert before[115] == pytest.approx(sum(n * n for n in range(64, 116)) / 52)
