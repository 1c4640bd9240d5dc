"""A hostile name in a response: its rows are refused by name, and the other rows count."""

import gzip
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.cli.status import LISTED
from pipelines.home import source_health
from pipelines.lake import raw
from pipelines.lake.vintages import list_vintages
from pipelines.settings import SAMPLE
from pipelines.text import PATTERN
from tests.conftest import tokenhouse
from tests.support import ingesting, wire
from tests.support.building import create, over

EVIL = ("evil/\x1b[2J", "evil/\u202eabc", "evil/\ud800x", "evil/\x00", "evil/\x7f", "evil/\x9b1m")
COLUMNS = {"rankings_daily": "model_permaslug", "models": "model_id"}


def rankings() -> dict[str, Any]:
    """Return the recorded rankings in which the smallest models of a day have these names."""
    body = wire.rankings("2026-05-18", "2026-06-21", "2026-10-11T00:27:00Z")
    day = [row for row in body["data"] if row["date"] == "2026-06-16"]
    smallest = sorted(day, key=lambda row: int(row["total_tokens"]))[: len(EVIL)]
    for row, name in zip(smallest, EVIL, strict=True):
        row["model_permaslug"] = name
    return body


def catalogue() -> dict[str, Any]:
    """Return the newest recorded catalogue with an offer of each name."""
    body: dict[str, Any] = json.loads(
        gzip.decompress(max((SAMPLE / "models").iterdir()).read_bytes())
    )
    body["data"] += [{**body["data"][0], "id": name, "name": f"Evil {name}"} for name in EVIL]
    return body


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with such responses."""
    home = tmp_path_factory.mktemp("attacked")
    with wire.serving() as server:
        server.replies += [wire.as_reply(rankings()), wire.as_reply(catalogue())]
        ingesting.ingest_tables(ingesting.chosen(home, server), *COLUMNS)
    return home


def test_the_week_has_all_its_tokens_and_names_those_of_nobody(attacked: Path) -> None:
    """Alerts name the tokens, which count for no bloc; totals are those of the true names."""
    body, recorded = rankings(), wire.rankings("2026-06-15", "2026-06-21", "")["data"]
    unnamed = sum(
        int(row["total_tokens"]) for row in body["data"] if "evil/" in row["model_permaslug"]
    )
    total = sum(int(row["total_tokens"]) for row in recorded)
    question = (
        "SELECT total_tokens, tokens FROM marts.weekly_total INNER JOIN marts.alerts "
        "ON weekly_total.week = alerts.week WHERE kind = 'unknown_author' "
        "AND subject = 'unprintable' AND alerts.week = '2026-06-15'"
    )
    with closing(over(attacked / "lake")) as connection:
        create(connection, question)
        assert connection.sql(question).fetchall() == [(total, unnamed)]


@pytest.mark.parametrize("table", COLUMNS)
def test_the_other_rows_are_stored_and_the_response_is_kept(attacked: Path, table: str) -> None:
    (vintage, *_) = list_vintages(attacked / "lake", table)
    names = pq.read_table(vintage.path)[COLUMNS[table]].to_pylist()
    assert len(names) > 100
    assert not [name for name in names if name.startswith("evil/")]
    bodies = [raw.read(path).body for path in raw.files(attacked / "lake")]
    assert sum(b"evil/" in body for body in bodies) == len(COLUMNS)


def test_status_names_the_refused_rows_and_shows_nothing_unprintable(attacked: Path) -> None:
    for table in COLUMNS:
        health = source_health.read(attacked)[table]
        assert len(health["refused_rows"]) == len(EVIL)
        assert "reason" not in health
    shown = tokenhouse(attacked, "status").stdout
    assert f"and {len(EVIL) - LISTED} more" in shown
    assert "models: rows refused for unprintable characters: 'evil/" in shown
    assert set(PATTERN.findall(shown)) == {"\n"}
