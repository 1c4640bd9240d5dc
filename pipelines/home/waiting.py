"""The responses of daily fetches: they wait in the lake until the next run publishes them.

So `status` can tell them from the responses of a run that was killed before it published.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from pipelines.home import paths
from pipelines.home.files import write_atomically

MOST = 200
"""File names that are kept: two a day, and none waits for months."""


def add(home: Path, names: Iterable[str]) -> None:
    """Record file names of vintages that wait for the next run."""
    known = [name for name in read(home) if name not in set(names)]
    kept = [*known, *names][-MOST:]
    write_atomically(paths.waiting(home), json.dumps(kept).encode() + b"\n")


def read(home: Path) -> list[str]:
    """Return the file names of the vintages that daily fetches wrote, published since or not."""
    path = paths.waiting(home)
    names: list[str] = json.loads(path.read_bytes()) if path.exists() else []
    return names
