"""Why the newest data is not published, or not exported, kept where `status` finds it."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.files import naming_a_full_disk, write_atomically
from pipelines.home.lock import writing

Finding = dict[str, Any]
"""A row of `marts.publication_findings`: name, reason, week, size, detail, is_accepted."""

Refusal = dict[str, Any]
"""One cause of staleness: cause, since, reason, message, findings."""

GATE = "nothing stands in the way of publication"
"""The one check whose failing rows a person may accept: the findings."""

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
    "not_published",
    "not_exported",
    "no_space",
    "failed",
)
"""Every reason for which publication or export is refused; `docs/sources.md` says when."""

BUILD = "build"
EXPORTS = "exports"
"""What was refused. Any other cause is an essential table whose source was refused."""


def refuse(
    home: Path, error: RefusalError, cause: str = BUILD, findings: Sequence[Finding] | None = None
) -> None:
    """Remember that something was refused; the first refusal in a row of this cause dates it.

    `findings` are all that stand in the way. None keeps those known: a disk that is full after the
    gate has said no does not remove what the gate found.
    """
    known = refusal(home, cause) or {}
    body = {
        "since": known.get("since", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"),
        "reason": error.reason if error.reason in REASONS else "failed",
        "message": f"{error}",
        "findings": known.get("findings", []) if findings is None else list(findings),
    }
    write_atomically(_path(home, cause), json.dumps(body, indent=2, default=str).encode() + b"\n")


def refusal(home: Path, cause: str = BUILD) -> Refusal | None:
    """Return since when, why and for what findings it is refused; None if it last succeeded."""
    path = _path(home, cause)
    if not path.exists():
        return None
    body = {"cause": cause, **json.loads(path.read_bytes())}
    for finding in body["findings"]:
        finding["is_accepted"] = _is_accepted(paths.lake(home), finding)
    return body


def list_refusals(home: Path) -> list[Refusal]:
    """Return every cause for which something is stale; none where all is well."""
    causes = [path.stem.partition("-")[2] or BUILD for path in paths.refusals(home)]
    known = (refusal(home, cause) for cause in causes)
    return [one for one in known if one]


def findings(home: Path) -> list[Finding]:
    """Return every finding for which publication is refused, accepted since or not."""
    known: list[Finding] = (refusal(home) or {}).get("findings", [])
    return known


def forget(home: Path, cause: str = BUILD) -> None:
    """Forget a refusal: the build was published, the exports delivered, the source answered."""
    _path(home, cause).unlink(missing_ok=True)


@contextmanager
def remembering(
    home: Path, cause: str = BUILD, reasons: Collection[str] = REASONS
) -> Iterator[None]:
    """Be the one writer, and remember what is refused meanwhile for one of these reasons.

    What a step within has remembered as a cause of its own is not remembered twice.
    """
    with writing(home):
        try:
            with naming_a_full_disk(home):
                yield
        except RefusalError as error:
            is_known = any(one["message"] == f"{error}" for one in list_refusals(home))
            if error.reason in reasons and not is_known:
                with suppress(RefusalError):  # the disk may have no room for this either
                    refuse(home, error, cause)
            raise


def accept(lake: Path, finding: Finding, why: str) -> None:
    """Accept a finding at its size, so that the next build publishes in spite of it.

    One that is accepted at this size already keeps its reason.
    """
    if not _is_accepted(lake, finding):
        body = {"name": finding["name"], "size": finding["size"], "why": why}
        content = json.dumps(body, sort_keys=True).encode() + b"\n"
        write_atomically(_acceptance(lake, finding), content)


def _is_accepted(lake: Path, finding: Finding) -> bool:
    """Whether a person has accepted a finding since it stood in the way: at this very size.

    For how long it holds after that is said in `marts.publication_findings`.
    """
    path = _acceptance(lake, finding)
    return path.exists() and json.loads(path.read_bytes()).get("size") == finding["size"]


def _acceptance(lake: Path, finding: Finding) -> Path:
    return paths.accepted(lake) / f"{finding['name']}.json"


def _path(home: Path, cause: str) -> Path:
    return paths.refusal(home, None if cause == BUILD else cause)
