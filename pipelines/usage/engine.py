"""Where a fold is computed: by DuckDB in this process, or by a cluster over Spark Connect.

The cluster reads the files it is given and writes its rows into a new folder next to the fold, or
into the shared ledger if there is one: then it needs no disk in common with this machine.
Nothing is collected through the connection. Clients of Spark Connect wait for minutes, or for
ever, so each fold is a process with a deadline of its own.
"""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelines.errors import RefusalError
from pipelines.home.database import literal
from pipelines.lake.vintages import Vintage
from pipelines.settings import Settings
from pipelines.usage import store
from pipelines.usage.contract import REQUESTS

if TYPE_CHECKING:
    from pipelines.models.definition import Model

CONNECT_SECONDS = 5
PORT = 15002
"""The usual port of Spark Connect."""

VIEW = REQUESTS.name
"""The ledger's name on the cluster."""


@contextmanager
def statement(settings: Settings, model: "Model", week: Vintage, fold: Path) -> Iterator[str]:
    """Yield the SQL with which DuckDB reads a model's rows over a week of the ledger.

    On a cluster they are computed first, into a new folder next to `fold` that is deleted at the
    end: an engine that was left at its deadline may still be writing the rows of an earlier one.
    Raises RefusalError if the cluster is away, fails, or does not finish in time.
    """
    if settings.tokenhouse_engine == "duckdb":
        yield f"{model.sql}\n"
        return
    for left in fold.parent.glob("*.rows"):  # by a build that was killed
        shutil.rmtree(left, ignore_errors=True)
    folder = fold.with_suffix(f".{token_hex(4)}.rows")
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        if settings.tokenhouse_ledger:
            _compute_shared(settings, model, week, folder)
        else:
            _compute(settings, model, week, f"{week.path}", f"{folder}")
        yield _scan(model, sorted(folder.glob("*.parquet")))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _scan(model: "Model", files: Sequence[Path]) -> str:
    """Return the SQL that reads what the cluster wrote; it may write no file without a row."""
    if not files:
        typed = ", ".join(f"NULL::{one.type} AS {one.name}" for one in model.columns)
        return f"SELECT {typed} WHERE FALSE"
    listed = ", ".join(literal(one) for one in files)
    typed = ", ".join(f"{one.name}::{one.type} AS {one.name}" for one in model.columns)
    return f"SELECT {typed} FROM read_parquet([{listed}], hive_partitioning = false)"


def _compute_shared(settings: Settings, model: "Model", week: Vintage, folder: Path) -> None:
    """Let the cluster read the shared ledger and write there, and move its rows into `folder`."""
    rows = folder.relative_to(week.lake).as_posix()
    url = settings.tokenhouse_ledger.rstrip("/")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with store.opened(settings) as shared:
        beside = rows.rpartition("/")[0]
        shared.delete(sorted(store.names(shared, beside, yesterday)))  # of builds that were killed
        try:
            _compute(settings, model, week, f"{url}/{week.file}", f"{url}/{rows}")
            folder.mkdir(mode=0o700)
            for name in sorted(store.names(shared, rows)):
                if name.endswith(".parquet"):
                    store.download(shared, name, folder / name.rpartition("/")[2])
        finally:
            shared.delete(sorted(store.names(shared, rows)))


def _compute(settings: Settings, model: "Model", week: Vintage, file: str, folder: str) -> None:
    """Run the model on the cluster in a process of its own, which is killed at the deadline."""
    _check_reachable(settings, model, week)
    job = {
        "url": settings.tokenhouse_connect_url,
        "file": file,
        "view": VIEW,
        "sql": translated(model),
        "folder": folder,
    }
    seconds = settings.tokenhouse_engine_seconds
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.usage.spark"],
            input=json.dumps(job),  # the address may contain a token: no argument, no environment
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        late = f"did not finish within {seconds} seconds (TOKENHOUSE_ENGINE_SECONDS)"
        raise RefusalError(_fault(model, week, late)) from None
    if done.returncode:
        reason = done.stdout.strip() or f"ended with {done.returncode}"
        raise RefusalError(_fault(model, week, f"failed ({reason})"))


def _check_reachable(settings: Settings, model: "Model", week: Vintage) -> None:
    """Raise RefusalError at once if nothing listens there: the client would try for minutes."""
    parts = urlsplit(settings.tokenhouse_connect_url)
    try:
        socket.create_connection((parts.hostname, parts.port or PORT), CONNECT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RefusalError(_fault(model, week, f"cannot be reached ({reason})")) from None


def _fault(model: "Model", week: Vintage, what: str) -> str:
    return (
        f"{model.name}, week {week.week}: the engine {what}: check TOKENHOUSE_CONNECT_URL and the "
        "cluster, or set TOKENHOUSE_ENGINE=duckdb; nothing was published"
    )


def translated(model: "Model", name: str = VIEW) -> str:
    """Return a model's statement in Spark's dialect; `name` is formatted with schema and table."""
    import sqlglot  # takes as long as a forecast, and DuckDB needs no translation
    from sqlglot import exp

    tree = sqlglot.parse_one(model.sql, dialect="duckdb")
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            view = name.format(table.db, table.name)
            table.replace(exp.to_table(view).as_(table.alias or table.name))
    for one in list(tree.find_all(exp.PercentileDisc)):  # sqlglot would approximate it
        one.replace(exp.Anonymous(this="percentile_disc", expressions=[one.this]))
    return tree.sql(dialect="spark")
