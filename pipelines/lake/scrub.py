"""Scrubbing: each week a run reads a part of the responses, and a quarter's runs read them all.

A build reads every vintage and checks it, but no response: a damaged one would be noticed only
when its vintage is lost too. `tokenhouse status --verify` reads everything at once.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from zlib import crc32

from pipelines.errors import RefusalError
from pipelines.lake import log, present, raw
from pipelines.limits import SCRUB_SECONDS
from pipelines.weeks import monday

WEEKS = 13
"""After which every response was read."""


def sample(lake: Path, today: date) -> list[str]:
    """Return the responses whose turn it is this week, below the lake; retracted ones have none."""
    turn = monday(today).toordinal() // 7 % WEEKS
    given_up = log.read(lake).given_up()
    return [
        file
        for file in present.responses(lake)
        if crc32(file.encode()) % WEEKS == turn and file not in given_up
    ]


def check(lake: Path) -> None:
    """Read this week's sample for at most SCRUB_SECONDS; RefusalError naming what is damaged."""
    found = list(_damaged(lake, sample(lake, datetime.now(UTC).date())))
    if found:
        more = f" (and {len(found) - 1} more: `tokenhouse status --verify`)" if found[1:] else ""
        raise RefusalError(f"{found[0]}{more}", "damaged")


def _damaged(lake: Path, files: list[str]) -> Iterator[str]:
    end = monotonic() + SCRUB_SECONDS
    for file in files:
        if monotonic() > end:
            return
        try:
            raw.read(lake / file)
        except RefusalError as error:
            yield f"{error}"
