"""Scrubbing: each week a run reads a part of the lake, and a quarter's runs read it all.

A build reads no response, and no vintage that was gathered before and is as it was by its size and
time: a damaged one would be noticed only when the other copy is lost too. `tokenhouse status
--verify` reads everything at once.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from zlib import crc32

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.lake import log, present, raw
from pipelines.lake.vintages import Vintage, list_files, read_verified
from pipelines.limits import SCRUB_SECONDS
from pipelines.weeks import monday

WEEKS = 13
"""After which every file was read."""


def sample(lake: Path, today: date) -> list[str]:
    """Return the files whose turn it is this week, below the lake; retracted ones have none.

    They are responses and the vintages made from them; own usage is read by every build.
    """
    turn = monday(today).toordinal() // 7 % WEEKS
    given_up = log.read(lake).given_up()
    return [
        file
        for file in (*present.responses(lake), *list_files(lake))
        if crc32(file.encode()) % WEEKS == turn and file not in given_up
    ]


def check(lake: Path) -> None:
    """Read this week's sample for at most SCRUB_SECONDS; RefusalError naming what is damaged."""
    found = list(_damaged(lake, sample(lake, datetime.now(UTC).date())))
    if found:
        more = f" (and {len(found) - 1} more: `tokenhouse status --verify`)" if found[1:] else ""
        raise RefusalError(f"{found[0]}{more}", "damaged")


def _damaged(lake: Path, files: list[str]) -> Iterator[str]:
    end, responses = monotonic() + SCRUB_SECONDS, f"{paths.raw(lake).name}/"
    for file in files:
        if monotonic() > end:
            return
        try:
            if file.startswith(responses):
                raw.read(lake / file)
            else:
                read_verified(Vintage(lake, file))
        except RefusalError as error:
            yield f"{error}"
