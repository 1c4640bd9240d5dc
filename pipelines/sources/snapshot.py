"""What a source makes of an answer: the rows of one table, as of one instant."""

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
"""By how much a source's clocks may disagree."""


@dataclass(frozen=True)
class Snapshot:
    """Rows for the lake; `is_exact` is False where only the latest possible instant is known."""

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
    """Return rows of a contract as a snapshot; RefusalError for a value no column can hold."""
    try:
        table = pa.Table.from_pylist(rows, schema=arrow_schema(row))
    except (pa.ArrowException, OverflowError) as error:
        raise response.refuse(f"a value fits no column: {error}") from None
    return Snapshot(as_of, is_exact, table)


def instant(response: Response, text: str) -> datetime:
    """Read an ISO instant with its zone, such as `meta.as_of`; none later than the response.

    When it was answered says the server's own clock, if it told, so that ours may be wrong.
    """
    try:
        told = datetime.fromisoformat(text)
        moment = told.astimezone(UTC)
    except (ValueError, OverflowError):
        raise response.refuse(f"as_of {text[:QUOTED]!r} is not an instant") from None
    if told.tzinfo is None:
        raise response.refuse(f"as_of {text!r} has no time zone")
    if moment < BEGINNING:
        raise response.refuse(f"as_of {text} lies before {BEGINNING.year}, where the source begins")
    if moment - response.fetched_at > TOLERANCE:
        raise response.refuse(
            f"as_of {text} lies after {response.fetched_at}, when it was answered"
        )
    return moment
