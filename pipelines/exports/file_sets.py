"""The sets of files: what follows from the routes, and everything that a home exports."""

from collections.abc import Callable
from pathlib import Path

from pipelines.exports import (
    datapackage,
    document,
    litellm,
    openclaw,
    openclaw_2026_7,
    openrouter,
    table_files,
)
from pipelines.exports.delivery import Files
from pipelines.exports.document import RoutingDocument
from pipelines.models.definition import Model
from pipelines.report import digest, feed

EXPORTERS: dict[str, Callable[[RoutingDocument], dict[str, bytes]]] = {
    "routing_document": document.render,
    "routing_table": table_files.render,
    "openclaw": openclaw.render,
    "openclaw_2026_7": openclaw_2026_7.render,
    "litellm": litellm.render,
    "openrouter": openrouter.render,
}


def of_routes(routes: RoutingDocument) -> Files:
    """Return every file that is written from the routing document alone."""
    return {name: one for render in EXPORTERS.values() for name, one in render(routes).items()}


def whole(routes: RoutingDocument, models: tuple[Model, ...], database: Path) -> Files:
    """Return every file of a home's exports."""
    marts = table_files.render_marts(models, database)
    return {
        **of_routes(routes),
        **marts,
        "datapackage.json": datapackage.describe(models, database, marts),
        **digest.render(database),
        **feed.render(database),
    }
