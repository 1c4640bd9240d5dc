"""The findings that a person accepted by name, each at its size, as the lake's log has them."""

from pathlib import Path

from pipelines.home import paths, refusals
from pipelines.home.refusals import Finding
from pipelines.lake import log


def accept(lake: Path, name: str, size: float, why: str) -> None:
    """Accept a finding at its size, so that the next build publishes in spite of it.

    A finding that is already accepted at this size keeps its reason.
    """
    if not is_accepted(lake, name, size):
        log.append(lake, {"do": "accept", "name": name, "size": size, "why": why})


def is_accepted(lake: Path, name: str, size: float) -> bool:
    """Return whether a person accepted a finding at exactly this size.

    `marts.publication_findings` says up to which size an acceptance remains valid.
    """
    known = log.read(lake).accepted.get(name)
    return known is not None and known.size == size


def read(lake: Path) -> list[tuple[str, float | None]]:
    """Return every accepted finding's name and size, by name; old ones have no size."""
    return sorted((name, one.size) for name, one in log.read(lake).accepted.items())


def findings(home: Path) -> list[Finding]:
    """Return every finding that blocked publication last time, marked if accepted since."""
    known = refusals.read(home)
    return marked(paths.lake(home), known["findings"] if known else [])


def marked(lake: Path, found: list[Finding]) -> list[Finding]:
    """Return recorded findings, marked if a person has accepted them since."""
    return [{**one, "is_accepted": is_accepted(lake, one["name"], one["size"])} for one in found]
