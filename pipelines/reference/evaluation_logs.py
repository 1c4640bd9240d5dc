"""Logs of evaluations, as rows of own_evaluation.csv: Inspect, promptfoo, or a plain CSV.

A log is a list of trials: one attempt at one task by one model. A task counts once, however often
it was tried, and is passed by the share of its trials that passed. A trial that ended in an error
of the infrastructure says nothing about the model.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ValidationError

from pipelines.errors import RefusalError, first_fault, warn
from pipelines.limits import LARGEST_EVALUATION_LOG
from pipelines.reference.loader import entries, read, validated
from pipelines.reference.types import Required

MOST_ERRORS = 0.05
"""Share of trials with errors above which an evaluation is refused."""

VALUES: dict[object, bool] = {"C": True, 1: True, "I": False, "N": False, "P": False, 0: False}
"""What a value of an Inspect scorer means: correct, incorrect, no answer, partly correct."""

ERROR = 2
"""The failureReason of promptfoo where the infrastructure failed, and not the model."""


class Trial(NamedTuple):
    """One attempt at one task; `passed` is None where the infrastructure failed."""

    workload: str
    model: str
    test: str
    task: str
    passed: bool | None


class Log(NamedTuple):
    """The trials of one file, and what wrote them when; `prefix` comes before an OpenRouter id."""

    trials: list[Trial]
    tool: str
    tool_version: str
    recorded_on: date
    prefix: str = ""


@dataclass(frozen=True)
class Evaluation:
    """A model's result on one test of a workload; `faults` say why it must not count."""

    row: dict[str, Any]
    """As in own_evaluation.csv; a model that is no OpenRouter id has its name in the log."""
    trials: int | None = None
    """None where a CSV has only counts."""
    errors: int = 0
    faults: list[str] = field(default_factory=list)


class _Score(BaseModel):
    value: Any


class _Sample(BaseModel):
    id: int | str
    scores: dict[str, _Score] | None = None
    error: Any = None


class _Eval(BaseModel):
    task: Required
    model: Required
    created: datetime
    metadata: dict[str, Any] | None = None
    packages: dict[str, str] = {}


class _Headline(BaseModel):
    scorer: str


class _Results(BaseModel):
    headline: _Headline | None = None


class _Inspect(BaseModel):
    """The parts of a log of Inspect that are read."""

    version: Literal[2]
    status: Literal["success"]
    eval: _Eval
    results: _Results | None = None
    samples: list[_Sample]


class _Provider(BaseModel):
    id: Required


class _Prompt(BaseModel):
    raw: str


class _TestCase(BaseModel):
    metadata: dict[str, Any] | None = None


class _Result(BaseModel):
    success: bool
    failureReason: int  # noqa: N815 as promptfoo writes it
    provider: _Provider
    vars: dict[str, Any]
    prompt: _Prompt
    testCase: _TestCase  # noqa: N815


class _PromptfooResults(BaseModel):
    version: Literal[3]
    timestamp: datetime
    results: list[_Result]


class _PromptfooConfig(BaseModel):
    description: str | None = None


class _PromptfooMetadata(BaseModel):
    promptfooVersion: str = ""  # noqa: N815


class _Promptfoo(BaseModel):
    """The parts of an output of promptfoo that are read."""

    results: _PromptfooResults
    config: _PromptfooConfig
    metadata: _PromptfooMetadata = _PromptfooMetadata()


class _Line(BaseModel, extra="forbid"):
    """A line of a CSV with a trial in each; an empty `passed` is an error of the infrastructure."""

    workload: Required
    model_id: Required
    task: Required
    passed: Annotated[bool | None, BeforeValidator(lambda value: value or None)]
    recorded_on: date
    test: str = ""


def evaluations(path: Path) -> list[Evaluation]:
    """Return the evaluations in a log, one per workload, model and test.

    Raises RefusalError naming a file that cannot be read, is too large, or is no log that we know,
    and in it the first field that is wrong.
    """
    content = _content(path)
    provenance = {"source": path.name, "file_sha256": hashlib.sha256(content).hexdigest()}
    if path.suffix == ".csv":
        rows = [line for _, line in entries(path)]
        if rows and isinstance(rows[0], dict) and "tasks" in rows[0]:
            counts = read("own_evaluation", [path]).to_pylist()
            names = {"tool": "csv", "test": path.stem}
            return [
                Evaluation(
                    {**row, **{key: row[key] or name for key, name in names.items()}, **provenance}
                )
                for row in counts
            ]
        log = _of_csv(path)
    else:
        log = _of_json(path, content)
    return [_counted(log, list(trials), provenance) for trials in _by_subject(log.trials)]


