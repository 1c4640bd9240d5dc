"""Logs of evaluations, as rows of own_evaluation.csv: Inspect, promptfoo, or a plain CSV.

A log is a list of trials: one attempt at one task by one model. A task counts once, however often
it was tried, and is passed by the share of its trials that passed. A trial that ended in an error
of the infrastructure says nothing about the model.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, TypedDict, cast

from pydantic import ValidationError

from pipelines.errors import RefusalError, first_fault
from pipelines.home.files import read_limited
from pipelines.limits import LARGEST_EVALUATION_LOG
from pipelines.reference.evaluations import inspect_log, promptfoo_output, trials_csv
from pipelines.reference.evaluations.trials import Log, Trial
from pipelines.reference.loader import entries, read

MOST_ERRORS = 0.05
"""Share of trials with errors above which an evaluation is refused."""

PARTS = (
    (inspect_log.SAMPLE, inspect_log.KEPT),
    (promptfoo_output.RESULT, promptfoo_output.KEPT),
)
"""The parts of a log that are most of it, by their fields, and which of their fields are read."""


class Provenance(TypedDict):
    """The file that an evaluation is from."""

    source: str
    file_sha256: str


class EvaluationRow(Provenance):
    """A row of own_evaluation.csv; a model that is no OpenRouter id has its name in the log."""

    workload: str
    model_id: str
    tasks: int
    passed: float
    recorded_on: date
    test: str
    tool: str
    tool_version: str


@dataclass(frozen=True)
class Evaluation:
    """A model's result on one test of a workload; `faults` say why it must not count."""

    row: EvaluationRow
    trials: int | None = None
    """None where a CSV has only counts."""
    errors: int = 0
    faults: list[str] = field(default_factory=list)


def evaluations(path: Path) -> list[Evaluation]:
    """Return the evaluations in a log, one per workload, model and test.

    Raises RefusalError naming a file that cannot be read, is too large, or is no log that we know,
    and in it the first field that is wrong.
    """
    content = _content(path)
    file_sha256 = hashlib.sha256(content).hexdigest()
    provenance: Provenance = {"source": path.name, "file_sha256": file_sha256}
    if path.suffix == ".csv":
        rows = [line for _, line in entries(path)]
        if rows and isinstance(rows[0], dict) and "tasks" in rows[0]:
            return [
                _of_counts(row, path, provenance)
                for row in read("own_evaluation", [path]).to_pylist()
            ]
        log = trials_csv.read(path)
    else:
        log = _of_json(path, content)
    return [_counted(log, list(trials), provenance) for trials in _by_subject(log.trials)]


def _of_counts(row: Mapping[str, Any], path: Path, provenance: Provenance) -> Evaluation:
    """Return an evaluation whose tasks somebody else has counted."""
    names = {"tool": row["tool"] or "csv", "test": row["test"] or path.stem}
    return Evaluation(cast("EvaluationRow", {**row, **names, **provenance}))


def _by_subject(trials: Iterable[Trial]) -> Iterator[Iterator[Trial]]:
    """Yield the trials of each workload, model and test."""
    for _, found in groupby(sorted(trials, key=lambda one: one[:4]), lambda one: one[:3]):
        yield found


def _counted(log: Log, trials: list[Trial], provenance: Provenance) -> Evaluation:
    """Count tasks and passes of trials that are sorted by task."""
    shares = []
    for _, of_task in groupby(trials, lambda one: one.task):
        valid = [one.passed for one in of_task if one.passed is not None]
        shares += [sum(valid) / len(valid)] if valid else []
    errors = sum(one.passed is None for one in trials)
    first, faults = trials[0], []
    if not first.model.startswith(log.prefix):
        faults.append(f"model {first.model} is no {log.prefix}<id>")
    if errors > MOST_ERRORS * len(trials):
        faults.append(
            f"{errors} of {len(trials)} trials ended in errors, more than {MOST_ERRORS:.0%}"
        )
    row: EvaluationRow = {
        "workload": first.workload,
        "model_id": first.model.removeprefix(log.prefix),
        "tasks": len(shares),
        "passed": round(sum(shares), 6),
        "recorded_on": log.recorded_on,
        "test": first.test,
        "tool": log.tool,
        "tool_version": log.tool_version,
        **provenance,
    }
    return Evaluation(row, len(trials), errors, faults)


def _content(path: Path) -> bytes:
    """Return the bytes of a file that is a log and small enough."""
    content = read_limited(path, LARGEST_EVALUATION_LOG, "write its trials as a CSV")
    if content.startswith(b"PK"):
        raise RefusalError(
            f"{path} is compressed: `inspect log convert {path.name} --to json --output-dir .` "
            "writes it as JSON"
        )
    return content


def _of_json(path: Path, content: bytes) -> Log:
    try:
        log = json.loads(content, object_hook=_without_transcript)
    except (ValueError, RecursionError) as error:
        raise RefusalError(f"{path} is no complete JSON: {error}") from None
    try:
        if isinstance(log, dict) and "eval" in log:
            return inspect_log.read(path, inspect_log.InspectLog.model_validate(log))
        if isinstance(log, dict) and "results" in log:
            return promptfoo_output.read(path, promptfoo_output.PromptfooOutput.model_validate(log))
    except ValidationError as error:
        raise RefusalError(f"{path}: {first_fault(error, 'log')}") from None
    raise RefusalError(f"{path} is no log of Inspect and no output of promptfoo")


def _without_transcript(value: dict[str, Any]) -> dict[str, Any]:
    """Return a sample without what was sent and answered, which is nearly all of a log."""
    kept = next((kept for fields, kept in PARTS if fields <= value.keys()), ())
    return {key: value[key] for key in kept if key in value} if kept else value
