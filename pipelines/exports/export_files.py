"""Which files an export contains: routing files, and at home also the marts and the digest."""

from collections.abc import Callable, Mapping
from pathlib import Path

from pipelines.exports import (
    datapackage,
    litellm,
    mart_files,
    openclaw,
    openclaw_2026_7,
    opencode,
    openrouter,
    preset_clients,
    routing_document,
    routing_table,
)
from pipelines.exports.delivery import Files
from pipelines.exports.routing_document import RoutingDocument
from pipelines.models.definition import Model
from pipelines.report import digest, feed

EXPORTERS: dict[str, Callable[[RoutingDocument], Files]] = {
    "routing_document": routing_document.render,
    "routing_table": routing_table.render,
    "openclaw": openclaw.render,
    "openclaw_2026_7": openclaw_2026_7.render,
    "litellm": litellm.render,
    "openrouter": openrouter.render,
    "opencode": opencode.render,
    "codex": preset_clients.codex,
    "claude_code": preset_clients.claude_code,
}
"""The exporters whose files are rendered from the routing document alone."""


def routing_files(document: RoutingDocument) -> Files:
    """Return the files to write into a gateway's folder."""
    return merged({name: render(document) for name, render in EXPORTERS.items()})


def by_exporter(
    document: RoutingDocument, models: tuple[Model, ...], database: Path, site: str
) -> dict[str, Files]:
    """Return every file of the home's own exports, by the exporter that renders it.

    `site` is where the archive of weekly pages is published, or empty; the feed leads there.
    """
    summary = digest.render(database) | feed.render(database, site)
    marts = mart_files.render(models, database)  # the largest last, for all are held from then on
    return {name: render(document) for name, render in EXPORTERS.items()} | {
        "marts": marts,
        "datapackage": {"datapackage.json": datapackage.describe(models, database, marts)},
        "digest": summary,
    }


def merged(by_exporter: Mapping[str, Files]) -> Files:
    """Return the files of several exporters as one set."""
    return {name: content for files in by_exporter.values() for name, content in files.items()}
