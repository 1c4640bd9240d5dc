"""Logs of evaluations as counts of tasks and passes: recorded ones, and ones that are refused."""

import json
import lzma
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import RefusalError, warn
from pipelines.limits import LARGEST_EVALUATION_LOG
from pipelines.reference.evaluations.imports import imports
from pipelines.reference.evaluations.logs import Evaluation, EvaluationRow, evaluations

RECORDED = Path(__file__).parents[1] / "support" / "evaluations"
WORKLOADS: dict[str, dict[str, Any]] = {
    "batch_refactor": {"benchmarks": "SWE-Bench verified"},
    "documents": {"benchmarks": ""},
}
Write = Callable[[object], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a log and return its path."""

    def once(content: object) -> Path:
        path = tmp_path / "log.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return once


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inspect") / "inspect.json"
    path.write_bytes(lzma.decompress((RECORDED / "inspect.json.xz").read_bytes()))
    return path


def inspect(*samples: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return a log as Inspect writes it, with these samples."""
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "task": "batch_refactor",
            "model": "openrouter/a/b",
            "created": "2026-11-28T06:59:05+00:00",
            "packages": {"inspect_ai": "0.3.285"},
            **changed.pop("eval", {}),
        },
        "samples": [{"epoch": 1, "input": "", **sample} for sample in samples],
        **changed,
    }


def sample(task: str, value: object = "C", **more: Any) -> dict[str, Any]:
    return {"id": task, "scores": {"match": {"value": value}}, **more}


def counts(found: list[Evaluation]) -> list[tuple[Any, ...]]:
    rows = [one.row for one in found]
    named = [(row["workload"], row["model_id"], row["tasks"], row["passed"]) for row in rows]
    return [(*row, one.trials, one.errors) for row, one in zip(named, found, strict=True)]


class TestInspect:
    def test_a_recorded_log_counts_each_task_once_by_the_share_of_its_trials(
        self, recorded: Path
    ) -> None:
        (found,) = evaluations(recorded)
        log = json.loads(recorded.read_bytes())
        right = sum(one["scores"]["same_program"]["value"] == "C" for one in log["samples"])
        assert counts([found]) == [
            ("batch_refactor", "deepseek/deepseek-v4-flash", 32, round(right / 3, 6), 96, 0)
        ]
        assert (found.row["tool"], found.row["tool_version"]) == ("inspect", "0.3.285")
        assert (found.row["recorded_on"], found.faults) == (date(2026, 11, 28), [])

    def test_the_workload_is_that_of_the_metadata_and_a_stratum_is_read_with_a_warning(
        self, write: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        warn.cache_clear()
        names = []
        for metadata in (None, {"stratum": "s"}, {"workload": "w", "stratum": "s"}):
            (found,) = evaluations(write(inspect(sample("1"), eval={"metadata": metadata})))
            names.append(found.row["workload"])
        assert names == ["batch_refactor", "s", "w"]
        assert capsys.readouterr().err.count("is now called `workload`") == 1

    def test_five_thousand_samples_count(self, write: Write) -> None:
        log = inspect(*(sample(f"{one}", "C" if one % 5 else "I") for one in range(5000)))
        assert counts(evaluations(write(log))) == [("batch_refactor", "a/b", 5000, 4000.0, 5000, 0)]

    def test_an_error_is_no_failure_and_many_of_them_are_a_fault(self, write: Write) -> None:
        samples = [sample(f"{one}") for one in range(19)]
        failed = {"id": "x", "error": {"message": "HTTP 500"}}
        (found,) = evaluations(write(inspect(*samples, failed)))
        assert (found.row["tasks"], found.row["passed"], found.errors) == (19, 19.0, 1)
        assert found.faults == []
        (found,) = evaluations(write(inspect(*samples[1:], failed)))
        assert found.faults == ["1 of 19 trials ended in errors, more than 5%"]

    def test_a_log_of_errors_only_is_a_fault_and_no_row(self, write: Write) -> None:
        failed = [{"id": f"{one}", "error": {"message": "HTTP 500"}} for one in range(4)]
        (found,) = evaluations(write(inspect(*failed)))
        assert (found.row["tasks"], found.errors) == (0, 4)
        rows, (done,) = imports([], [found], WORKLOADS, {"a/b"})
        assert (rows, done.outcome) == ([], "refused")
        assert "4 of 4 trials ended in errors" in f"{done.because}"

    def test_of_several_scorers_the_headline_counts(self, write: Write) -> None:
        both = {"scores": {"match": {"value": 1}, "style": {"value": 0.4}}}
        headline = {"results": {"headline": {"scorer": "match"}}}
        assert counts(evaluations(write(inspect({"id": 1, **both}, **headline)))) == [
            ("batch_refactor", "a/b", 1, 1.0, 1, 0)
        ]
        with pytest.raises(RefusalError, match=r"scorers match, style: one must be the headline"):
            evaluations(write(inspect({"id": 1, **both})))

    @pytest.mark.parametrize(
        ("log", "said"),
        [
            (inspect(sample("1"), version=3), "field version: Input should be 2"),
            (inspect(status="error"), "field status: Input should be 'success'"),
            ({**inspect(), "samples": None}, "field samples: "),
            (inspect(sample("1", 0.7)), r"sample 1 has 0\.7 of match, which is neither"),
            (inspect(sample("1", float("nan"))), "sample 1 has nan of match"),
            (inspect(sample("1", ["C"])), r"sample 1 has \['C'\] of match"),
            (json.dumps(inspect(sample("1")))[:-40], "is no complete JSON"),
            ("[" * 100_000, "is no complete JSON"),
            ("PK\x03\x04", "is compressed: `inspect log convert"),
            ({"samples": []}, "is no log of Inspect and no output of promptfoo"),
            ("[]", "is no log of Inspect and no output of promptfoo"),
        ],
    )
    def test_what_cannot_be_read_is_one_line_by_name(
        self, write: Write, log: object, said: str
    ) -> None:
        with pytest.raises(RefusalError, match=rf"log\.json.*{said}") as refused:
            evaluations(write(log))
        assert "\n" not in f"{refused.value}"

    def test_a_file_of_200_megabytes_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "log.json"
        with path.open("wb") as file:
            file.truncate(2 * LARGEST_EVALUATION_LOG)
        with pytest.raises(RefusalError, match=r"log\.json is larger than 100 MB"):
            evaluations(path)


class TestPromptfoo:
    def test_repeats_are_trials_of_one_task_and_errors_are_infrastructure(self) -> None:
        found = evaluations(RECORDED / "promptfoo.json")
        assert counts(found) == [
            ("agent_tool_loop", "mock-a", 2, 2.0, 4, 0),
            ("agent_tool_loop", "z-ai/glm-5.2", 1, 1.0, 4, 2),
            ("batch_refactor", "mock-a", 1, 0.0, 2, 0),
            ("batch_refactor", "z-ai/glm-5.2", 1, 0.0, 2, 0),
        ]
        assert [one.faults for one in found] == [
            ["model mock-a is no openrouter:<id>"],
            ["2 of 4 trials ended in errors, more than 5%"],
            ["model mock-a is no openrouter:<id>"],
            [],
        ]
        assert {one.row["tool_version"] for one in found} == {"0.121.20"}

    def test_without_metadata_the_description_is_the_workload(self, write: Write) -> None:
        log = json.loads((RECORDED / "promptfoo.json").read_bytes())
        for one in log["results"]["results"]:
            del one["testCase"]["metadata"]
        assert {one.row["workload"] for one in evaluations(write(log))} == {"agent_tool_loop"}
        log["results"]["version"] = 4
        with pytest.raises(RefusalError, match=r"field results\.version: Input should be 3"):
            evaluations(write(log))


class TestCsv:
    def test_a_trial_or_a_count_a_line(self, tmp_path: Path) -> None:
        trials, totals = tmp_path / "trials.csv", tmp_path / "counts.csv"
        trials.write_text(
            "workload,model_id,task,passed,recorded_on\n"
            + "".join(f"w,a/b,t{one},{one % 2},2026-07-0{one + 1}\n" for one in range(4))
            + "w,a/b,t0,true,2026-07-01\n"
        )
        totals.write_text(
            "workload,model_id,tasks,passed,source,recorded_on\nw,a/b,4,2.5,own,2026-07-04\n"
        )
        for path, known in ((trials, (5, 0)), (totals, (None, 0))):
            (found,) = evaluations(path)
            assert counts([found]) == [("w", "a/b", 4, 2.5, *known)]
            assert (found.row["test"], found.row["recorded_on"]) == (path.stem, date(2026, 7, 4))

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("w,a/b,t,perhaps,2026-07-01", "line 2: field passed"),
            ("w,,t,1,2026-07-01", "line 2: field model_id"),
            ("w,a/b,t,1,soon", "line 2: field recorded_on"),
            ("", "contains no rows"),
        ],
    )
    def test_a_wrong_line_is_named(self, tmp_path: Path, line: str, said: str) -> None:
        path = tmp_path / "trials.csv"
        path.write_text(f"workload,model_id,task,passed,recorded_on\n{line}\n")
        with pytest.raises(RefusalError, match=said):
            evaluations(path)


