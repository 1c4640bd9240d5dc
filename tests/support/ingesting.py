"""Ingesting snapshots from the tests' own server, and what they leave in a home."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import dagster as dg
import duckdb

from pipelines.lake import decisions, ingest, log
from pipelines.lake.vintages import Vintage
from pipelines.orchestration import export_assets, report_assets
from pipelines.orchestration.warehouse_assets import warehouse, warehouse_of
from pipelines.settings import Settings
from tests.support import wire
from tests.support.building import models_of

WEEK = date(2026, 6, 15)
LATER = "2026-10-18T08:00:00Z"

Rows = list[dict[str, str]]
"""The rows of a rankings response, as on the wire."""


def chosen(home: Path, server: wire.Wire) -> Settings:
    """Return settings with both keys."""
    return server.settings(home, openrouter_management_key=wire.MANAGEMENT)


def ingest_tables(settings: Settings, *tables: str, week: date = WEEK) -> list[Vintage]:
    """Ingest a week's snapshots of some tables."""
    with ingest.open_client(settings, live=True) as client:
        return [
            vintage
            for table in tables
            for vintage in ingest.ingest_table(settings, client, table, True, week, week)
        ]


def parquet(home: Path) -> dict[str, bytes]:
    """Return the lake's vintages, byte for byte."""
    files = sorted(home.joinpath("lake").glob("*/week=*/*.parquet"))
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files}


def select(home: Path, question: str) -> list[tuple[Any, ...]]:
    """Query the published database."""
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        return connection.sql(question).fetchall()


def retract(lake: Path, vintage: Vintage) -> None:
    """Take a vintage back."""
    file = vintage.path.relative_to(lake).as_posix()
    log.append(lake, {"do": "retract", "file": file, "why": "a test"})


def publish() -> None:
    """Build, check and publish the gate as the graph's step does, without Dagster's events.

    No routes are built, so none are recorded.
    """
    step = warehouse_of(models_of("marts.publication_findings"))
    with patch.object(decisions, "write"):
        list(cast("Iterator[object]", step(dg.build_asset_context())))


def rebuild(*_: object) -> None:
    """Build, report and export by the steps of `jobs.rebuild`, of which Dagster records nothing.

    Its record is most of the time of a rebuild. Nobody is notified, and no old record deleted.
    """
    list(cast("Iterator[object]", warehouse(dg.build_asset_context())))
    report_assets.report()
    report_assets.configurations()
    export_assets.export_gate()
    list(cast("Iterator[object]", export_assets.exports()))
    report_assets.runbook()


def restated(server: wire.Wire, as_of: str, change: Callable[[Rows], Rows]) -> None:
    """Let the server respond to the next rankings request with changed rows, at a later instant."""
    body = wire.rankings("2026-05-18", "2026-06-21", as_of)
    body["data"] = change(body["data"])
    server.replies.append(wire.as_reply(body))


def doubled(rows: Rows) -> Rows:
    """One author's values of one day are twice what they are."""
    return [
        {**row, "total_tokens": str(int(row["total_tokens"]) * 2)}
        if row["date"] == "2026-06-02" and row["model_permaslug"].startswith("deepseek/")
        else row
        for row in rows
    ]


def of_nobody(rows: Rows) -> Rows:
    """An author of many tokens has a name that nobody knows."""
    return [
        {**row, "model_permaslug": row["model_permaslug"].replace("deepseek/", "nobody/")}
        for row in rows
    ]
