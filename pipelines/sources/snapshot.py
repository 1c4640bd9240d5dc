"""A snapshot: the rows that a response has for one table, as of one instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from pydantic import BaseModel

from pipelines.arrow import arrow_schema
from pipelines.sources.contracts.wire import QUOTED
from pipelines.sources.response import BEGINNING, Response

TOLERANCE = timedelta(minutes=5)
"""How far a source's clocks may disagree."""


@dataclass(frozen=True)
class Snapshot:
    """Rows for the lake; `is_exact` is False if only the latest possible instant is known."""

    as_of: datetime
    is_exact: bool
    rows: pa.Table


def snapshot(
    response: Response,
    row: type[BaseModel],
    rows: Sequence[dict[str, Any]],
    as_of: datetime,
    is_exact: bool = True,
) -> Snapshot:
    """Return rows of a contract as a snapshot; RefusalError for a value that fits no column."""
    try:
        table = pa.Table.from_pylist(rows, schema=arrow_schema(row))
    except (pa.ArrowException, OverflowError) as error:
        raise response.refuse(f"a value fits no column: {error}") from None
    return Snapshot(as_of, is_exact, table)


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
