"""What the log of every tool contains: trials, each one attempt at one task by one model."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.errors import warn


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


def workload(path: Path, metadata: Mapping[str, Any] | None) -> str:
    """Return the workload that metadata name; what it was called in version 0.1.0 is read too."""
    found = metadata or {}
    if "stratum" in found and "workload" not in found:
        warn(f"{path}: metadata `stratum` is now called `workload`: rename it")
    return f"{found.get('workload') or found.get('stratum') or ''}"
