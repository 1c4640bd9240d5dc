"""The stacks of unexpected errors: one file per error in the home, and only the last few."""

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pipelines.home import paths
from pipelines.home.files import make_folder, write_atomically

KEPT = 10
"""Files; older ones are removed."""


def write(home: Path, stack: str) -> Path:
    """Write a stack, in which secrets are masked already, and return its file.

    Raises RefusalError if the disk is full or the home cannot be written.
    """
    folder = paths.errors(home)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.txt"
    with suppress(OSError):  # where it cannot be made, the file cannot be written either
        make_folder(home, mode=0o700)  # a new home is its owner's, whatever begins it
    write_atomically(path, stack.encode(errors="replace"), private=True)
    for old in sorted(folder.glob("*.txt"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path
