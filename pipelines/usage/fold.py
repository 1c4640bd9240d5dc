"""Folds: the sums that the warehouse needs of the ledger, computed once for a week's content.

`lake/usage_fold/<model>/week=<Monday>/<digest>.parquet`. The digest is of the week's file and of
the model's SQL, so a fold that is there is right, and only weeks that changed are computed, on the
engine that TOKENHOUSE_ENGINE names. The warehouse reads the folds: a build costs the same however
many requests are behind them.
"""

import hashlib
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from pipelines.home.database import literal
from pipelines.lake.vintages import Vintage
from pipelines.models.definition import Model
from pipelines.settings import settings
from pipelines.usage import engine, ledger
from pipelines.usage.contract import REQUESTS

TABLE = "usage_fold"

SCHEMA = "usage"
"""The models of this schema are folds."""


def folded(model: Model, lake: Path, weeks: Sequence[Vintage]) -> Model:
    """Return the model with a statement that reads its folds of these weeks of the ledger.

    Folds that are missing are computed first. Raises RefusalError naming a damaged week.
    """
    files = [literal(_fold(model, lake, week)) for week in weeks]
    if not files:
        return model
    statement = f"SELECT * FROM read_parquet([{', '.join(files)}], hive_partitioning = false)"
    return replace(model, sql=statement)


def drop(lake: Path, week: date) -> None:
    """Delete the folds of a week."""
    for folder in lake.joinpath(TABLE).glob(f"*/week={week}"):
        shutil.rmtree(folder)


def _fold(model: Model, lake: Path, week: Vintage) -> Path:
    digest = hashlib.sha256(f"{week.digest}\n{model.sql}".encode()).hexdigest()[:12]
    path = lake / TABLE / model.path.stem / f"week={week.week}" / f"{digest}.parquet"
    if not path.exists():
        ledger.verify(week)
        computed = path.parent / f"{digest}.rows"
        key = ", ".join(model.front.unique)
        with closing(duckdb.connect()) as connection:
            connection.sql("SET TimeZone = 'UTC'; CREATE SCHEMA lake")
            connection.sql(f"CREATE VIEW lake.{REQUESTS.name} AS {ledger.scan([week])}")
            source = engine.statement(settings(), model, week, computed)
            rows = f"SELECT * FROM ({source}) ORDER BY {key}"
            ledger.write_private(connection, rows, path.parent, path.name)
            shutil.rmtree(computed, ignore_errors=True)
    return path
