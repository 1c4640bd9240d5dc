"""A snapshot: the rows that a response has for one table, as of one instant."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from pydantic import BaseModel

from pipelines.arrow import arrow_schema
from pipelines.sources.contracts.wire import QUOTED
from pipelines.sources.response import BEGINNING, Response
from pipelines.text import is_printable

TOLERANCE = timedelta(minutes=5)
"""How far a source's clocks may disagree."""


@dataclass(frozen=True)
class Snapshot:
    """Rows for the lake; `is_exact` is False if only the latest possible instant is known.

    `refused` names the rows of the response that are left out because they are unprintable, or
    whose numbers are kept without the name.
    """

    as_of: datetime
    is_exact: bool
    rows: pa.Table
    refused: list[str] = field(default_factory=list)


def snapshot(
    response: Response,
    row: type[BaseModel],
    rows: Sequence[dict[str, Any]],
    as_of: datetime,
    is_exact: bool = True,
) -> Snapshot:
    """Return rows of a contract as a snapshot; RefusalError for a value that fits no column.

    A row with an unprintable text is left out and named; RefusalError if no row is left.
    """
    bad = [_first_unprintable(one) for one in rows]
    printable = [one for one, text in zip(rows, bad, strict=True) if text is None]
    refused = [named(text) for text in bad if text is not None]
    check_some_left(response, len(printable), refused)
    try:
        table = pa.Table.from_pylist(printable, schema=arrow_schema(row))
    except (pa.ArrowException, OverflowError) as error:
        raise response.refuse(f"a value fits no column: {error}") from None
    return Snapshot(as_of, is_exact, table, refused)


def named(text: object) -> str:
    """Return an unprintable text so that it can be printed: escaped, and not too long."""
    return ascii(text)[: 2 * QUOTED]


def check_some_left(response: Response, rows: int, refused: Sequence[str]) -> None:
    """Raise RefusalError if no row of a response is printable."""
    if refused and not rows:
        raise response.refuse(f"every row has unprintable characters, the first: {refused[0]}")


def _first_unprintable(row: dict[str, Any]) -> object:
    return next((value for value in row.values() if not is_printable(value)), None)


def instant(response: Response, text: str) -> datetime:
    """Read an ISO instant with its zone, such as `meta.as_of`, not later than the response.

    The response is dated by the server's own clock if it sent one, so ours may be wrong.
    """
    try:
        parsed = datetime.fromisoformat(text)
        moment = parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise response.refuse(f"as_of {text[:QUOTED]!r} is not an instant") from None
    if parsed.tzinfo is None:
        raise response.refuse(f"as_of {text!r} has no time zone")
    if moment < BEGINNING:
        raise response.refuse(f"as_of {text} is before {BEGINNING.year}, where the source begins")
    if moment - response.fetched_at > TOLERANCE:
        raise response.refuse(f"as_of {text} is after the response of {response.fetched_at}")
    return moment
