"""Which parts of a home other users of this machine may read: those that its owner names."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from pipelines.home import paths

PARTS = {
    "database": paths.database,
    "exports": paths.exports,
    "report": paths.report,
    "lake": paths.lake,
}
"""What can be shared. Own usage, decisions and errors have files that only their owner can read."""


RECORDS = (
    *("format", "writer.lock", "request-times.txt", "probes.jsonl", "refused*.json", "attempts"),
    *("drills", "draws", "gathered", "errors", "dagster*", "private*", "lake/accepted"),
)
"""What nobody else needs. Tables in `reference` are a person's: those that we write are closed."""


def share(home: Path, names: Collection[str]) -> None:
    """Let other users read these parts of a home, and close everything else in it.

    Without a name nothing is changed: a home can be entered by its owner only from the beginning.
    """
    if not names:
        return
    shared = {PARTS[name](home) for name in names}
    for path in (one for one in home.iterdir() if not one.is_symlink()):
        others = 0o055 if path.is_dir() else 0o044
        mode = path.stat().st_mode
        path.chmod(mode | others if path in shared else mode & 0o700)
    home.chmod(0o711)  # others enter, and list nothing


def close(home: Path) -> None:
    """Let nobody but the owner read the records of a home, whichever library wrote them."""
    for record in (one for pattern in RECORDS for one in home.glob(pattern)):
        for path in (record, *record.rglob("*")):
            with suppress(OSError):  # gone meanwhile, as a file of Dagster's, or of another user
                mode = path.lstat().st_mode
                if mode & 0o077 and not path.is_symlink():
                    path.chmod(mode & 0o700)
