"""Why the newest data is not published or not exported, recorded where `status` finds it."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypedDict

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.files import naming_disk_faults, write_atomically
from pipelines.home.lock import free_reserve, writing


class Finding(TypedDict):
    """A row of `marts.publication_findings`; the week is text once it was recorded.

    `is_accepted` is as of the build; `lake.acceptances` says what was accepted since.
    """

    name: str
    reason: str
    week: date | str
    size: float
    is_accepted: bool


class Refusal(TypedDict):
    """One cause of staleness; `since` is None for one that was only seen just now."""

    cause: str
    since: str | None
    reason: str
    message: str
    findings: list[Finding]


FINDING_REASONS = (
    "conflicting_keys",
    "shrunken_history",
    "restatement",
    "total_move",
    "author_coverage",
    "price_coverage",
)
"""The rules of `marts.publication_findings`; where several are broken, the first is the reason."""

REASONS = (
    *FINDING_REASONS,
    "lake_differs",
    "damaged",
    "failed_check",
    "unknown_schema",
    "source_failed",
    "export_gate",
    "not_published",
    "not_exported",
    "held",
    "no_space",
    "failed",
)
"""Every reason for which publication or export is refused; `docs/operations.md` explains them."""

RECORDED = ("since", "reason", "message", "findings")
"""What is recorded of a refusal."""

BUILD = "build"
EXPORTS = "exports"
"""What was refused. Any other cause is an essential table whose source was refused."""


def record(
    home: Path, error: RefusalError, cause: str = BUILD, findings: Sequence[Finding] | None = None
) -> None:
    """Record a refusal; the first of several in a row for one cause dates it.

    `findings` are all findings that block publication. None keeps those recorded before: a disk
    that is full after the findings were recorded does not remove them.
    """
    known = read(home, cause)
    body = {
        "since": known["since"] if known else f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "reason": error.reason if error.reason in REASONS else "failed",
        "message": f"{error}",
        "findings": (known["findings"] if known else []) if findings is None else list(findings),
    }
    write_atomically(_path(home, cause), json.dumps(body, indent=2, default=str).encode() + b"\n")


def read(home: Path, cause: str = BUILD) -> Refusal | None:
    """Return the recorded refusal of a cause; None if it last succeeded."""
    path = _path(home, cause)
    if not path.exists():
        return None
    try:
        known = json.loads(path.read_bytes())
        since, reason, message, findings = (known[name] for name in RECORDED)
        are_texts = all(isinstance(one, str) for one in (since or "", reason, message))
        if not (are_texts and all(one.keys() >= Finding.__required_keys__ for one in findings)):
            raise ValueError(path)
        return Refusal(cause=cause, since=since, reason=reason, message=message, findings=findings)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        advice = "the next success removes it, and so may you"
        message = f"{path} cannot be read: {advice}"
        return Refusal(cause=cause, since=None, reason="failed", message=message, findings=[])


def read_all(home: Path) -> list[Refusal]:
    """Return the refusal of every cause for which something is stale; none where all is well."""
    causes = [path.stem.partition("-")[2] or BUILD for path in paths.refusals(home)]
    known = (read(home, cause) for cause in causes)
    return [one for one in known if one]


def clear(home: Path, cause: str = BUILD) -> None:
    """Remove a refusal: the database was published, the exports delivered, the source answered."""
    _path(home, cause).unlink(missing_ok=True)


@contextmanager
def recording(home: Path, cause: str = BUILD, reasons: Collection[str] = REASONS) -> Iterator[None]:
    """Hold the writer lock and record any refusal raised in the block for one of these reasons.

    A refusal that a step within the block recorded under its own cause is not recorded twice.
    """
    with writing(home):
        try:
            with naming_disk_faults(home):
                yield
        except RefusalError as error:
            is_known = any(one["message"] == f"{error}" for one in read_all(home))
            if error.reason in reasons and not is_known:
                _record_on_full_disk(home, error, cause)
            raise


def _record_on_full_disk(home: Path, error: RefusalError, cause: str) -> None:
    """Record a refusal, in the lock's reserve if the disk has no room for the record either."""
    try:
        record(home, error, cause)
    except RefusalError:
        with suppress(RefusalError, OSError):  # the first error is the one to report
            free_reserve(home)
            record(home, error, cause)


def _path(home: Path, cause: str) -> Path:
    return paths.refusal(home, None if cause == BUILD else cause)
