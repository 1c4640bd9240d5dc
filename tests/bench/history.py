"""Time the full rebuild over a history of synthetic weeks: part of `make bench`.

The weeks are real ones moved back in time by whole weeks, and exist only here.
"""

import time
from contextlib import closing
from pathlib import Path

import duckdb

from pipelines.models import build, checks, creation, definition, inputs

REAL_WEEKS = 10
"""The unbroken run of the sample, 2026-05-11 … 2026-07-13."""

HISTORIES = (20, 50, 100)
SQL_LIMIT = 2.0
WHOLE_LIMIT = 4.0


def lengthen(connection: duckdb.DuckDBPyConnection, weeks: int) -> None:
    """Replace the lake by `weeks` synthetic weeks: copies of the real ones, each further back."""
    copies = f"range({weeks // REAL_WEEKS}) AS copy(number)"
    back = f"INTERVAL 7 DAY * {REAL_WEEKS} * number"
    moved = {
        "rankings_daily": f"* REPLACE ((date - {back})::DATE AS date, as_of - {back} AS as_of)",
        "models": f"* REPLACE (fetched_at - {back} AS fetched_at)",
    }
    since = {"rankings_daily": "date >= '2026-05-11'", "models": "fetched_at >= '2026-05-11'"}
    for table, columns in moved.items():
        connection.sql(
            f"CREATE TABLE lake.synthetic AS SELECT {columns} FROM lake.{table}, {copies} "
            f"WHERE {since[table]}"
        )
        connection.sql(f"ALTER TABLE lake.synthetic DROP COLUMN number; DROP VIEW lake.{table}")
        connection.sql(f"ALTER TABLE lake.synthetic RENAME TO {table}")


def is_routing(model: definition.Model) -> bool:
    """Whether a model belongs to the routing, which looks back a year at most: timed by itself."""
    return "rout" in model.name or model.name == "core.price_band"


def rebuild(lake_folder: Path, file: Path, weeks: int) -> tuple[float, float, float]:
    """Build and check every model over so many weeks.

    Returns seconds of the metrics' SQL, of the metrics with Monte Carlo, and of the routing.
    """
    file.unlink(missing_ok=True)
    python = routing = 0.0
    with closing(duckdb.connect(file, config=build.COMPATIBLE)) as connection:
        connection.sql("SET TimeZone = 'UTC'; SET threads = 1")
        inputs.attach(connection, lake_folder)
        lengthen(connection, weeks)
        start = time.perf_counter()
        connection.sql("BEGIN")
        for schema in definition.SCHEMAS:
            connection.sql(f"CREATE SCHEMA {schema}")
        for model in definition.load():
            begun = time.perf_counter()
            creation.create(connection, model)
            created = time.perf_counter() - begun
            checks.run(connection, model)
            if is_routing(model):
                routing += time.perf_counter() - begun
            elif model.front.function:
                python += created
        connection.sql("COMMIT; CHECKPOINT")
        metrics = time.perf_counter() - start - routing
    return metrics - python, metrics, routing


def compare_histories(lake_folder: Path, folder: Path) -> bool:
    """Time each history, best of three; return whether it meets the limits and grows linearly."""
    best = {}
    for weeks in HISTORIES:
        turns = [rebuild(lake_folder, folder / "history.duckdb", weeks) for _ in range(3)]
        best[weeks] = min(turns, key=lambda turn: turn[1])
        sql, whole, routing = best[weeks]
        print(  # noqa: T201
            f"{weeks:>3} synthetic weeks: SQL {sql:.2f} s, Monte Carlo included {whole:.2f} s; "
            f"the routing of a year at most {routing:.2f} s more"
        )
    (_, first, _), (sql, last, _) = best[HISTORIES[0]], best[HISTORIES[-1]]
    is_linear = last / first <= HISTORIES[-1] / HISTORIES[0]
    print(f"limits {SQL_LIMIT} s and {WHOLE_LIMIT} s; growth at most linear: {is_linear}\n")  # noqa: T201
    return sql <= SQL_LIMIT and last <= WHOLE_LIMIT and is_linear
