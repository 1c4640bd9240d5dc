"""The findings that a person accepted by name, each at its size, in a small file of the lake."""

import json
from pathlib import Path

from pipelines.home import paths
from pipelines.home.files import write_atomically


def accept(lake: Path, name: str, size: float, why: str) -> None:
    """Accept a finding at its size, so that the next build publishes in spite of it.

    A finding that is already accepted at this size keeps its reason.
    """
    if not is_accepted(lake, name, size):
        body = {"name": name, "size": size, "why": why}
        content = json.dumps(body, sort_keys=True).encode() + b"\n"
        write_atomically(_path(lake, name), content)


def is_accepted(lake: Path, name: str, size: float) -> bool:
    """Return whether a person accepted a finding at exactly this size.

    `marts.publication_findings` says up to which size an acceptance remains valid.
    """
    path = _path(lake, name)
    return path.exists() and json.loads(path.read_bytes()).get("size") == size


def read(lake: Path) -> list[tuple[str, float | None]]:
    """Return every accepted finding's name and size, by name; old files have no size."""
    found = [json.loads(path.read_bytes()) for path in sorted(paths.accepted(lake).glob("*.json"))]
    return [(one["name"], one.get("size")) for one in found]


def _path(lake: Path, name: str) -> Path:
    return paths.accepted(lake) / f"{name}.json"
