"""Two clocks date a response, the server's and ours, and one of them may be wrong.

A response is dated by the server. One wrong `Date` of 2099 would make its catalogue the newest for
good, so the two clocks must agree. Where they do not, ours is known to be wrong if it is behind the
responses stored before: then the server's counts, within bounds. `meta.as_of` is compared with the
date of the response by its contract.
"""

from datetime import datetime, timedelta
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.lake import log, present
from pipelines.sources.response import Response

TOLERANCE = timedelta(days=1)
"""How far the clocks may disagree: a zone taken for UTC is less."""

LONGEST_PAUSE = timedelta(days=366)
"""How much later than the newest stored response a server may be that we cannot check."""


def check(response: Response, newest: datetime | None, now: datetime) -> None:
    """Raise RefusalError unless a response's date is credible.

    `newest` is the date of the newest stored response, `now` is our clock.
    """
    if abs(response.fetched_at - now) <= TOLERANCE:
        return
    is_ours_behind = newest is not None and now < newest - TOLERANCE
    if newest and is_ours_behind and -TOLERANCE <= response.fetched_at - newest <= LONGEST_PAUSE:
        return
    raise RefusalError(
        f"{response.request}: the server's clock says {response.fetched_at:%Y-%m-%d %H:%M}Z and "
        f"this machine's {now:%Y-%m-%d %H:%M}Z, nothing of it is stored: set this machine's clock "
        "if it is wrong, else try again later",
        "source_failed",
    )


def newest_response(lake: Path) -> datetime | None:
    """Return the date of the newest stored response that was not taken back."""
    known = log.read(lake)
    counted = known.responses.keys() - known.given_up()
    dates = (present.instant(raw.rpartition("/")[2].partition("-")[0]) for raw in counted)
    return max(dates, default=None)
