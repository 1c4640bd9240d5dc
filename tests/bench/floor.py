"""The least that a run can cost: the SQL of all models, the marts as Parquet, and the page.

`python -m tests.bench.floor HOME` does that once over a published home.
"""

import sys
from contextlib import closing
from pathlib import Path

import duckdb

from pipelines.exports import mart_files
from pipelines.lake import ingest
from pipelines.models import build, creation, definition, inputs, publish
from pipelines.report import page
from pipelines.settings import Settings
from pipelines.sources import sample
from pipelines.weeks import contiguous


def sampled(home: Path) -> None:
    """Ingest the whole sample into a home and publish it."""
    chosen = Settings(tokenhouse_home=home)
    with ingest.open_client(chosen, False) as client:
        for weeks in contiguous(sample.recorded_weeks()):
            for table in ingest.SAMPLED_TABLES:
                ingest.ingest_table(chosen, client, table, False, *weeks)
    publish.publish(build.build(home, definition.load())[0], home / "warehouse.duckdb")


def typed(home: Path, models: tuple[definition.Model, ...]) -> None:
    """What an analyst would type: the same inputs, statements and checks, in one transaction."""
    file = home / "typed.duckdb"
    with closing(duckdb.connect(file, config=build.COMPATIBLE)) as connection:
        connection.sql("SET TimeZone = 'UTC'; SET threads = 1")
        inputs.attach(connection, home / "lake")
        connection.sql("BEGIN")
        for schema in definition.SCHEMAS:
            connection.sql(f"CREATE SCHEMA {schema}")
        for model in models:
            if model.front.function:
                creation.create(connection, model, home / "draws")
            else:
                connection.sql(f"CREATE TABLE {model.name} AS {model.sql}")
        for model in models:
            for query in model.checks.values():
                connection.sql(f"SELECT count(*) FROM ({query})").fetchall()
        connection.sql("COMMIT; CHECKPOINT")
    file.unlink()


def main() -> None:
    """Do it; print the bytes written, as `history.measured` expects."""
    home, models = Path(sys.argv[1]), definition.load()
    typed(home, models)
    for name, content in mart_files.render(models, home / "warehouse.duckdb").items():
        path = home / "floor" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    page.write(home)
    print(0)  # noqa: T201


if __name__ == "__main__":
    main()
