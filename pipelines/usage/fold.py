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
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.home.database import SESSION, literal
from pipelines.lake.vintages import Vintage
from pipelines.settings import settings
from pipelines.usage import engine, ledger
from pipelines.usage.contract import REQUESTS

if TYPE_CHECKING:  # an import drops folds, and needs none of what reads models
    from pipelines.models.definition import Model

TABLE = "usage_fold"

SCHEMA = "usage"
"""The models of this schema are folds."""


def folded(model: "Model", lake: Path, weeks: Sequence[Vintage]) -> "Model":
    """Return the model with a statement that reads its folds of these weeks of the ledger.

    Folds that are missing are computed first. Raises RefusalError naming a damaged week.
    """
    files = {week: _file(model, lake, week) for week in weeks}
    missing = {week: file for week, file in files.items() if not file.exists()}
    if missing:
        with closing(duckdb.connect()) as connection:
            connection.sql(f"{SESSION}; CREATE SCHEMA lake")
            for week, file in missing.items():
                _compute(connection, model, week, file)
    if not files:
        return model
    listed = ", ".join(map(literal, files.values()))
    statement = f"SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"
    return replace(model, sql=statement)


def drop(lake: Path, week: date) -> None:
    """Delete the folds of a week."""
    for folder in lake.joinpath(TABLE).glob(f"*/week={week}"):
        shutil.rmtree(folder)


def _file(model: "Model", lake: Path, week: Vintage) -> Path:
    digest = hashlib.sha256(f"{week.digest}\n{model.sql}".encode()).hexdigest()[:12]
    return lake / TABLE / model.path.stem / f"week={week.week}" / f"{digest}.parquet"


def _compute(
    connection: duckdb.DuckDBPyConnection, model: "Model", week: Vintage, file: Path
) -> None:
    _verify(week, week.path.stat().st_mtime_ns if week.path.exists() else 0)
    connection.sql(f"CREATE OR REPLACE VIEW lake.{REQUESTS.name} AS {ledger.scan([week])}")
    with engine.statement(settings(), model, week, file) as source:
        rows = f"SELECT * FROM ({source}) ORDER BY {', '.join(model.front.unique)}"
        ledger.write_private(connection, rows, file.parent, file.name)


@cache
def _verify(week: Vintage, changed_at: int) -> None:
    """Verify a week's file once for all its folds; what has changed since is verified again."""
    ledger.verify(week)
