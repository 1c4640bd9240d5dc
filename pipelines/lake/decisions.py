"""The lake's record of route decisions: one small file per published week, one row per workload.

The newest week's file is rewritten whenever that week is published. Once a later week is published
it stays, so that a later decision starts from the route in use and not from what is known today.
"""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.database import connected
from pipelines.home.files import write_atomically

OVER = timedelta(days=7)

SCHEMA = {
    "week": pl.Date,
    "workload": pl.String,
    "model_id": pl.String,
    "cost_per_task_usd": pl.Float64,
    "weeks_held": pl.Int64,
    "weeks_beaten": pl.Int64,
}


def read(lake: Path, known_at: datetime | None = None) -> pl.DataFrame:
    """Return the decisions recorded for weeks that were over at `known_at`, by default all.

    Raises RefusalError naming a file that cannot be read.
    """
    known = pl.concat([pl.DataFrame(schema=SCHEMA), *map(read_week, files(lake))])
    return known if known_at is None else known.filter(pl.col("week") + OVER <= known_at.date())


def files(lake: Path) -> list[Path]:
    """Return the files of all weeks, by week."""
    return sorted(paths.decisions(lake).glob("????-??-??.json"))


def read_week(path: Path) -> pl.DataFrame:
    """Return the decisions in the file of a week; RefusalError if it cannot be read."""
    try:
        week = date.fromisoformat(path.stem)
        rows = [{"week": week, **_renamed(row)} for row in json.loads(path.read_bytes())]
        return pl.DataFrame(rows, schema=SCHEMA, orient="row")
    except (OSError, ValueError, TypeError, AttributeError, pl.exceptions.PolarsError):
        raise RefusalError(
            f"{path} cannot be read: delete it, and the week's routes are computed again"
        ) from None


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a recorded row under today's names: version 0.1.0 called a workload a stratum."""
    return {"workload" if name == "stratum" else name: value for name, value in row.items()}


def write(lake: Path, database: Path) -> None:
    """Record the published decisions of weeks without a file, and again of the newest week."""
    with connected(database) as connection:
        rows = connection.execute(
            "SELECT week, workload, model_id, compared_cost_usd, weeks_held, weeks_beaten "
            "FROM marts.routing_history INNER JOIN marts.routing_table "
            "USING (week, workload, model_id) WHERE position = 0 ORDER BY week, workload"
        ).fetchall()
    weeks = sorted({row[0] for row in rows})
    names = list(SCHEMA)[1:]
    for week in weeks:
        path = paths.decisions(lake) / f"{week}.json"
        if week == weeks[-1] or not path.exists():
            of_week = [dict(zip(names, row[1:], strict=True)) for row in rows if row[0] == week]
            write_atomically(path, json.dumps(of_week, indent=1).encode() + b"\n", private=True)
