"""The lake remembers which routes were published."""

import json
from datetime import date
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.lake import decisions
from pipelines.models.rerun import rerun

ACTION = (
    "SELECT action, model_id, previous_model_id, cause FROM marts.routing_history "
    "WHERE week = '2026-07-13' AND workload = 'batch_refactor'"
)


def actions(database: Path, lake: Path) -> list[tuple[str, ...]]:
    """Return what is done in the newest week where the routes of a lake were published."""
    recorded = {"home.route_decision": decisions.read(lake)}
    with rerun(database, recorded, {"marts.routing_history"}) as connection:
        return connection.sql(ACTION).fetchall()


def test_a_later_week_starts_from_what_was_published(database: Path, tmp_path: Path) -> None:
    before = actions(database, tmp_path)
    decisions.write(tmp_path, database)
    files = sorted((tmp_path / "decisions").glob("*.json"))
    assert len(files) == 10
    assert actions(database, tmp_path) == before

    path = tmp_path / "decisions" / "2026-07-06.json"
    rows = json.loads(path.read_bytes())
    for row in rows:
        if row["workload"] == "batch_refactor":
            row |= {"model_id": "anthropic/claude-opus-4.8", "cost_per_task_usd": 0.9}
            row["weeks_beaten"] = 1
    path.write_text(json.dumps(rows))
    ((action, model, previous, cause),) = actions(database, tmp_path)
    assert (action, model) == ("switch", "google/gemini-3.5-flash")
    assert previous == "anthropic/claude-opus-4.8"
    assert cause == "clear_saving"

    decisions.write(tmp_path, database)
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
