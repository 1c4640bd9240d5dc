"""What a source makes of an answer: the rows of one table, as of one instant."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from pipelines.sources.answer import Answer


@dataclass(frozen=True)
class Snapshot:
    """Rows for the lake; `is_exact` is False where only the latest possible instant is known."""

    as_of: datetime
    is_exact: bool
    rows: pa.Table


def instant(answer: Answer, text: str) -> datetime:
    """Read an ISO instant with its zone, such as `meta.as_of`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise answer.refuse(f"as_of {text!r} is not an instant") from None
    if moment.tzinfo is None:
        raise answer.refuse(f"as_of {text!r} has no time zone")
    return moment.astimezone(UTC)
