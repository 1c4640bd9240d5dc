"""`tokenhouse evaluate`: which models are worth it, and what importing a log would change."""

import json
import lzma
import os
import subprocess
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.home import paths
from pipelines.home.database import connect
from pipelines.queries.evaluation import NUMBERS, changes, passed_of, worth_evaluating
from pipelines.reference.loader import load
from tests.conftest import tokenhouse

WEEK = date(2026, 7, 13)
RECORDED = Path(__file__).parents[2] / "support" / "evaluations"


@pytest.fixture
def home(database: Path, tmp_path: Path) -> Path:
    """A home with the published database and nothing of its own."""
    os.link(database, tmp_path / "warehouse.duckdb")
    os.link(paths.private(database), tmp_path / "private.duckdb")
    return tmp_path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "inspect.json"
    path.write_bytes(lzma.decompress((RECORDED / "inspect.json.xz").read_bytes()))
    return path


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def own(home: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = load("own_evaluation", home / "reference").to_pylist()
    return rows


class TestListing:
    @pytest.mark.accept
    def test_what_would_be_cheaper_comes_with_tasks_price_and_command(self, home: Path) -> None:
        arguments = ("evaluate", "agent_tool_loop", "--pass-rate", "1", "--json")
        found = answer(tokenhouse(home, *arguments))["models"]
        flash = next(one for one in found if one["model_id"] == "deepseek/deepseek-v4-flash")
        assert flash["tasks"] == 29
        assert 50 * flash["cost_per_task_usd"] == pytest.approx(1.11, abs=0.005)
        assert flash["evaluation_usd"] == flash["tasks"] * flash["cost_per_task_usd"]
        assert flash["command"] == (
            "inspect eval agent_tool_loop.py --model openrouter/deepseek/deepseek-v4-flash "
            "--epochs 3 --log-format json"
        )
        savings = [one["saving_usd_per_month"] for one in found]
        assert savings == sorted(savings, reverse=True)
        assert min(savings) > 0

    @pytest.mark.accept
    def test_what_explain_calls_the_likeliest_is_shown_and_a_cut_is_said(self, home: Path) -> None:
        likeliest = answer(tokenhouse(home, "explain", "batch_refactor", "--json"))["certificate"]
        known = len(answer(tokenhouse(home, "evaluate", "batch_refactor", "--json"))["models"])
        for length, shown in ((2, 3), (known, known)):
            said = tokenhouse(home, "evaluate", "batch_refactor", "-n", f"{length}").stdout
            (command,) = (line for line in said.splitlines() if "inspect eval" in line)
            assert f"openrouter/{likeliest['evaluation_model_id']} " in command
            assert (f"{shown} of {known} models shown, -n {known} shows all" in said) == (
                shown < known
            )

    @pytest.mark.accept
    def test_the_saving_is_against_the_pick_at_the_volume_of_the_workload(self, home: Path) -> None:
        with closing(connect(home / "warehouse.duckdb")) as connection:
            rows = connection.sql(
                "SELECT model_id, compared_cost_usd FROM marts.routing_option "
                f"WHERE week = '{WEEK}' AND workload = 'batch_refactor' AND preference = 1"
            ).fetchall()
            costs = dict(
                connection.sql(
                    "SELECT model_id, compared_cost_usd FROM marts.routing_candidate "
                    f"WHERE week = '{WEEK}' AND workload = 'batch_refactor'"
                ).fetchall()
            )
        ((_, pick),) = rows
        found = worth_evaluating(home / "warehouse.duckdb", WEEK, "batch_refactor", 1, 7)
        assert [one.saving_usd_per_month for one in found] == pytest.approx(
            [7 * 30 * (pick - costs[one.model_id]) for one in found]
        )

    @pytest.mark.accept
    def test_a_share_that_few_whole_tasks_cannot_be_is_not_supposed(self, home: Path) -> None:
        found = worth_evaluating(home / "warehouse.duckdb", WEEK, "complex_enterprise", 0.9)
        assert found
        assert all(one.passed <= 0.9 * one.tasks < one.passed + 1 for one in found)

    @pytest.mark.accept
    def test_that_a_route_is_blocked_is_said_with_what_it_would_save(self, home: Path) -> None:
        for workload, blocked in (
            ("complex_enterprise", "no_signed_agreement"),
            ("batch_refactor", None),
        ):
            assert (
                answer(tokenhouse(home, "evaluate", workload, "--json"))["blocked_because"]
                == blocked
            )
            for command in ("evaluate", "explain"):
                said = tokenhouse(home, command, workload).stdout
                assert ("The route is blocked" in said) == bool(blocked)

    @pytest.mark.accept
    def test_so_many_tasks_admit_a_model_and_the_number_before_does_not(self, home: Path) -> None:
        database = home / "warehouse.duckdb"
        with closing(connect(database)) as connection:
            ((floor,),) = connection.sql(
                "SELECT quality_floor FROM marts.routing_certificate "
                f"WHERE week = '{WEEK}' AND workload = 'batch_refactor'"
            ).fetchall()
        found = worth_evaluating(database, WEEK, "batch_refactor", 0.95)
        indexed = next(one for one in found if one.evidence)
        unknown = next(one for one in found if not one.evidence)
        for one in (indexed, unknown):
            fewer = NUMBERS[NUMBERS.index(one.tasks) - 1]
            for tasks, is_admitted in ((one.tasks, True), (fewer, False)):
                row = {
                    **dict.fromkeys(("source", "test", "tool", "tool_version", "file_sha256"), ""),
                    "workload": "batch_refactor",
                    "model_id": one.model_id,
                    "tasks": tasks,
                    "passed": passed_of(tasks, 0.95),
                    "recorded_on": date(2026, 7, 20),
                }
                subject = [("batch_refactor", one.model_id)]
                ((model,),) = (change.models for change in changes(database, WEEK, [row], subject))
                low = model["after"]["success_low"]
                assert (model["after"]["rejected_because"] is None and low >= floor) == is_admitted

    @pytest.mark.parametrize(
        ("workload", "said"),
        [
            ("nothing", "no workload 'nothing': workloads.yaml contains inline_completion"),
            ("multimodal_documents", "its floor is a place on the index"),
        ],
    )
    def test_a_workload_that_cannot_be_evaluated_is_named(
        self, home: Path, workload: str, said: str
    ) -> None:
        done = tokenhouse(home, "evaluate", workload)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr


class TestImport:
    def test_a_log_is_imported_once_and_shows_what_it_would_change(
        self, home: Path, log: Path
    ) -> None:
        done = answer(tokenhouse(home, "evaluate", "--import", f"{log}", "--json"))
        (imported,), (change,) = done["evaluations"], done["changes"]
        assert (imported["outcome"], imported["row"]["tasks"]) == ("imported", 32)
        assert own(home) == [
            {**imported["row"], "recorded_on": date.fromisoformat(imported["row"]["recorded_on"])}
        ]
        (model,) = change["models"]
        assert model["before"]["rejected_because"] == "no_quality_evidence"
        assert model["after"]["evidence"] is not None
        before = (home / "reference" / "own_evaluation.csv").read_bytes()
        done = answer(tokenhouse(home, "evaluate", "--import", f"{log}", "--json"))
        assert ([one["outcome"] for one in done["evaluations"]], done["changes"]) == (
            ["unchanged"],
            [],
        )
        assert (home / "reference" / "own_evaluation.csv").read_bytes() == before

    def test_what_is_refused_is_named_and_the_rest_is_imported(self, home: Path) -> None:
        done = tokenhouse(home, "evaluate", "--import", f"{RECORDED / 'promptfoo.json'}")
        assert done.returncode == 1
        *_, line = done.stderr.splitlines()
        assert "model mock-a is no openrouter:<id>" in line
        assert "2 of 4 trials ended in errors" in line
        assert [(row["model_id"], row["tasks"], row["passed"]) for row in own(home)] == [
            ("z-ai/glm-5.2", 1, 0.0)
        ]

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"task": "nothing"}, "no workload 'nothing': workloads.yaml has"),
            ({"model": "openrouter/no/such"}, "no catalogue lists the model 'no/such'"),
        ],
    )
    def test_a_log_that_cannot_be_mapped_writes_nothing(
        self, home: Path, log: Path, changed: dict[str, str], said: str
    ) -> None:
        content = json.loads(log.read_bytes())
        content["eval"] |= {"metadata": None, **changed}
        log.write_text(json.dumps(content))
        done = tokenhouse(home, "evaluate", "--import", f"{log}")
        assert done.returncode == 1
        assert f"inspect.json: {said}" in done.stderr.splitlines()[-1]
        assert not (home / "reference").exists()

    def test_an_unreadable_log_imports_nothing(self, home: Path, log: Path) -> None:
        torn = home / "torn.json"
        torn.write_bytes(log.read_bytes()[:-1000])
        done = tokenhouse(home, "evaluate", "--import", f"{log}", f"{torn}")
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{torn} is no complete JSON" in done.stderr
        assert not (home / "reference").exists()

    @pytest.mark.accept
    def test_rows_of_version_0_1_0_stay_next_to_what_is_imported(
        self, home: Path, log: Path
    ) -> None:
        (home / "reference").mkdir()
        (home / "reference" / "own_evaluation.csv").write_text(
            "stratum,model_id,tasks,passed,source,recorded_on\n"
            "batch_refactor,deepseek/deepseek-v4-flash,9,8,own,2026-07-05\n"
        )
        answer(tokenhouse(home, "evaluate", "--import", f"{log}", "--json"))
        assert [(row["tool"], row["tasks"]) for row in own(home)] == [("", 9), ("inspect", 32)]
