"""How old what was seen may be, to say something of the present."""

from datetime import datetime, timedelta

OLDEST = timedelta(hours=24)
"""From this age on, a probe says nothing of the gateway as it is."""


def is_young(at: datetime, now: datetime, oldest: timedelta = OLDEST) -> bool:
    """Return whether an instant is recent; one in the future is of a wrong clock, and is not."""
    return timedelta() <= now - at <= oldest
