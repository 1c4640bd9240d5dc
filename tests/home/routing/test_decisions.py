"""The lake remembers which routes were published."""

import json
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.home.database import connect
from pipelines.lake import decisions
from pipelines.models import build, publish
from tests.support.building import models_of


def history(home: Path, week: str, workload: str) -> tuple[str, ...]:
    """Build from the home's lake, and return what was done in a week."""
    aside, _ = build.build(home, models_of("marts.routing_history marts.routing_table"))
    publish.publish(aside, home / "warehouse.duckdb")
    return action_in(home / "warehouse.duckdb", week, workload)


def action_in(database: Path, week: str, workload: str) -> tuple[str, ...]:
    """Return what was done in a week."""
    with closing(connect(database)) as connection:
        (row,) = connection.sql(
            "SELECT action, model_id, previous_model_id, cause FROM marts.routing_history "
            f"WHERE week = '{week}' AND workload = '{workload}'"
        ).fetchall()
    return tuple(row)


def test_a_later_week_starts_from_what_was_published(home: Path, database: Path) -> None:
    decisions.write(home / "lake", database)
    files = sorted((home / "lake" / "decisions").glob("*.json"))
    assert len(files) == 10
    before = action_in(database, "2026-07-13", "batch_refactor")
    assert history(home, "2026-07-13", "batch_refactor") == before

    path = home / "lake" / "decisions" / "2026-07-06.json"
    rows = json.loads(path.read_bytes())
    for row in rows:
        if row["workload"] == "batch_refactor":
            row |= {"model_id": "anthropic/claude-opus-4.8", "cost_per_task_usd": 0.9}
            row["weeks_beaten"] = 1
    path.write_text(json.dumps(rows))
    action, model, previous, cause = history(home, "2026-07-13", "batch_refactor")
    assert (action, model) == ("switch", "google/gemini-3.5-flash")
    assert previous == "anthropic/claude-opus-4.8"
    assert cause == "clear_saving"

    decisions.write(home / "lake", home / "warehouse.duckdb")
    assert json.loads(path.read_bytes()) == rows


def test_a_file_of_version_0_1_0_is_read(tmp_path: Path) -> None:
    recorded = {
        "stratum": "batch_refactor",
        "model_id": "z-ai/glm-5.2",
        "cost_per_task_usd": 0.05,
        "weeks_held": 3,
        "weeks_beaten": 1,
    }
    (tmp_path / "decisions").mkdir()
    (tmp_path / "decisions" / "2026-07-06.json").write_text(json.dumps([recorded]))
    assert decisions.read(tmp_path).rows() == [
        (date(2026, 7, 6), "batch_refactor", "z-ai/glm-5.2", 0.05, 3, 1)
    ]


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": 1}'])
def test_a_file_that_is_no_decision_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "decisions").mkdir()
    (tmp_path / "decisions" / "2026-07-06.json").write_text(text)
    with pytest.raises(RefusalError, match=r"2026-07-06\.json cannot be read"):
        decisions.read(tmp_path)
