"""How a home's rows change a shipped table: row by row, by the table's key.

A row with the key of a shipped one replaces it, one with another key is added, and one that is
marked `disabled` removes the shipped row of its key.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pipelines.errors import RefusalError

Row = dict[str, Any]
"""One row by column, of the table's contract."""

MARK = "disabled"
"""The column by which a home's row removes a shipped one; only its key is read."""


class Placed(NamedTuple):
    """A row, the key as its file writes it, and where that is: file and line, or entry."""

    place: str
    written_key: tuple[str, ...]
    row: Row | None
    """None where the row only removes the shipped one of its key."""


def written_key(entry: object, key: tuple[str, ...]) -> tuple[str, ...]:
    """Return the key as a file writes it; what is left out is empty."""
    values = entry if isinstance(entry, dict) else {}
    return tuple(f"{values.get(column) or ''}".strip() for column in key)


def is_disabled(entry: object, place: str) -> bool:
    """Take the mark off an entry; return whether it removes a row.

    Raises RefusalError if the mark is neither true, false nor empty.
    """
    mark = entry.pop(MARK, None) if isinstance(entry, dict) else None
    text = f"{mark or ''}".strip().lower()
    if text not in ("", "true", "false"):
        raise RefusalError(f"{place}: field {MARK}: {text!r} is none of true, false")
    return text == "true"


def laid_over(shipped: list[Placed], own: list[Placed], key: tuple[str, ...]) -> dict[str, Row]:
    """Return the rows in force by their place: those shipped in their order, then what is added.

    Raises RefusalError if a home's row removes one that is not shipped, or that it also writes.
    """
    replaced = {_identity(row, key): (place, row) for place, row in _rows(own)}
    removed = dict(_removals(shipped, own, key))
    for identity, place in removed.items():
        if identity in replaced:
            raise RefusalError(f"{place}: disables a row that {replaced[identity][0]} writes")
    rows: dict[str, Row] = {}
    for place, row in _rows(shipped):
        identity = _identity(row, key)
        if identity not in removed:
            now_at, now = replaced.pop(identity, (place, row))
            rows[now_at] = now
    return rows | dict(replaced.values())


def _removals(
    shipped: list[Placed], own: list[Placed], key: tuple[str, ...]
) -> Iterator[tuple[tuple[object, ...], str]]:
    """Yield the identity of each shipped row that is removed, and the place that says so."""
    by_written_key = {one.written_key: one.row for one in shipped}
    for one in own:
        if one.row is None:
            row = by_written_key.get(one.written_key)
            if row is None:
                named = ", ".join(filter(None, one.written_key)) or "a row without its key"
                raise RefusalError(f"{one.place}: disables {named}, which is not a shipped row")
            yield _identity(row, key), one.place


def _rows(placed: Iterable[Placed]) -> Iterator[tuple[str, Row]]:
    return ((one.place, one.row) for one in placed if one.row is not None)


def _identity(row: Row, key: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(row[column] for column in key)
