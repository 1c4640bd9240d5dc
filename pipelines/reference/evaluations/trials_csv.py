"""A CSV with a trial on each line."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from pipelines.errors import RefusalError
from pipelines.reference.evaluations.trials import Log, Trial
from pipelines.reference.loader import entries, validated
from pipelines.reference.types import Required


class _Line(BaseModel, extra="forbid"):
    """A line of a CSV with a trial in each; an empty `passed` is an error of the infrastructure."""

    workload: Required
    model_id: Required
    task: Required
    passed: Annotated[bool | None, BeforeValidator(lambda value: value or None)]
    recorded_on: date
    test: str = ""


def read(path: Path) -> Log:
    """Return the trials of a file; RefusalError naming the first line that is wrong."""
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
