"""Make the lake's Parquet again from the raw answers alone, offline and bit for bit."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path

from pipelines import lake, raw
from pipelines.lock import writing
from pipelines.settings import Settings
from pipelines.sources.tables import TABLES

THREADS = 3
"""Parsing holds Python's lock; unpacking, sorting, encoding and writing go on beside it."""


def replay(settings: Settings) -> tuple[int, list[lake.Vintage]]:
    """Write the vintage of every raw answer.

    Returns how many answers were read, and the vintages that none of them makes.
    """
    paths = list(raw.paths(settings.lake))
    shares = [paths[number::THREADS] for number in range(THREADS)]
    with writing(settings.tokenhouse_home), ThreadPoolExecutor(THREADS) as threads:
        made = set(chain.from_iterable(threads.map(partial(_replay, settings.lake), shares)))
    held = [one for table in TABLES for one in lake.vintages(settings.lake, table)]
    return len(paths), [one for one in held if one.path not in made]


def _replay(lake_folder: Path, paths: list[Path]) -> list[Path]:
    """Write the vintages of some answers; not durably: what a crash takes can be replayed again."""
    made = []
    for path in paths:
        answer = raw.read(path)
        table = answer.request.table
        snapshot = TABLES[table].read(answer)
        made.append(lake.write(lake_folder, table, snapshot, durable=False).path)
    return made
