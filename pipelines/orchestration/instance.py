"""Dagster's record of runs, on SQLite connections that stay open and commit many events together.

Dagster's own storage makes a new engine and a transaction for every event: compiled statements are
lost each time, every commit writes whole pages for a single row, and closing a file's last
connection makes SQLite fold the write-ahead log into it, some 12,000 waits for the disk in a run.
Here each file has one connection that stays open, with `synchronous = NORMAL` as SQLite advises for
such logs, and what is written is committed at most COMMIT_SECONDS later. A kill or a power cut may
remove the events since then from the record; it can damage neither the record nor the lake.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import sqlalchemy
import yaml
from dagster._core.event_api import EventHandlerFn
from dagster._core.events import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    EVENT_TYPE_TO_PIPELINE_RUN_STATUS,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection

from pipelines.errors import warn
from pipelines.home.files import chain, replace, write_atomically

OPEN_FILES = 8
"""Each run has a file of its own, and a server may read all of them."""

BUSY_SECONDS = 30
"""How long one process waits for another's write, as in Dagster's own storage."""

RECORD_ADDRESS = "DAGSTER_RECORD_ADDRESS"
"""The variable by which the file names the address, which has the driver's name in it."""

INSERT_EVENT = SqlEventLogStorageTable.insert()

ACROSS_RUNS = {*ASSET_EVENTS, *ASSET_CHECK_EVENTS, *EVENT_TYPE_TO_PIPELINE_RUN_STATUS}
"""The kinds of events that are also in the file across runs."""

COMMIT_SECONDS = 0.3
"""How long a transaction collects events; another process may write to the file after it."""


class LastingEventLog(SqliteEventLogStorage):
    """Dagster's storage of events in SQLite, one file per run and one across runs."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._connections: dict[str, Connection] = {}
        self._commit_timer: threading.Timer | None = None
        self._commit_error: sqlalchemy.exc.DBAPIError | None = None
        self._present: set[str] = set()
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
        """Open a transaction on a file, or join the one that collects events."""
        with self._db_lock:
            if self._commit_error:
                error, self._commit_error = self._commit_error, None
                raise error
            connection = self._connection(shard)
            if not connection.in_transaction():
                connection.begin()
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            if not _has_written(connection):
                connection.commit()
            elif not self._commit_timer:
                self._commit_timer = threading.Timer(COMMIT_SECONDS, self._commit_in_time)
                self._commit_timer.start()

    def _connection(self, shard: str) -> Connection:
        if shard not in self._connections:
            if len(self._connections) == OPEN_FILES:
                self._close()
            engine = sqlalchemy.create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_SECONDS}
            )
            sqlalchemy.event.listen(engine, "connect", _write_without_waiting)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            self._connections[shard] = engine.connect()
        return self._connections[shard]

    def _commit_in_time(self) -> None:
        """Commit from the timer's thread; the next event raises what went wrong, and is not stored.

        Later events are tried again: a full disk may have room by then.
        """
        with self._db_lock:
            try:
                self._commit()
            except sqlalchemy.exc.DBAPIError as error:
                self._commit_error = error
                self._disconnect()

    def _commit(self) -> None:
        if self._commit_timer:
            self._commit_timer.cancel()
            self._commit_timer = None
        for connection in self._connections.values():
            connection.commit()

    def _close(self) -> None:
        try:
            self._commit()
        finally:
            self._disconnect()

    def _disconnect(self) -> None:
        """Close the files; what is not committed is lost."""
        for connection in self._connections.values():
            connection.close()
            connection.engine.dispose()
        self._connections.clear()

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event in its run's file, and what pages across runs show also across runs.

        The rows are those of Dagster's own method, which makes a new statement for each of them.
        """
        row, kind = self._event_to_row(event), event.dagster_event_type
        with self.run_connection(event.run_id) as connection:
            connection.execute(INSERT_EVENT, row)
        if kind not in ACROSS_RUNS:
            return
        with self.index_connection() as connection:
            event_id = connection.execute(INSERT_EVENT, row).lastrowid
            if kind in ASSET_EVENTS:
                self._store_asset_event_tags(connection, [event], [event_id])
                self._store_asset_event(connection, event, event_id)
        if kind in ASSET_CHECK_EVENTS:
            self.store_asset_check_event(event, event_id)

    def has_table(self, table_name: str) -> bool:
        """Whether the file across runs has a table; every event of an asset or check queries it."""
        return self._once_true(table_name, super().has_table, table_name)

    def has_secondary_index(self, name: str) -> bool:
        """Whether a migration of the file across runs is done; every read of an asset needs it."""
        return self._once_true(name, super().has_secondary_index, name)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Whether the table of assets has a column, which every event of an asset queries."""
        ask = super()._has_asset_key_col_on_connection
        return self._once_true(f"asset_keys.{column_name}", ask, conn, column_name)

    def _once_true(self, name: str, ask: Callable[..., bool], *arguments: object) -> bool:
        """Return whether something is in the record; what is there once stays there."""
        if name not in self._present and ask(*arguments):
            self._present.add(name)
        return name in self._present

    def delete_files(self, run_ids: Iterable[str]) -> None:
        """Delete the files of runs."""
        with self._db_lock:
            self._close()
            self._initialized_dbs.difference_update(run_ids)
            for run_id in run_ids:
                for ending in ("", "-wal", "-shm"):
                    Path(f"{self.path_for_shard(run_id)}{ending}").unlink(missing_ok=True)

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
        with self._db_lock:
            self._close()
        self._present.clear()
        super().wipe()

    def dispose(self) -> None:
        """Write what is not written yet, and close the files."""
        self._watcher.close()
        super().dispose()
        with self._db_lock:
            self._close()


def prepare_instance(folder: Path, record_url: str = "") -> None:
    """Make `folder` the place where Dagster records its runs; it sends no telemetry.

    With `record_url` the record is in that PostgreSQL database instead, for many users: the file in
    the folder does not contain its address.

    Nothing that a step prints is captured: Dagster would start four processes per step to copy the
    output of assets that print nothing.
    """
    settings = {
        **(_in_postgres(record_url) if record_url else _in_files(folder)),
        "compute_logs": {
            "module": NoOpComputeLogManager.__module__,
            "class": NoOpComputeLogManager.__name__,
        },
        "concurrency": {"runs": {"max_concurrent_runs": 1}},  # there is one writer
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
    }
    write_atomically(folder / "dagster.yaml", yaml.safe_dump(settings).encode())
    os.environ["DAGSTER_HOME"] = str(folder)


def _in_files(folder: Path) -> dict[str, object]:
    storage = {
        "module": __name__,
        "class": LastingEventLog.__name__,
        "config": {"base_dir": f"{folder / 'history' / 'runs'}"},
    }
    return {"event_log_storage": storage}


def _in_postgres(record_url: str) -> dict[str, object]:
    import dagster_postgres  # noqa: F401  # named by the command line where it is missing

    os.environ[RECORD_ADDRESS] = record_url.replace("postgresql:", "postgresql+psycopg2:", 1)
    return {"storage": {"postgres": {"postgres_url": {"env": RECORD_ADDRESS}}}}


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


def _has_written(connection: Connection) -> bool:
    """Whether SQLite has begun a transaction, which it does with the first change."""
    return bool(getattr(connection.connection.dbapi_connection, "in_transaction", False))


def _write_without_waiting(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
