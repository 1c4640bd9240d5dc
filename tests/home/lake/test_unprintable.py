"""A hostile name comes over the wire: its rows are refused by name, and the run goes on."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.lake import raw
from pipelines.settings import SAMPLE
from tests.conftest import tokenhouse
from tests.support import wire

EVIL = ("evil/\x1b[2J", "evil/\u202eabc", "evil/\ud800x", "evil/\x00")


def rankings() -> dict[str, Any]:
    """Return the recorded rankings with one more row per name, in place of the smallest ones."""
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
    """A home that `tokenhouse run` filled from such responses."""
    home = tmp_path_factory.mktemp("attacked")
    with wire.serving() as server:
        server.is_complete = False
        server.is_gone = lambda path: "modality=" in path or "endpoints" in path
        server.replies += [wire.as_reply(rankings()), wire.as_reply(catalogue())]
        done = tokenhouse(
            home,
            *("run", "--live", "--week", "2026-06-15"),
            OPENROUTER_API_KEY=wire.KEY,
            OPENROUTER_BASE_URL=server.url,
            OPENROUTER_REQUESTS_PER_MINUTE="10000",
        )
    assert done.returncode == 0, done.stderr
    return home


def test_status_names_the_rows_and_nothing_unprintable_is_shown(attacked: Path) -> None:
    sources = json.loads(tokenhouse(attacked, "status", "--json").stdout)["sources"]
    for table in ("rankings_daily", "models"):
        assert len(sources[table]["refused_rows"]) == len(EVIL)
        assert "reason" not in sources[table]
    shown = tokenhouse(attacked, "status").stdout
    assert "models: rows refused for unprintable characters: 'evil/" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_the_other_rows_are_published_and_the_responses_are_stored(attacked: Path) -> None:
    with duckdb.connect(attacked / "warehouse.duckdb", read_only=True) as connection:
        query = "SELECT count(*), count(*) FILTER (author = 'evil') FROM marts.weekly_model"
        ((rows, evil),) = connection.sql(query).fetchall()
    assert rows > 100
    assert evil == 0
    stored = [raw.read(path).body for path in raw.files(attacked / "lake")]
    assert sum(b"evil/" in body for body in stored) == 2


def test_no_page_or_export_contains_a_refused_name(attacked: Path) -> None:
    for folder in ("report", "exports"):
        for path in (attacked / folder).rglob("*"):
            assert not path.is_file() or b"evil/" not in path.read_bytes(), path
