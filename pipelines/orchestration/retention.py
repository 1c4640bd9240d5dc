"""How long Dagster's record contains a run: some days, and the last run of each asset for ever."""

import sqlite3
from datetime import datetime, timedelta

import dagster as dg
from dagster._core.storage.event_log import SqlEventLogStorage
from sqlalchemy import BindParameter, bindparam, text
from sqlalchemy.exc import DBAPIError

from pipelines.errors import warn
from pipelines.orchestration.instance import LastingEventLog

LAST_RUNS = text("""
    SELECT last_run_id FROM asset_keys WHERE last_run_id IS NOT NULL
    UNION
    SELECT run_id FROM event_logs WHERE id IN (
        SELECT max(id) FROM event_logs
        WHERE dagster_event_type = 'ASSET_MATERIALIZATION' GROUP BY asset_key
    )
""")
"""The runs that planned, and those that materialized an asset last."""

CHOSEN: BindParameter[list[str]] = bindparam("run_ids", expanding=True)
DELETE_EVENTS = text("""
    DELETE FROM event_logs WHERE run_id IN :run_ids AND id NOT IN (
        SELECT max(id) FROM event_logs
        WHERE dagster_event_type = 'ASSET_MATERIALIZATION' GROUP BY asset_key, partition
    )
""").bindparams(CHOSEN)
DELETE_CHECKS = text("DELETE FROM asset_check_executions WHERE run_id IN :run_ids").bindparams(
    CHOSEN
)
DELETE_TAGS = text("DELETE FROM asset_event_tags WHERE event_id NOT IN (SELECT id FROM event_logs)")


def delete_old_runs(instance: dg.DagsterInstance, days: int, now: datetime) -> int:
    """Delete the runs that began more than `days` ago; return how many.

    The last run of each asset stays, and so does the last materialization of each partition, which
    says that a week is in the lake. What is published depends on none of it, so a failure is a
    warning.
    """
    events = instance.event_log_storage
    if not isinstance(events, SqlEventLogStorage):
        return 0
    began_before = dg.RunsFilter(created_before=now - timedelta(days=days))
    try:
        old = {one.dagster_run.run_id for one in instance.get_run_records(began_before)}
        deleted = old - _last_runs(events) if old else set()
        if deleted:
            _delete_events(events, deleted)
        for run_id in deleted:
            instance.run_storage.delete_run(run_id)
    except (DBAPIError, sqlite3.Error, OSError) as error:
        warn(f"old runs stay in Dagster's record: {type(error).__name__}")
        return 0
    return len(deleted)


def _last_runs(events: SqlEventLogStorage) -> set[str]:
    with events.index_connection() as connection:
        return {run_id for (run_id,) in connection.execute(LAST_RUNS)}


def _delete_events(events: SqlEventLogStorage, run_ids: set[str]) -> None:
    """Delete what runs recorded, but for the last materialization of each partition."""
    with events.index_connection() as connection:
        for statement in (DELETE_EVENTS, DELETE_CHECKS):
            connection.execute(statement, {"run_ids": sorted(run_ids)})
        connection.execute(DELETE_TAGS)
    if isinstance(events, LastingEventLog):
        events.delete_files(run_ids)
