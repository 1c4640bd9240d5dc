"""Every mart as a Parquet file, with source, licence and as-of in its footer."""

from pathlib import Path

from pipelines.home.database import connected
from pipelines.lake.vintages import parquet_bytes
from pipelines.models.definition import Model


def render(models: tuple[Model, ...], database: Path) -> dict[str, bytes]:
    """Return each mart as `marts/<table>.parquet` in the order of its key."""
    written = {}
    with connected(database) as connection:
        ((as_of, is_exact),) = connection.sql(
            "SELECT as_of, as_of_is_exact FROM meta.build"
        ).fetchall()
        for model in models:
            if model.schema == "marts":
                key = ", ".join(model.front.unique)
                rows = connection.sql(f"FROM {model.name} ORDER BY {key}").to_arrow_table()
                written[f"marts/{model.path.stem}.parquet"] = parquet_bytes(rows, as_of, is_exact)
    return written
