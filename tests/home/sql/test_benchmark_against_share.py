"""The index against use and pay on the shipped index and the recorded weeks."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.home.database import connect

Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def ask(database: Path) -> Ask:
    def once(statement: str) -> list[tuple[Any, ...]]:
        with closing(connect(database)) as connection:
            return connection.sql(statement).fetchall()

    return once


def test_the_front_is_what_none_beats_for_less(ask: Ask) -> None:
    rows = ask(
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
