"""Lines of other programs' files: which is broken, too long, or only half written.

DuckDB reads them, but its errors repeat what a line contains. Here a line is named by its number,
and nothing of its content is ever part of a message.
"""

import json
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

from pipelines import limits
from pipelines.errors import RefusalError
from pipelines.text import without_lone_surrogates

TAIL = 4096

SURROGATE = rb"\ud"
"""How half of a surrogate pair begins in JSON; whole pairs begin so too."""


def is_torn(path: Path) -> bool:
    """Return whether a file's last line is cut off, as while its program is still writing it."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size == 0:
            return False
        file.seek(size - 1)
        if file.read(1) == b"\n":
            return False
        tail = b""
        while b"\n" not in tail and len(tail) < size and len(tail) <= limits.LONGEST_RECORD:
            length = min(size, max(TAIL, 2 * len(tail)))
            file.seek(size - length)
            tail = file.read(length)
    return not _is_json(tail.rpartition(b"\n")[2])


def needs_care(path: Path) -> bool:
    """Return whether DuckDB may be unable to read a file as it is.

    Its last line is torn, or it may contain half of a surrogate pair: programs write one where they
    cut a text.
    """
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        # From the end the search goes by the backslash, which is rarer than the d.
        has_surrogates = content.rfind(SURROGATE) >= 0
    return has_surrogates or is_torn(path)


def read_carefully(path: Path) -> Iterator[bytes]:
    """Yield a file's lines so that DuckDB can read them, without a torn last one.

    Raises RefusalError naming the first line that is no JSON.
    """
    torn = is_torn(path)
    broken = None
    for number, line in _lines(path):
        if broken is not None:
            break
        if line.strip() and not _is_json(line):
            broken = number
        elif line.strip():
            yield without_lone_surrogates(line)
    else:
        broken = None if torn else broken
    if broken is not None:
        raise RefusalError(f"{path}, line {broken}: is not JSON: nothing of it was imported")


def first_objects(path: Path, count: int = 20) -> list[dict[str, object]]:
    """Return the objects on the first lines that can be read, to distinguish formats."""
    found: list[dict[str, object]] = []
    for number, line in _lines(path):
        if number > count:
            break
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def check_csv(path: Path) -> None:
    """Raise RefusalError naming a record of a CSV file that is too long to be one.

    DuckDB would hold such a record several times over before it refused it.
    """
    length, begun, is_quoted = 0, 1, False
    for number, line in _lines(path):
        if not is_quoted:
            length, begun = 0, number
        length += len(line)
        if length > limits.LONGEST_RECORD:
            raise _too_long(path, begun)
        is_quoted ^= line.count(b'"') % 2 == 1


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        most = limits.LONGEST_RECORD
        for number, line in enumerate(iter(lambda: file.readline(most + 1), b""), 1):
            if len(line) > most:
                raise _too_long(path, number)
            yield number, line


def _too_long(path: Path, number: int) -> RefusalError:
    most = limits.LONGEST_RECORD >> 20
    return RefusalError(
        f"{path}, line {number}: is longer than {most} MB: nothing of it was imported"
    )


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
