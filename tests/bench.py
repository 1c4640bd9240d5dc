"""Time the build beside the same statements typed into one DuckDB session: `make bench`.

Both run in turns in this one process, on the whole sample; the medians' ratio is what counts.
"""

import shutil
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import duckdb

from pipelines import snapshots
from pipelines.models import build, definition, inputs
from pipelines.settings import Settings
from pipelines.sources import sample
from pipelines.weeks import contiguous

TURNS = 9
LIMIT = 1.2


def typed(home: Path, models: tuple[definition.Model, ...]) -> None:
    """What an analyst would type: the same inputs, the same statements, the same checks."""
    with closing(duckdb.connect(home / "typed.duckdb", config=build.COMPATIBLE)) as connection:
        connection.sql("SET TimeZone = 'UTC'; SET threads = 1")
        inputs.attach(connection, home / "lake", home)
        for schema in definition.SCHEMAS:
            connection.sql(f"CREATE SCHEMA {schema}")
        for model in models:
            connection.sql(f"CREATE TABLE {model.name} AS {model.sql}")
        for model in models:
            for query in model.checks.values():
                connection.sql(f"SELECT count(*) FROM ({query})").fetchall()
        connection.sql("CHECKPOINT")
    (home / "typed.duckdb").unlink()


def main() -> int:
    """Measure, print, and return 1 if the runner costs more than the limit."""
    home = Path(tempfile.mkdtemp())
    chosen = Settings(tokenhouse_home=home)
    with snapshots.open_client(chosen, False) as client:
        for weeks in contiguous(sample.recorded_weeks()):
            for table in snapshots.SAMPLED_TABLES:
                snapshots.take(chosen, client, table, False, *weeks)
    models = definition.load()
    seconds: dict[str, list[float]] = {"runner": [], "typed": []}
    for _ in range(TURNS):
        for name in seconds:
            start = time.perf_counter()
            if name == "runner":
                build.discard(build.build(home, models)[0])
            else:
                typed(home, models)
            seconds[name].append(time.perf_counter() - start)
    shutil.rmtree(home)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ratio = medians["runner"] / medians["typed"]
    for name, median in medians.items():
        print(f"{name:<7} {timedelta(seconds=median)} (median of {TURNS})")  # noqa: T201
    print(f"ratio   {ratio:.2f} (limit {LIMIT})")  # noqa: T201
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
