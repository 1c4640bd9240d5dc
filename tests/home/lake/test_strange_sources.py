"""What the source may do one day: other slugs, ids, authors, days that vanish, clocks that jump."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import time_machine

from pipelines.home import paths, refusals
from pipelines.lake import ingest, log
from tests.support.walks import SLUGS, Walk

DEEPSEEK, OPENAI, OTHER = SLUGS
WEEK = date(2026, 6, 22)
"""The week that the tests add to the first five."""


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    """A home that has published five weeks, a week later."""
    begun = Walk(tmp_path)
    assert begun.take(begun.ingest("a")) is None
    assert begun.published_or_refused("a") is None
    begun.wait(7)
    yield begun
    begun.follow("a")


def found(walk: Walk) -> set[str]:
    """Return the names of the findings that block publication."""
    known = refusals.read(walk.home("a"))
    return {one["name"] for one in known["findings"]} if known else set()


def select(walk: Walk, question: str) -> list[tuple[object, ...]]:
    with duckdb.connect(paths.database(walk.home("a")), read_only=True) as connection:
        return connection.sql(question).fetchall()


@pytest.mark.accept
def test_ids_that_swap_swap_no_prices_and_a_day_that_vanishes_stays_published(walk: Walk) -> None:
    walk.prices = {DEEPSEEK: (OPENAI, "0.000001"), OPENAI: (DEEPSEEK, "0.000001")}
    walk.restate(8, 0)  # a day of the week that is published
    assert walk.take(walk.ingest("a")) is None
    assert walk.published_or_refused("a") is not None
    assert {name.rpartition("-")[0] for name in found(walk)} == {"restatement-2026-06-15"}
    walk.follow("a")
    listed = select(
        walk, f"SELECT model_id, model_permaslug FROM core.list_price WHERE week = '{WEEK}'"
    )
    assert sorted(listed) == [(DEEPSEEK, OPENAI), (OPENAI, DEEPSEEK)]
    days = "SELECT DISTINCT days_seen FROM marts.weekly_total WHERE source = 'daily_rows'"
    assert select(walk, days) == [(7,)]
    walk.restate(8, 1.0)  # and returns
    assert walk.take(walk.ingest("a")) is None
    walk.follow("a")
    assert select(walk, days) == [(7,)]


def test_a_renamed_author_and_a_slug_that_changes_are_named_and_not_guessed(walk: Walk) -> None:
    walk.used = (DEEPSEEK, OPENAI.replace("openai", "open-ai"), OTHER)
    walk.prices = {DEEPSEEK: (f"{DEEPSEEK}-renamed", "0.000001"), OPENAI: (OPENAI, "0.000001")}
    walk.reported = {day: 1.0 for day in walk.reported if day >= WEEK}
    assert walk.take(walk.ingest("a")) is None
    refused = walk.published_or_refused("a")
    assert refused is not None
    assert {f"author_coverage-{WEEK}", f"price_coverage-{WEEK}"} <= found(walk)


def test_a_clock_that_jumps_between_two_requests_lets_the_first_count_only(walk: Walk) -> None:
    lake = walk.lake("a")
    before = log.read(lake).responses.keys()

    def act() -> None:
        client, week = walk._client(), WEEK
        ingest.ingest_table(walk._settings("a"), client, "models", True, week, week)
        with time_machine.travel(walk.now + timedelta(days=400), tick=False):
            ingest.ingest_table(walk._settings("a"), client, "rankings_daily", True, week, week)

    refused = walk.take(act)
    assert refused is not None
    assert "nothing of it is stored: set this machine's clock" in refused
    new = log.read(lake).responses.keys() - before
    assert [file.split("/")[1] for file in new] == ["models"]
    assert walk.take(walk.ingest("a")) is None
    assert walk.published_or_refused("a") is None
