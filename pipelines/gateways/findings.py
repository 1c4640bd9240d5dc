"""A finding about a configuration: codes and numbers; its words are in `words/gateways.py`."""

import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pipelines.gateways.configuration import Place

Severity = Literal["error", "warning", "note"]

KEY = re.compile(
    r"(?<![A-Za-z0-9])(sk|pk|rk|gsk|hf|gh[opsu]|xox[abp]|AKIA|AIza|eyJ)[-_A-Za-z0-9]{12,}"
    r"|(?=[a-z]*[A-Z0-9])(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}"
)
"""Text that looks like a key: one of the usual beginnings, or long without a break."""
HIDDEN = "…"


@dataclass(frozen=True)
class Finding:
    """What is wrong, where it is written first, and in how many places.

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


def without_keys(finding: Finding) -> Finding:
    """Return a finding that repeats no key, in case one is written where a name should be."""
    return replace(
        finding,
        subject=_hidden(finding.subject),
        values={name: _hidden(value) for name, value in finding.values.items()},
        instead=_hidden(finding.instead),
        nearest=_hidden(finding.nearest),
    )


def _hidden(value: Any) -> Any:
    return KEY.sub(HIDDEN, value) if isinstance(value, str) else value
