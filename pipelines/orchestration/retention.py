"""How long Dagster's record contains a run: some days, and the last run of each asset for ever."""

import sqlite3
from datetime import datetime, timedelta

import dagster as dg
from sqlalchemy.exc import DBAPIError

from pipelines.errors import warn
from pipelines.orchestration.instance import LastingEventLog


def delete_old_runs(instance: dg.DagsterInstance, days: int, now: datetime) -> int:
    """Delete the runs that began more than `days` ago; return how many.

    The last run of each asset stays, and so does the last materialization of each partition, which
    says that a week is in the lake. What is published depends on none of it, so a failure is a
    warning.
    """
    events = instance.event_log_storage
    if not isinstance(events, LastingEventLog):
        return 0
    began_before = dg.RunsFilter(created_before=now - timedelta(days=days))
    try:
        old = {one.dagster_run.run_id for one in instance.get_run_records(began_before)}
        deleted = old - events.last_runs() if old else set()
        if deleted:
            events.delete_runs(deleted)
        for run_id in deleted:
            instance.run_storage.delete_run(run_id)
    except (DBAPIError, sqlite3.Error, OSError) as error:
        warn(f"old runs stay in Dagster's record: {type(error).__name__}")
        return 0
    return len(deleted)
