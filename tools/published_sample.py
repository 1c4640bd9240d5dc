"""Publish the recorded sample, and write what others may read of it as a Parquet file per table."""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb

from pipelines.exports import public_copy
from pipelines.home.database import literal
from pipelines.lake import ingest
from pipelines.models import build, definition, publish
from pipelines.models.definition import Model
from pipelines.settings import Settings
from pipelines.sources import sample
from pipelines.weeks import contiguous


def write(home: Path, folder: Path) -> None:
    """Build in an empty home, without Dagster, and fill the folder."""
    settings, models = Settings(tokenhouse_home=home), definition.load()
    with ingest.open_client(settings, live=False) as client:
        for weeks in contiguous(sample.recorded_weeks()):
            for table in ingest.SAMPLED_TABLES:
                ingest.ingest_table(settings, client, table, False, *weeks)
    built, results = build.build(home, models)
    refusal = publish.decide(results, publish.open_findings(built))
    if refusal:
        raise refusal
    write_tables(models, built, folder)


def write_tables(models: Sequence[Model], database: Path, folder: Path) -> None:
    """Write each table of a database's public copy; the same rows give the same bytes."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as aside:
        copy = Path(aside) / "copy.duckdb"
        public_copy.write(models, database, copy)
        with closing(duckdb.connect(copy, read_only=True)) as connection:
            connection.sql("SET TimeZone = 'UTC'; SET threads = 1")
            tables = "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
            for (name,) in connection.sql(tables).fetchall():
                target = literal(folder / f"{name}.parquet")
                connection.sql(f"COPY {name} TO {target} (FORMAT parquet, COMPRESSION zstd)")
