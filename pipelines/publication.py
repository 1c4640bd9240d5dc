"""Why the newest data is not published, or not exported, kept where `status` finds it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.errors import RefusalError
from pipelines.files import write_atomically

Finding = dict[str, Any]
"""A row of `marts.publication_findings`: name, reason, week, size, detail."""

GATE_REASONS = (
    "conflicting_keys",
    "shrunken_history",
    "restatement",
    "total_move",
    "author_coverage",
    "price_coverage",
)
"""The rules of `marts.publication_findings`; where several are broken, the first is the reason."""

REASONS = (
    *GATE_REASONS,
    "failed_check",
    "unknown_schema",
    "source_failed",
    "export_gate",
    "no_space",
    "failed",
)
"""Every reason for which publication or export is refused; `docs/sources.md` says when."""

DATABASE = "refused.json"
EXPORTS = "refused-exports.json"
"""What is refused, by the file in the home that remembers it."""


def refuse(
    home: Path,
    error: RefusalError,
    findings: Sequence[Finding] | None = None,
    what: str = DATABASE,
) -> None:
    """Remember that publication or export was refused; the first refusal in a row dates it.

    `findings` are all that stand in the way. None keeps those known: a source that fails after the
    gate has said no does not remove what the gate found.
    """
    known = refusal(home, what) or {}
    body = {
        "since": known.get("since", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"),
        "reason": error.reason if error.reason in REASONS else "failed",
        "message": f"{error}",
        "findings": known.get("findings", []) if findings is None else list(findings),
    }
    write_atomically(home / what, json.dumps(body, indent=2, default=str).encode() + b"\n")


def refusal(home: Path, what: str = DATABASE) -> dict[str, Any] | None:
    """Return since when, why and for what findings it is refused; None if it last succeeded."""
    path = home / what
    if not path.exists():
        return None
    body: dict[str, Any] = json.loads(path.read_bytes())
    return body


def forget(home: Path, what: str = DATABASE) -> None:
    """Forget the refusal: a build was published, or delivered."""
    (home / what).unlink(missing_ok=True)


def findings(home: Path) -> list[Finding]:
    """Return every finding for which publication is refused, accepted since or not."""
    known: list[Finding] = (refusal(home) or {}).get("findings", [])
    return known


def accept(lake: Path, name: str, why: str) -> Path:
    """Accept a finding by its name, so that the next build publishes in spite of it."""
    path = _acceptance(lake, name)
    write_atomically(path, json.dumps({"name": name, "why": why}, sort_keys=True).encode() + b"\n")
    return path


def is_accepted(lake: Path, name: str) -> bool:
    """Whether a person has accepted a finding of this name."""
    return _acceptance(lake, name).exists()


def _acceptance(lake: Path, name: str) -> Path:
    return lake / "accepted" / f"{name}.json"
