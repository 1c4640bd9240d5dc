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


def folded(models: Sequence["Model"], lake: Path, weeks: Sequence[Vintage]) -> list["Model"]:
    """Return the models, the folds with a statement that reads their files of these weeks.

    Files that are missing are computed first. Raises RefusalError naming a damaged week.
    """
    folds = [model for model in models if model.schema == SCHEMA]
    missing = {
        week: [model for model in folds if not _file(model, lake, week).exists()] for week in weeks
    }
    if any(missing.values()):
        with closing(duckdb.connect()) as connection:
            connection.execute(f"{SESSION}; CREATE SCHEMA lake")
            for week, of_week in missing.items():
                if of_week:
                    _compute(connection, of_week, lake, week)
    return [_reading(model, lake, weeks) if model.schema == SCHEMA else model for model in models]


def drop(lake: Path, week: date) -> None:
    """Delete the folds of a week."""
    for folder in lake.joinpath(TABLE).glob(f"*/week={week}"):
        shutil.rmtree(folder)


def _file(model: "Model", lake: Path, week: Vintage) -> Path:
    digest = hashlib.sha256(f"{week.digest}\n{model.sql}".encode()).hexdigest()[:12]
    return lake / TABLE / model.path.stem / f"week={week.week}" / f"{digest}.parquet"


def _compute(
    connection: duckdb.DuckDBPyConnection, models: Sequence["Model"], lake: Path, week: Vintage
) -> None:
    ledger.verify(week)
    connection.execute(f"CREATE OR REPLACE VIEW lake.{REQUESTS.name} AS {ledger.scan([week])}")
    for model in models:
        file = _file(model, lake, week)
        with engine.statement(settings(), model, week, file) as source:
            rows = f"SELECT * FROM ({source}) ORDER BY {', '.join(model.front.unique)}"
            ledger.write_private(connection, rows, file.parent, file.name)


def _reading(model: "Model", lake: Path, weeks: Sequence[Vintage]) -> "Model":
    """Return a fold that reads its files; without a week it has the ledger's, which has no row."""
    if not weeks:
        return model
    listed = ", ".join(literal(_file(model, lake, week)) for week in weeks)
    statement = f"SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"
    return replace(model, sql=statement)