def _by_subject(trials: Iterable[Trial]) -> Iterator[Iterator[Trial]]:
    """Yield the trials of each workload, model and test."""
    for _, found in groupby(sorted(trials, key=lambda one: one[:4]), lambda one: one[:3]):
        yield found


def _counted(log: Log, trials: list[Trial], provenance: dict[str, str]) -> Evaluation:
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
    row = {
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
    try:
        size = path.stat().st_size
        if size > LARGEST_EVALUATION_LOG:
            raise RefusalError(
                f"{path} has {size / 1e6:,.0f} MB, more than {LARGEST_EVALUATION_LOG / 1e6:,.0f}: "
                "write its trials as a CSV"
            )
        content = path.read_bytes()
    except OSError as error:
        raise RefusalError(f"{path} cannot be read: {error.strerror}") from None
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
            return _of_inspect(path, _Inspect.model_validate(log))
        if isinstance(log, dict) and "results" in log:
            return _of_promptfoo(path, _Promptfoo.model_validate(log))
    except ValidationError as error:
        raise RefusalError(f"{path}: {first_fault(error, 'log')}") from None
    raise RefusalError(f"{path} is no log of Inspect and no output of promptfoo")


def _without_transcript(value: dict[str, Any]) -> dict[str, Any]:
    """Return a sample without what was sent and answered, which is nearly all of a log."""
    kept: tuple[str, ...] = ()
    if {"id", "epoch", "input"} <= value.keys():
        kept = ("id", "scores", "error")
    elif {"failureReason", "vars", "provider"} <= value.keys():
        kept = ("success", "failureReason", "vars", "provider", "prompt", "testCase")
    return {key: value[key] for key in kept if key in value} if kept else value


def _of_inspect(path: Path, log: _Inspect) -> Log:
    about = log.eval
    workload = _workload(path, about.metadata) or about.task
    trials = [
        Trial(workload, about.model, about.task, f"{one.id}", _is_passed(path, log, one))
        for one in log.samples
    ]
    version = about.packages.get("inspect_ai", "")
    return Log(trials, "inspect", version, about.created.date(), "openrouter/")


def _is_passed(path: Path, log: _Inspect, sample: _Sample) -> bool | None:
    """Return what the scorer says: the only one, or the headline's where there are several."""
    if sample.error is not None or not sample.scores:
        return None
    names = list(sample.scores)
    if len(names) > 1 and log.results and log.results.headline:
        names = [name for name in names if name == log.results.headline.scorer]
    if len(names) != 1:
        raise RefusalError(
            f"{path} has scorers {', '.join(sample.scores)}: one must be the headline"
        )
    value = sample.scores[names[0]].value
    if not isinstance(value, str | int | float) or value not in VALUES:
        raise RefusalError(
            f"{path}: sample {sample.id} has {value!r} of {names[0]}, which is neither passed nor "
            "failed: evaluate with a scorer that gives C or I"
        )
    return VALUES[value]


def _of_promptfoo(path: Path, log: _Promptfoo) -> Log:
    test = log.config.description or ""
    trials = [
        Trial(
            _workload(path, one.testCase.metadata) or test,
            one.provider.id,
            test or path.stem,
            json.dumps([one.vars, one.prompt.raw], sort_keys=True),
            None if one.failureReason == ERROR else one.success,
        )
        for one in log.results.results
    ]
    version = log.metadata.promptfooVersion
    return Log(trials, "promptfoo", version, log.results.timestamp.date(), "openrouter:")


def _of_csv(path: Path) -> Log:
    lines = [validated(_Line, line, path, place) for place, line in entries(path)]
    if not lines:
        raise RefusalError(f"{path} contains no rows")
    trials = [
        Trial(
            one["workload"], one["model_id"], one["test"] or path.stem, one["task"], one["passed"]
        )
        for one in lines
    ]
    return Log(trials, "csv", "", max(one["recorded_on"] for one in lines))


def _workload(path: Path, metadata: dict[str, Any] | None) -> str:
    """Return the workload that metadata name; what it was called in version 0.1.0 is read too."""
    found = metadata or {}
    if "stratum" in found and "workload" not in found:
        warn(f"{path}: metadata `stratum` is now called `workload`: rename it")
    return f"{found.get('workload') or found.get('stratum') or ''}"
