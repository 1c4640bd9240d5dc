"""Dagster's record of runs, written without waiting for the disk a dozen times an event.

Dagster opens its SQLite files anew for every event, and closing the last connection makes SQLite
fold its write-ahead log into the file: some 12,000 waits for the disk in a run. With a connection
that stays open, and `synchronous = NORMAL` as SQLite advises for such logs, 500 are left. A power
cut may then take the last events from the record; it can damage neither the record nor the lake.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def lasting_connections() -> Iterator[None]:
    """Keep a connection to every SQLite file that SQLAlchemy opens in this process meanwhile."""
    kept: dict[str, sqlite3.Connection] = {}

    def keep(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")
        _, _, file = connection.execute("PRAGMA database_list").fetchone()
        if file not in kept:
            kept[file] = sqlite3.connect(file, check_same_thread=False)
        # Only who has read since the log was turned on counts as a user of it.
        kept[file].execute("SELECT count(*) FROM sqlite_master").fetchone()

    event.listen(Engine, "connect", keep)
    try:
        yield
    finally:
        event.remove(Engine, "connect", keep)
        for connection in kept.values():
            connection.close()
