"""The version of a home's layout: an older program refuses a home that a newer one wrote."""

from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.files import write_atomically

CURRENT = 2
"""1 is that of version 0.1.0, whose homes have no such file. Whoever raises it writes, next to the
layout that changes, what reads the layout before."""


def check(place: Path, written: int) -> None:
    """Refuse a home, or a backup of one, that a newer version wrote."""
    if written > CURRENT:
        raise RefusalError(
            f"{place} was written by a newer version of Tokenhouse (format {written}, this one "
            f"reads up to {CURRENT}): update Tokenhouse"
        )


def check_home(home: Path) -> None:
    """Refuse a home that a newer version wrote, or whose file has no number."""
    check(home, read(home))


def read(home: Path) -> int:
    """Return the format of a home; RefusalError if its file cannot be read or has no number."""
    path = paths.home_format(home)
    try:
        return int(path.read_text())
    except FileNotFoundError:
        return 1
    except OSError as error:
        raise RefusalError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise RefusalError(
            f"{path} should contain the number of the home's format: if no newer version wrote "
            "this home, delete the file"
        ) from None


def claim(home: Path) -> None:
    """Record that this version has written the home; RefusalError if a newer one has."""
    check_home(home)
    if read(home) < CURRENT:
        write_atomically(paths.home_format(home), f"{CURRENT}\n".encode())
