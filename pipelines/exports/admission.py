"""The published routes, if the gate and the settings let them out."""

from collections.abc import Callable
from pathlib import Path

from pipelines.drill import card
from pipelines.errors import RefusalError
from pipelines.exports import gate, routing_reader
from pipelines.exports.routing_document import RoutingDocument
from pipelines.probes import gate as probe_gate
from pipelines.settings import Settings

REQUIREMENTS: dict[str, Callable[[Path, RoutingDocument], list[str]]] = {
    "drill": lambda home, document: card.objections(card.read(home, document.run_id), document),
    "probe": lambda home, _: probe_gate.objections(home),
}
"""What TOKENHOUSE_EXPORT_REQUIRES can require: why a home does not meet it, empty if it does."""


def admitted(settings: Settings) -> RoutingDocument:
    """Read the routes to export; RefusalError with every reason if they must not be exported."""
    document = gate.passed(
        routing_reader.read(settings.database), settings.tokenhouse_export_max_age_days
    )
    missing = [
        why
        for name in settings.export_requires
        for why in REQUIREMENTS[name](settings.tokenhouse_home, document)
    ]
    if missing:
        raise RefusalError(f"{'; '.join(missing)}; nothing was exported", "export_gate")
    return document
