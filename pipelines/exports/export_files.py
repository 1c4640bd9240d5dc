"""The sets of files: what follows from the routes, and everything that a home exports."""

from collections.abc import Callable
from pathlib import Path

from pipelines.exports import (
    datapackage,
    litellm,
    mart_files,
    openclaw,
    openclaw_2026_7,
    openrouter,
    routing_document,
    routing_table,
)
from pipelines.exports.delivery import Files
from pipelines.exports.routing_document import RoutingDocument
from pipelines.models.definition import Model
from pipelines.report import digest, feed

EXPORTERS: dict[str, Callable[[RoutingDocument], dict[str, bytes]]] = {
    "routing_document": routing_document.render,
    "routing_table": routing_table.render,
    "openclaw": openclaw.render,
    "openclaw_2026_7": openclaw_2026_7.render,
    "litellm": litellm.render,
    "openrouter": openrouter.render,
}


def routing_files(routes: RoutingDocument) -> Files:
    """Return every file that is written from the routing document alone."""
    return {name: one for render in EXPORTERS.values() for name, one in render(routes).items()}


def home_files(routes: RoutingDocument, models: tuple[Model, ...], database: Path) -> Files:
    """Return every file of a home's exports."""
    marts = mart_files.render(models, database)
    return {
        **routing_files(routes),
        **marts,
        "datapackage.json": datapackage.describe(models, database, marts),
        **digest.render(database),
        **feed.render(database),
    }
