"""An output of promptfoo, written as JSON."""

import json
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from pipelines.reference.evaluations.trials import Log, Trial, workload
from pipelines.reference.types import Required

ERROR = 2
"""The failureReason of promptfoo where the infrastructure failed, and not the model."""

RESULT = frozenset({"failureReason", "vars", "provider"})
"""The fields by which a result is known."""

KEPT = ("success", "failureReason", "vars", "provider", "prompt", "testCase")
"""The fields of a result that are read."""


class _Provider(BaseModel):
    id: Required


class _Prompt(BaseModel):
    raw: str


class _TestCase(BaseModel):
    metadata: dict[str, object] | None = None


class _Result(BaseModel):
    success: bool
    failureReason: int  # noqa: N815 as promptfoo writes it
    provider: _Provider
    vars: dict[str, object]
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


class PromptfooOutput(BaseModel):
    """The parts of an output of promptfoo that are read."""

    results: _PromptfooResults
    config: _PromptfooConfig
    metadata: _PromptfooMetadata = _PromptfooMetadata()


def read(path: Path, log: PromptfooOutput) -> Log:
    """Return the trials of an output."""
    test = log.config.description or ""
    trials = [
        Trial(
            workload(path, one.testCase.metadata) or test,
            one.provider.id,
            test or path.stem,
            json.dumps([one.vars, one.prompt.raw], sort_keys=True),
            None if one.failureReason == ERROR else one.success,
        )
        for one in log.results.results
    ]
    version = log.metadata.promptfooVersion
    return Log(trials, "promptfoo", version, log.results.timestamp.date(), "openrouter:")
