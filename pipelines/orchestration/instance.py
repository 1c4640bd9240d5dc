"""Dagster's record of runs, on SQLite connections that stay open.

Dagster's own storage makes a new engine for every event: compiled statements are lost each time,
and closing a file's last connection makes SQLite fold the write-ahead log into it, some 12,000
waits for the disk in a run. Here each file has one engine that stays open, with
`synchronous = NORMAL` as SQLite advises for such logs. A power cut may then remove the last events
from the record; it can damage neither the record nor the lake.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import yaml
from dagster._core.event_api import EventHandlerFn
from dagster._core.storage.event_log import SqlPollingEventWatcher
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

from pipelines.errors import warn
from pipelines.home.files import chain, replace, write_atomically

OPEN_FILES = 8
"""Each run has a file of its own, and a server may read all of them."""

BUSY_SECONDS = 30
"""How long one process waits for another's write, as in Dagster's own storage."""


class LastingEventLog(SqliteEventLogStorage):
    """Dagster's storage of events in SQLite, a file a run and one across runs."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        self._watcher = SqlPollingEventWatcher(self)
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Make the storage that dagster.yaml names."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines and len(self._engines) == OPEN_FILES:
            self._close()
        if shard not in self._engines:
            engine = create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_SECONDS}
            )
            event.listen(engine, "connect", _write_without_waiting)
            self._engines[shard] = engine
        return self._engines[shard]

    def _close(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    def has_table(self, table_name: str) -> bool:
        """Whether the file across runs has a table; cached, since every check event asks for it."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        """Report a run's events as they come, for a page that shows it.

        Dagster's own SQLite storage waits for the file to change; here only its log does.
        """
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: EventHandlerFn) -> None:
        """Stop reporting."""
        self._watcher.unwatch_run(run_id, handler)

    def wipe(self) -> None:
        """Delete every event; the files are deleted under the connections, so these go first."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close the files."""
        self._watcher.close()
        super().dispose()
        self._close()


def prepare_instance(folder: Path) -> None:
    """Make `folder` the place where Dagster records its runs; it sends no telemetry.

    Nothing that a step prints is captured: Dagster would start four processes per step to copy the
    output of assets that print nothing.
    """
    settings = {
        "event_log_storage": {
            "module": __name__,
            "class": LastingEventLog.__name__,
            "config": {"base_dir": f"{folder / 'history' / 'runs'}"},
        },
        "compute_logs": {
            "module": NoOpComputeLogManager.__module__,
            "class": NoOpComputeLogManager.__name__,
        },
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
    }
    write_atomically(folder / "dagster.yaml", yaml.safe_dump(settings).encode())
    os.environ["DAGSTER_HOME"] = str(folder)


def is_damaged(error: BaseException) -> bool:
    """Whether an error means that a file of the record is damaged, and not full or locked."""
    return any(
        isinstance(one, sqlite3.DatabaseError) and not isinstance(one, sqlite3.OperationalError)
        for one in chain(error)
    )


def set_aside(folder: Path) -> None:
    """Rename a damaged record, and warn; the next run begins another."""
    aside = folder.with_name(f"{folder.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    replace(folder, aside)
    warn(f"Dagster's record of runs was damaged and is now in {aside}; nothing else depends on it")


def _write_without_waiting(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
