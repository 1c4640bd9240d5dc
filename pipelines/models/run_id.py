"""The run id: one short hash of everything that a build is made from."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from pipelines.lake import acceptances, reference_history
from pipelines.lake.vintages import Vintage
from pipelines.settings import PACKAGE, ROOT, SQL


def compute_run_id(
    lake_folder: Path, vintages: Iterable[Vintage], known_at: datetime | None = None
) -> str:
    """Return the identity of a build: a hash of vintages, acceptances, reference rows and code.

    Reference files count by their rows, so comments and the order of rows change nothing.
    """
    digest = hashlib.sha256()
    for name, size in acceptances.read(lake_folder):
        digest.update(f"accepted/{name}/{size}\n".encode())
    files = sorted(vintage.file for vintage in vintages)
    digest.update("".join(f"{file}\n" for file in files).encode())
    for table, rows in reference_history.in_force(lake_folder, known_at).items():
        digest.update(f"{table}{sorted(map(str, rows.to_pylist()))}\n".encode())
    for folder in (SQL, PACKAGE):
        for path in sorted(_sources(folder)):
            digest.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    digest.update(ROOT.joinpath("requirements.lock").read_bytes())
    return digest.hexdigest()[:16]


def _sources(folder: Path) -> Iterator[Path]:
    """Yield the code, words and pages of a folder: no compiled files, and no data of a wheel."""
    for path in folder.rglob("*"):
        is_data = path.relative_to(folder).parts[0] == "data"
        if path.is_file() and path.suffix != ".pyc" and not is_data:
            yield path
