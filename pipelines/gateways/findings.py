"""A finding about a configuration: codes and numbers; its words are in `words/gateways.py`."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pipelines.gateways.configuration import Place

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """What is wrong, where it is written first, and how often.

    `subject` is the model as it is written, the name of a chain, or empty for the whole file.
    `instead` is what to write instead, where there is one thing. `nearest` is the listed model with
    the most similar name, where anything more would be a guess.
    """

    code: str
    severity: Severity
    place: Place
    subject: str
    values: dict[str, Any] = field(default_factory=dict)
    instead: str | None = None
    nearest: str | None = None
    times: int = 1
