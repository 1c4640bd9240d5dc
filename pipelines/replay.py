"""Make the lake's Parquet again from the raw answers alone, offline and bit for bit."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from pipelines import lake, raw
from pipelines.lock import writing
from pipelines.settings import Settings
from pipelines.sources.tables import TABLES

THREADS = 2
"""Parsing holds Python's lock; unpacking, sorting, encoding and writing go on beside it."""


def replay(settings: Settings) -> tuple[int, list[lake.Vintage]]:
    """Write the vintage of every raw answer.

    Returns how many answers were read, and the vintages that none of them makes.
    """
    paths = list(raw.paths(settings.lake))
    with writing(settings.tokenhouse_home), ThreadPoolExecutor(THREADS) as threads:
        made = set(threads.map(partial(_replay_one, settings.lake), paths))
    held = [one for table in TABLES for one in lake.vintages(settings.lake, table)]
    return len(paths), [one for one in held if one.path not in made]


def _replay_one(lake_folder: Path, path: Path) -> Path:
    answer = raw.read(path)
    table = answer.request.table
    snapshot = TABLES[table].read(answer)
    # Not durable: what a crash takes can be replayed again.
    return lake.write(lake_folder, table, snapshot, durable=False).path
