"""A home that version 0.1.0 published is opened, rebuilt and delivered from by this version.

What is in it, and how it was made: `tests/support/home-0.1.0.md`.
"""

import json
import shutil
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pipelines.home import home_format
from tests.conftest import tokenhouse, use
from tests.support import ingesting

SUPPORT = Path(__file__).parents[1] / "support"
EXPECTED: dict[str, Any] = json.loads((SUPPORT / "home-0.1.0.json").read_bytes())
FIRST, NEWEST = (one["week"] for one in EXPECTED["weeks"])
TOTALS = {one["week"]: one["total_tokens"] for one in EXPECTED["weeks"]}
TOTALS_QUERY = (
    "SELECT week, total_tokens FROM marts.weekly_total WHERE source = 'daily_rows' ORDER BY week"
)


def answer(home: Path, *arguments: str) -> Any:
    """Return the JSON answer of a command that must succeed."""
    done = tokenhouse(home, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def totals(home: Path) -> dict[str, int]:
    return {row["week"]: row["total_tokens"] for row in answer(home, "query", TOTALS_QUERY)}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home as 0.1.0 left it; tests must not change it."""
    folder = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(SUPPORT / "home-0.1.0.tar.xz", folder)
    return folder / "home-0.1.0"


@pytest.fixture(scope="module")
def rebuilt(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home after this version has rebuilt lake, database and exports; not to be changed.

    Database and exports are missing before, so nothing but the lake can be their source.
    """
    home = Path(shutil.copytree(unpacked, tmp_path_factory.mktemp("rebuilt") / "home"))
    (home / "warehouse.duckdb").unlink()
    shutil.rmtree(home / "exports")
    with patch("pipelines.cli.jobs.rebuild", ingesting.rebuild):
        replayed = answer(home, "replay")
    assert replayed == {
        "schema_version": 1,
        "responses": EXPECTED["raw_answers"],
        "refused": [],
        "without_raw_response": [],
    }
    return home


def test_what_it_published_is_read_as_it_is(unpacked: Path) -> None:
    status = answer(unpacked, "status")
    assert {one["week"]: one["total_tokens"] for one in status["weeks"]} == TOTALS
    assert (status["newest_week"], status["run_id"]) == (NEWEST, EXPECTED["run_id"])
    assert (status["refusals"], status["unread_files"]) == ([], [])
    top = answer(unpacked, "top", "--week", NEWEST, "-n", "3")
    keys = ("rank", "model_permaslug", "tokens")
    assert [{key: row[key] for key in keys} for row in top["models"]] == EXPECTED["top"]
    assert top["citation"] == EXPECTED["citation"]
    assert totals(unpacked) == TOTALS


@pytest.mark.parametrize("arguments", [("routes",), ("export", "--to", "elsewhere", "--check")])
def test_what_this_version_cannot_read_is_one_line_that_says_what_to_do(
    unpacked: Path, arguments: tuple[str, ...]
) -> None:
    done = tokenhouse(unpacked, *arguments)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"{unpacked}/warehouse.duckdb was built by another version" in line
    assert line.endswith("run `tokenhouse run`")


def assert_same_tokens_and_accepted(home: Path, unpacked: Path) -> None:
    assert totals(home) == TOTALS
    finding = EXPECTED["accepted"]
    query = "SELECT name, size, is_accepted FROM marts.publication_findings"
    assert answer(home, "query", query) == [
        {"name": finding["name"], "size": pytest.approx(finding["size"]), "is_accepted": True}
    ]
    path = Path("lake", "accepted", f"{finding['name']}.json")
    assert (home / path).read_bytes() == (unpacked / path).read_bytes()


@pytest.mark.accept
def test_its_lake_gives_the_same_tokens_and_the_acceptance_holds(
    unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(shutil.copytree(unpacked, tmp_path / "home"))
    (home / "warehouse.duckdb").unlink()
    use(home, monkeypatch)
    ingesting.publish()
    assert_same_tokens_and_accepted(home, unpacked)


@pytest.mark.accept
def test_a_rebuild_gives_the_same_tokens_and_the_acceptance_holds(
    unpacked: Path, rebuilt: Path
) -> None:
    assert_same_tokens_and_accepted(rebuilt, unpacked)
    assert answer(rebuilt, "status")["refusals"] == []
    assert json.loads((rebuilt / "exports" / "routing.json").read_bytes())["week"] == NEWEST


@pytest.mark.accept
def test_a_column_that_its_lake_lacks_is_null_until_a_replay(
    unpacked: Path, rebuilt: Path, tmp_path: Path
) -> None:
    known = "SELECT count(served_context_length) > 0 AS known FROM marts.catalogue()"
    answer(unpacked, "run", "--known-at", "2026-08-23", "--home", f"{tmp_path}")
    assert answer(tmp_path, "query", known) == [{"known": False}]
    assert answer(rebuilt, "query", known) == [{"known": True}]


@pytest.mark.accept
def test_nothing_is_missing_from_its_lake(rebuilt: Path) -> None:
    done = answer(rebuilt, "backfill", "--from", FIRST, "--to", NEWEST)
    assert (done["ingested"], done["published"]) == ([], False)


@pytest.mark.accept
def test_its_delivered_files_are_known_and_renewed_next_to_others(
    rebuilt: Path, tmp_path: Path
) -> None:
    delivered = Path(shutil.copytree(rebuilt / EXPECTED["delivered"], tmp_path / "delivered"))
    checked = tokenhouse(rebuilt, "export", "--to", f"{delivered}", "--check")
    assert checked.returncode == 1
    assert "of another run" in checked.stderr or "is missing" in checked.stderr
    (delivered / "mine.txt").write_text("mine")
    answer(rebuilt, "export", "--to", f"{delivered}")
    done = answer(rebuilt, "export", "--to", f"{delivered}", "--check")
    assert done["run_id"] == answer(rebuilt, "status")["run_id"]
    assert (delivered / "mine.txt").read_text() == "mine"
    answer(rebuilt, "export", "--to", f"{delivered}", "--rollback")
    back = json.loads((delivered / "routing.json").read_bytes())
    assert back["run_id"] == EXPECTED["run_id"]


@pytest.mark.accept
def test_its_lake_is_known_as_it_was_before_the_restatement(unpacked: Path, tmp_path: Path) -> None:
    before, then = EXPECTED["before_restatement"], tmp_path / "then"
    answer(unpacked, "run", "--known-at", before["known_at"], "--home", f"{then}")
    assert totals(then)[before["week"]] == before["total_tokens"]


@pytest.mark.accept
def test_its_own_evaluation_is_read_from_its_reference_folder(rebuilt: Path) -> None:
    row = EXPECTED["own_evaluation"]
    evidence = answer(
        rebuilt,
        "query",
        "SELECT week, evidence FROM marts.routing_candidate "
        f"WHERE workload = '{row['stratum']}' AND model_id = '{row['model_id']}' ORDER BY week",
    )
    assert evidence == [{"week": week, "evidence": "own evaluation"} for week in TOTALS]
    routes = answer(rebuilt, "routes", "--week", NEWEST)["routes"]
    primaries = {one["workload"]: one["model_id"] for one in routes if one["role"] == "primary"}
    assert primaries[row["stratum"]] == row["model_id"]
    assert row["model_id"] != EXPECTED["primary_without_own_evaluation"]


@pytest.mark.accept
def test_its_backup_restores_to_what_its_upgrade_publishes(
    unpacked: Path, rebuilt: Path, tmp_path: Path
) -> None:
    """`rebuilt` was upgraded in place; here the old home is saved first, and opened elsewhere."""
    old = Path(shutil.copytree(unpacked, tmp_path / "old"))
    answer(old, "backup", f"{tmp_path / 'old.tar'}")
    restored = tmp_path / "restored"
    with patch("pipelines.cli.jobs.rebuild"):  # what the replay publishes is compared
        answer(restored, "restore", f"{tmp_path / 'old.tar'}")
    answer(restored, "replay")
    marts = sorted(path.name for path in (rebuilt / "exports" / "marts").iterdir())
    assert len(marts) > 30
    for name in marts:
        path = Path("exports", "marts", name)
        assert (restored / path).read_bytes() == (rebuilt / path).read_bytes(), name
    assert (restored / "format").read_text() == f"{home_format.CURRENT}\n"
