"""A log of Inspect, written as JSON."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from pipelines.errors import RefusalError
from pipelines.reference.evaluations.trials import Log, Trial, workload
from pipelines.reference.types import Required

VALUES: dict[object, bool] = {"C": True, 1: True, "I": False, "N": False, "P": False, 0: False}
"""What a value of an Inspect scorer means: correct, incorrect, no answer, partly correct."""

SAMPLE = frozenset({"id", "epoch", "input"})
"""The fields by which a sample is known."""

KEPT = ("id", "scores", "error")
"""The fields of a sample that are read."""


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
    metadata: dict[str, object] | None = None
    packages: dict[str, str] = {}


class _Headline(BaseModel):
    scorer: str


class _Results(BaseModel):
    headline: _Headline | None = None


class InspectLog(BaseModel):
    """The parts of a log of Inspect that are read."""

    version: Literal[2]
    status: Literal["success"]
    eval: _Eval
    results: _Results | None = None
    samples: list[_Sample]


def read(path: Path, log: InspectLog) -> Log:
    """Return the trials of a log; RefusalError where a score is neither passed nor failed."""
    about = log.eval
    subject = workload(path, about.metadata) or about.task
    trials = [
        Trial(subject, about.model, about.task, f"{one.id}", _is_passed(path, log, one))
        for one in log.samples
    ]
    version = about.packages.get("inspect_ai", "")
    return Log(trials, "inspect", version, about.created.date(), "openrouter/")


def _is_passed(path: Path, log: InspectLog, sample: _Sample) -> bool | None:
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
