"""Opening the published database, as every reader of it does."""

from pathlib import Path

import duckdb

from pipelines.errors import RefusalError


def connect(database: Path) -> duckdb.DuckDBPyConnection:
    """Open the published database read-only; RefusalError if there is none."""
    if not database.exists():
        raise RefusalError(f"{database} does not exist yet: run `tokenhouse run` first")
    try:
        connection = duckdb.connect(database, read_only=True)
        connection.sql("SET TimeZone = 'UTC'")
    except duckdb.Error as error:
        raise RefusalError(
            f"{database} cannot be opened ({str(error).splitlines()[0]}): "
            "delete it and run `tokenhouse run`, the lake still holds everything"
        ) from None
    return connection
