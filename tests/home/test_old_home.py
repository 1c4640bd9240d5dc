"""A home that version 0.1.0 published is opened, rebuilt and delivered from by this version.

What is in it, and how it was made: `tests/support/home-0.1.0.md`.
"""

import json
import shutil
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import ROOT
from tests.conftest import tokenhouse

SUPPORT = Path(__file__).parents[1] / "support"
EXPECTED: dict[str, Any] = json.loads((SUPPORT / "home-0.1.0.json").read_bytes())
FIRST, NEWEST = (one["week"] for one in EXPECTED["weeks"])
TOTALS = {one["week"]: one["total_tokens"] for one in EXPECTED["weeks"]}
TOTALS_ASKED = (
    "SELECT week, total_tokens FROM marts.weekly_total WHERE source = 'daily_rows' ORDER BY week"
)


def unpacked(folder: Path) -> Path:
    """Return a fresh copy of the home."""
    with tarfile.open(SUPPORT / "home-0.1.0.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "home-0.1.0"


def answered(home: Path, *arguments: str) -> Any:
    """Return what a command that must succeed says to programs."""
    done = tokenhouse(home, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def totals(home: Path) -> dict[str, int]:
    return {row["week"]: row["total_tokens"] for row in answered(home, "query", TOTALS_ASKED)}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The home as 0.1.0 left it."""
    return unpacked(tmp_path)


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home after `replay` of this version; tests must not change it."""
    home = unpacked(tmp_path_factory.mktemp("replayed"))
    done = tokenhouse(home, "replay", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said == {"answers": EXPECTED["raw_answers"], "refused": [], "without_raw_answer": []}
    return home


def test_what_it_published_is_read_as_it_is(old: Path) -> None:
    status = answered(old, "status")
    assert {one["week"]: one["total_tokens"] for one in status["weeks"]} == TOTALS
    assert (status["newest_week"], status["run_id"]) == (NEWEST, EXPECTED["run_id"])
    assert status["refusals"] == []
    top = answered(old, "top", "--week", NEWEST, "-n", "3")
    keys = ("rank", "model_permaslug", "tokens")
    assert [{key: row[key] for key in keys} for row in top["models"]] == EXPECTED["top"]
    assert top["citation"] == EXPECTED["citation"]
    assert totals(old) == TOTALS
    routes = answered(old, "routes", "--week", NEWEST)["routes"]
    primaries = {row["stratum"]: row["model_id"] for row in routes if row["role"] == "primary"}
    assert primaries == EXPECTED["primaries"]


def test_what_it_delivered_is_known_to_be_ours(old: Path) -> None:
    delivered = old / EXPECTED["delivered"]
    document = json.loads((delivered / "routing.json").read_bytes())
    assert (document["run_id"], document["citation"]) == (EXPECTED["run_id"], EXPECTED["citation"])
    checked = tokenhouse(old, "export", "--to", f"{delivered}", "--check")
    if checked.returncode:  # this version writes the same run in another way
        assert "of another run" in checked.stderr or "is missing" in checked.stderr
    with (delivered / "routing.json").open("a") as edited:
        edited.write("\n")
    checked = tokenhouse(old, "export", "--to", f"{delivered}", "--check")
    assert checked.returncode == 1
    assert "routing.json was edited" in checked.stderr


def test_what_it_delivered_is_renewed_beside_what_is_not_ours(
    replayed: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(replayed, tmp_path / "home"))
    delivered = home / EXPECTED["delivered"]
    (delivered / "mine.txt").write_text("mine")
    answered(home, "export", "--to", f"{delivered}")
    done = answered(home, "export", "--to", f"{delivered}", "--check")
    assert done["run_id"] == answered(home, "status")["run_id"]
    assert (delivered / "mine.txt").read_text() == "mine"
    answered(home, "export", "--to", f"{delivered}", "--rollback")
    back = json.loads((delivered / "routing.json").read_bytes())
    assert back["run_id"] == EXPECTED["run_id"]


def test_a_replay_gives_the_same_tokens_and_the_acceptance_holds(old: Path, replayed: Path) -> None:
    assert totals(replayed) == TOTALS
    assert answered(replayed, "status")["refusals"] == []
    finding = EXPECTED["accepted"]
    asked = "SELECT name, size, is_accepted FROM marts.publication_findings"
    assert answered(replayed, "query", asked) == [
        {"name": finding["name"], "size": pytest.approx(finding["size"]), "is_accepted": True}
    ]
    kept = Path("lake", "accepted", f"{finding['name']}.json")
    assert (replayed / kept).read_bytes() == (old / kept).read_bytes()
    assert json.loads((old / kept).read_bytes()) == finding


def test_database_and_exports_are_made_again_from_its_lake(old: Path) -> None:
    (old / "warehouse.duckdb").unlink()
    shutil.rmtree(old / "exports")
    done = answered(old, "backfill", "--from", FIRST, "--to", NEWEST)
    assert (done["taken"], done["published"]) == ([], True)
    assert totals(old) == TOTALS
    assert json.loads((old / "exports" / "routing.json").read_bytes())["week"] == NEWEST


def test_its_lake_is_known_as_it_was_before_the_restatement(old: Path, tmp_path: Path) -> None:
    before, then = EXPECTED["before_restatement"], tmp_path / "then"
    answered(old, "run", "--known-at", before["known_at"], "--home", f"{then}")
    assert totals(then)[before["week"]] == before["total_tokens"]


def test_its_own_evaluation_is_read_from_its_reference_folder(replayed: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    if version == "0.1.0":
        pytest.skip("0.1.0 read own evaluations from the checkout")
    row = EXPECTED["own_evaluation"]
    columns = "stratum, model_id, tasks, passed, recorded_on"
    rows = answered(replayed, "query", f"SELECT {columns} FROM staging.own_evaluation")
    assert row in rows
    evidence = answered(
        replayed,
        "query",
        "SELECT week, evidence FROM core.route_quality "
        f"WHERE stratum = '{row['stratum']}' AND model_id = '{row['model_id']}' ORDER BY week",
    )
    assert evidence == [{"week": week, "evidence": "own evaluation"} for week in TOTALS]
    routes = answered(replayed, "routes", "--week", NEWEST)["routes"]
    carried = {one["stratum"]: one["model_id"] for one in routes if one["role"] == "primary"}
    assert carried[row["stratum"]] == row["model_id"]
    assert row["model_id"] != EXPECTED["primary_without_own_evaluation"]
