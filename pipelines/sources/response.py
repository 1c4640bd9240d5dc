"""Request and response, as sources, raw store and lake share them."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipelines.errors import RefusalError
from pipelines.text import without_lone_surrogates

BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)
"""The source's floor: no response and no as-of is before it."""


@dataclass(frozen=True)
class Request:
    """One request: the table of the lake it is for, the path below the base URL, and the query.

    It is a GET, or a POST of its content, JSON, where there is some.
    """

    table: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    content: str = ""

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.query)
        return f"{self.path}?{query}" if query else self.path

    def parameter(self, name: str) -> str | None:
        """Return one value of the query."""
        return dict(self.query).get(name)


@dataclass(frozen=True)
class Response:
    """The exact bytes of a successful response, with the instant at which the server sent it."""

    request: Request
    status: int
    headers: dict[str, str]
    fetched_at: datetime
    body: bytes

    @property
    def sha256(self) -> str:
        """The checksum of the body."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def json(self) -> bytes:
        """The body as every parser can read it."""
        return without_lone_surrogates(self.body)

    def refuse(
        self, reason: str, advice: str = "it is stored raw only, try again later"
    ) -> RefusalError:
        """Return the error that names this response, its fault, and what to do."""
        return RefusalError(f"{self.request}: {reason}: {advice}", "unknown_schema")


def retry_after(value: str, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date; None if it is neither, or in the past."""
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        seconds = (parsedate_to_datetime(value) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if seconds >= 0 else None
