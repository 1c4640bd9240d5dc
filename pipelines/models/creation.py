"""Create the table of one model, in a build or in a part of one that is run again."""

from pathlib import Path

import duckdb

from pipelines.errors import RefusalError
from pipelines.home.database import first_line
from pipelines.models.definition import Model
from pipelines.models.python.registry import FUNCTIONS


def create(
    connection: duckdb.DuckDBPyConnection, model: Model, kept_draws: Path | None = None
) -> None:
    """Create one model's table, verbatim; RefusalError unless its columns are those documented.

    Draws of weeks whose rows have not changed are read from the folder `kept_draws`.
    """
    try:
        if function := model.front.function:
            from pipelines.models import draws  # which imports NumPy and polars

            if kept_draws and function in draws.PARTS:
                rows = draws.drawn(connection, function, model.sql, kept_draws)
            else:
                rows = FUNCTIONS[function](draws.rows_of(connection, model.sql))
            connection.register("incoming", rows)
            connection.execute(f"CREATE TABLE {model.name} AS SELECT * FROM incoming")
            connection.unregister("incoming")
        else:
            connection.execute(f"CREATE TABLE {model.name} AS {model.sql}").fetchall()
    except duckdb.Error as error:
        raise RefusalError(f"{model.path}: {first_line(error)}") from None
    found = [(row[0], row[1]) for row in connection.execute(f"DESCRIBE {model.name}").fetchall()]
    documented = [(column.name, column.type) for column in model.columns]
    if found != documented:
        wrong = next(
            (f"{was or 'no column'} where {said or 'no column'} is documented")
            for was, said in zip(
                [*found, *[None] * len(documented)],
                [*documented, *[None] * len(found)],
                strict=True,
            )
            if was != said
        )
        raise RefusalError(f"{model.path}: the statement returns {wrong}")
