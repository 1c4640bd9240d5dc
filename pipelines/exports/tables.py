"""The routing table as Parquet, CSV, JSON and Markdown, and every mart as Parquet."""

import dataclasses
import json
from contextlib import closing
from pathlib import Path

import polars as pl
import pyarrow as pa

from pipelines.database import connect
from pipelines.exports.document import RoutingDocument
from pipelines.files import write_atomically
from pipelines.lake import parquet_bytes
from pipelines.models.definition import Model


def write_routing_table(document: RoutingDocument, database: Path, exports: Path) -> list[Path]:
    """Write the newest week's routes as `routing_table.*`; return the files."""
    with closing(connect(database)) as connection:
        rows = connection.sql(
            "FROM marts.routing_table WHERE week = marts.latest_week() ORDER BY stratum, position"
        ).to_arrow_table()
    contents = {
        "routing_table.parquet": parquet_bytes(rows, document.as_of, document.as_of_is_exact),
        "routing_table.csv": _csv(rows, document.citation),
        "routing_table.json": _json(document),
        "routing_table.md": _markdown(document),
    }
    for name, content in contents.items():
        write_atomically(exports / name, content)
    return [exports / name for name in contents]


def write_marts(models: tuple[Model, ...], database: Path, exports: Path) -> list[Path]:
    """Write each mart as `marts/<table>.parquet` in the order of its key; return the files."""
    written = []
    with closing(connect(database)) as connection:
        ((as_of, is_exact),) = connection.sql(
            "SELECT as_of, as_of_is_exact FROM meta.build"
        ).fetchall()
        for model in models:
            if model.schema == "marts":
                key = ", ".join(model.front.unique)
                rows = connection.sql(f"FROM {model.name} ORDER BY {key}").to_arrow_table()
                path = exports / "marts" / f"{model.path.stem}.parquet"
                write_atomically(path, parquet_bytes(rows, as_of, is_exact))
                written.append(path)
    return written


def _csv(rows: pa.Table, citation: str) -> bytes:
    """Return the rows with the citation as their last column: a CSV has no other place for it."""
    frame = pl.DataFrame(rows).with_columns(citation=pl.lit(citation))
    return frame.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ").encode()


def _json(document: RoutingDocument) -> bytes:
    body = dataclasses.asdict(document)
    body["week"] = f"{document.week}"
    body["as_of"] = f"{document.as_of:%Y-%m-%dT%H:%M:%SZ}"
    body["citation"] = document.citation
    return (json.dumps(body, indent=2, ensure_ascii=False) + "\n").encode()


def _markdown(document: RoutingDocument) -> bytes:
    lines = [
        f"# Routing table, week {document.week}",
        "",
        "| workload | primary | A: $/task | A: $/1M | fallbacks | B: reserve | B: $/task |",
        "|---|---|--:|--:|---|---|--:|",
    ]
    for route in document.routes:
        if not route.chain or route.reserve is None:
            lines.append(f"| {route.stratum} | {route.blocked_because} | | | | | |")
            continue
        primary, *fallbacks = route.chain
        blocked = f" (blocked: {route.blocked_because})" if route.blocked_because else ""
        lines.append(
            f"| {route.stratum}{blocked} | {primary.model_id} | {primary.cost_per_task_usd:.5f} "
            f"| {primary.cost_per_million_usd:.4f} "
            f"| {', '.join(choice.model_id for choice in fallbacks)} "
            f"| {route.reserve.model_id} | {route.reserve.cost_per_task_usd:.5f} |"
        )
    lines += ["", "Why the primaries:", ""]
    lines += [f"- **{route.stratum}**: {route.why[0]}" for route in document.routes if route.why]
    lines += ["", f"Run {document.run_id}. {document.citation}", ""]
    return "\n".join(lines).encode()