class TestImports:
    @pytest.fixture
    def one(self, write: Write) -> Evaluation:
        (found,) = evaluations(write(inspect(sample("1"))))
        return found

    def test_the_same_file_changes_nothing_and_a_newer_log_of_the_test_replaces_it(
        self, one: Evaluation, write: Write
    ) -> None:
        rows, (done,) = imports([], [one], WORKLOADS, {"a/b"})
        assert (done.outcome, rows) == ("imported", [one.row])
        again, (done,) = imports(rows, [one], WORKLOADS, {"a/b"})
        assert (done.outcome, again) == ("unchanged", rows)
        later = inspect(sample("1", "I"), eval={"created": "2026-12-01T00:00:00Z"})
        (newer,) = evaluations(write(later))
        assert imports(rows, [newer], WORKLOADS, {"a/b"})[0] == [newer.row]
        kept, (done,) = imports([newer.row], [one], WORKLOADS, {"a/b"})
        assert (done.outcome, kept) == ("refused", [newer.row])
        assert "a newer log of the test batch_refactor counts" in f"{done.because}"

    def test_what_a_person_wrote_stays(self, one: Evaluation) -> None:
        own: EvaluationRow = {
            **one.row,
            "test": "",
            "tool": "",
            "file_sha256": "",
            "source": "a person",
        }
        rows, _ = imports([own], [one], WORKLOADS, {"a/b"})
        assert rows == [own, one.row]

    @pytest.mark.parametrize(
        ("workload", "offered", "said"),
        [
            ("nothing", {"a/b"}, "no workload 'nothing': workloads.yaml has batch_refactor"),
            ("documents", {"a/b"}, "documents: its floor is a place on the index"),
            ("batch_refactor", {"c/d"}, "no catalogue lists the model 'a/b'"),
        ],
    )
    def test_what_cannot_be_mapped_is_refused_by_name(
        self, one: Evaluation, workload: str, offered: set[str], said: str
    ) -> None:
        other = Evaluation({**one.row, "workload": workload})
        rows, (done,) = imports([], [other], WORKLOADS, offered)
        assert (rows, done.outcome) == ([], "refused")
        assert f"log.json: {said}" in f"{done.because}"
