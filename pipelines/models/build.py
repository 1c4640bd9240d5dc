"""Build all models into one DuckDB file next to the published one, and check them."""

import os
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from pipelines.citation import LICENCE
from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.database import SESSION, first_line, literal
from pipelines.home.files import chain
from pipelines.lake.vintages import Vintage, list_retracted, list_vintages
from pipelines.limits import BUILD_MEMORY, MOST_MEMORY
from pipelines.models import checks, creation, dictionary, inputs
from pipelines.models.checks import CheckResult
from pipelines.models.definition import PRIVATE, SCHEMAS, Model
from pipelines.models.publish import check_ours, discard
from pipelines.models.run_id import compute_run_id
from pipelines.sources.tables import OWN
from pipelines.usage import fold, ledger
from pipelines.usage.contract import REQUESTS

# DuckDB 1.x tools (its CLI on PyPI, DBeaver, Metabase) open no file of the 2.0 format.
COMPATIBLE: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.2.0"
}

# A tenth of a build would go into trying these on every text, and its file is no smaller for them.
FEWER_COMPRESSIONS = "SET disabled_compression_methods = 'fsst,zstd,dict_fsst'"

# A log of each commit would be written too, for a crash: but what a crash leaves is not published.
WITHOUT_LOG = "SET checkpoint_threshold = '1KB'"


def build(
    home: Path,
    models: Sequence[Model],
    lake_folder: Path | None = None,
    known_at: datetime | None = None,
) -> tuple[Path, list[CheckResult]]:
    """Build every model next to the published database; return the new file and all check results.

    The lake is the home's own unless another is named; with `known_at` it is read as it was known
    at that instant. Nothing is published yet: call `publish.publish`, or `publish.discard`.
    Raises RefusalError naming the model when a statement fails or returns other columns, and before
    anything is built if the published database is of another program.
    """
    check_ours(paths.database(home))
    home.mkdir(parents=True, exist_ok=True)
    try:
        return _built(home, models, lake_folder or paths.lake(home), known_at, BUILD_MEMORY)
    except Exception as error:
        if not any(isinstance(one, duckdb.OutOfMemoryException) for one in chain(error)):
            raise
    return _built(home, models, lake_folder or paths.lake(home), known_at, MOST_MEMORY)


def _built(
    home: Path, models: Sequence[Model], lake_folder: Path, known_at: datetime | None, memory: str
) -> tuple[Path, list[CheckResult]]:
    """Build with so much memory for tables; what is more goes to a folder of this build."""
    aside = paths.unpublished_database(home, os.getpid())
    discard(aside)
    try:
        with (
            TemporaryDirectory(f".{os.getpid()}.tmp", ".warehouse.", home) as folder,
            closing(duckdb.connect(aside, config=COMPATIBLE)) as connection,
        ):
            # One thread adds floating-point numbers in one order: the same bytes every time.
            connection.execute(
                f"{SESSION}; SET threads = 1; {FEWER_COMPRESSIONS}; {WITHOUT_LOG}; "
                f"SET memory_limit = '{memory}'; SET temp_directory = {literal(folder)}"
            )
            vintages = inputs.attach(connection, lake_folder, known_at, paths.gathered(home))
            if not any(vintage.table == "rankings_daily" for vintage in vintages):
                raise RefusalError(
                    f"{lake_folder} contains no rankings {_when(lake_folder, known_at)}"
                )
            _attach_private(connection, aside)
            for schema in SCHEMAS:
                if schema != PRIVATE:
                    connection.execute(f"CREATE SCHEMA {schema}")
            own = ledger.all_current(lake_folder, known_at)
            weeks = [one for one in own if one.table == REQUESTS.name]
            if own or any(one.table in OWN for one in vintages):
                aside.chmod(0o600)
            statements = fold.folded(models, lake_folder, weeks)
            # One commit for many tables, not one for each; a transaction writes to one file.
            for _, of_file in groupby(statements, key=lambda model: model.schema == PRIVATE):
                connection.execute("BEGIN")
                for model in of_file:
                    creation.create(connection, model, paths.draws(home))
                connection.execute("COMMIT")
            connection.execute("BEGIN")
            results = [result for model in models for result in checks.run(connection, model)]
            dictionary.create(connection, models)
            marts = [model for model in models if model.schema == "marts"]
            dictionary.record_empty(connection, {one.name: one.front.empty for one in marts})
            _record(connection, vintages, compute_run_id(lake_folder, [*vintages, *own], known_at))
            connection.execute("COMMIT")
            connection.execute(f"CREATE TABLE {PRIVATE}.build AS SELECT run_id FROM meta.build")
            connection.execute(f"CHECKPOINT; CHECKPOINT {PRIVATE}")
    except BaseException as error:
        discard(aside)
        if isinstance(error, duckdb.IOException):
            raise RefusalError(f"{aside} cannot be written: {first_line(error)}") from None
        raise
    return aside, results


def _attach_private(connection: duckdb.DuckDBPyConnection, aside: Path) -> None:
    """Create the file of the private schema, which only the home's user can read."""
    version = COMPATIBLE["storage_compatibility_version"]
    usual = os.umask(0o077)
    try:
        file = literal(paths.private(aside))
        connection.execute(f"ATTACH {file} AS {PRIVATE} (STORAGE_VERSION '{version}')")
    finally:
        os.umask(usual)


def _when(lake_folder: Path, known_at: datetime | None) -> str:
    """Return since when there are rankings, or how to get some."""
    held = list_vintages(lake_folder, "rankings_daily")
    if known_at and held:
        return (
            f"known at {known_at:%Y-%m-%d %H:%M}Z: the first are of {held[0].as_of:%Y-%m-%d %H:%M}Z"
        )
    if any(one.table == "rankings_daily" for one in list_retracted(lake_folder)):
        return 'but retracted ones: `tokenhouse retract FILE --undo --why "…"`, or fetch others'
    return "yet: run `tokenhouse run`"


def _record(connection: duckdb.DuckDBPyConnection, vintages: list[Vintage], run_id: str) -> None:
    """Write down what this build was made from; own usage is in the run id only."""
    connection.register("incoming", pa.table({"file": [one.file for one in vintages]}))
    connection.execute(
        "INSERT INTO meta.snapshots SELECT split_part(file, '/', 1), "
        "split_part(file, '/', 2)[6:]::DATE, "
        "strptime(split_part(file, '/', 3)[:16], '%Y%m%dT%H%M%SZ'), split_part(file, '/', 3) "
        "FROM incoming"
    )
    connection.unregister("incoming")
    connection.execute(
        "INSERT INTO meta.build "
        "SELECT ?, max(as_of), bool_and(as_of_is_exact), ? FROM staging.rankings_daily",
        parameters=[run_id, LICENCE],
    )
