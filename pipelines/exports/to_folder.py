"""Putting routes into a folder: the home's own exports, or a gateway's."""

from pathlib import Path

from pipelines.exports import delivery, export_files
from pipelines.exports.delivery import Files
from pipelines.exports.routing_document import RoutingDocument
from pipelines.home import refusals
from pipelines.home.lock import writing
from pipelines.models import definition
from pipelines.settings import Settings


def files(document: RoutingDocument, folder: Path, settings: Settings) -> Files:
    """Return the files for a folder; the home's own exports also contain marts and digest."""
    if folder != settings.exports:
        return export_files.routing_files(document)
    return export_files.merged(
        export_files.by_exporter(
            document, definition.load(), settings.database, settings.tokenhouse_site
        )
    )


def deliver(document: RoutingDocument, folder: Path, settings: Settings) -> bool:
    """Deliver routes into a folder; return whether anything changed.

    The home's exports contain only our files, so edits are replaced there. Elsewhere an edited file
    is somebody's work and is refused.
    """
    home, rendered = settings.tokenhouse_home, files(document, folder, settings)
    if folder != settings.exports:
        with writing(home):
            return delivery.deliver(folder, rendered, document.run_id)
    with refusals.recording(home, refusals.EXPORTS):
        changed = delivery.deliver(folder, rendered, document.run_id, over_edits=True)
        refusals.clear(home, refusals.EXPORTS)
    return changed
