"""Published databases in which the routing followed from other judgements."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.arrow import arrow_schema
from pipelines.models import definition
from pipelines.models.rerun import rerun
from pipelines.reference.loader import TABLES, load

MARTS = [model.name for model in definition.load() if model.name.startswith("marts.routing_")]


def changed(table: str, *added: dict[str, Any], **edited: dict[str, Any]) -> dict[str, object]:
    """Return a reference table with rows added, and fields of rows of a name edited."""
    contract = TABLES[table].contract
    rows = load(table).to_pylist()
    key = next(iter(contract.model_fields)) if table != "workloads" else "workload"
    rows = [{**row, **edited.get(f"{row[key]}", {})} for row in rows]
    rows += [contract.model_validate(row).model_dump() for row in added]
    return {f"reference.{table}": pa.Table.from_pylist(rows, schema=arrow_schema(contract))}


def callers() -> dict[str, object]:
    """Return the workloads with a caller that escalates, where success can be predicted."""
    rows = load("workloads").to_pylist()
    predicted = [row["workload"] for row in rows if row["benchmarks"]]
    return changed("workloads", **{name: {"escalation": "caller"} for name in predicted})


def republished(database: Path, copy: Path, replaced: Mapping[str, object]) -> Path:
    """Make a copy of a published database whose routing marts follow from replaced tables."""
    copy.write_bytes(database.read_bytes())
    with rerun(database, replaced, set(MARTS)) as made:
        frames = {name: made.sql(f"FROM {name}").to_arrow_table() for name in MARTS}
    with closing(duckdb.connect(copy)) as connection:
        for name, frame in frames.items():
            connection.register("incoming", frame)
            connection.execute(f"DELETE FROM {name}")
            connection.execute(f"INSERT INTO {name} FROM incoming")
    return copy
