"""The index against use and pay on the shipped index and the recorded weeks."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.home.database import connect

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
