"""A canary: the new route of one workload, while a hold keeps the others as they are."""

from datetime import datetime, timedelta
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.exports import delivered, delivery, hold, to_folder
from pipelines.exports.hold import Canary, Hold
from pipelines.exports.routing_document import Route, RoutingDocument
from pipelines.settings import Settings


def start(
    document: RoutingDocument, workload: str, days: int, folder: Path, settings: Settings
) -> Hold:
    """Deliver the new route of one workload with the present ones of the others, and hold that.

    Raises RefusalError if the folder is held, edited or has no export, or the route would not
    change.
    """
    hold.check_released(folder)
    present = delivered.document(folder)
    edited = delivery.altered(folder)
    if edited:
        raise RefusalError(f"{folder / edited[0]} was edited: a rollback could not restore it")
    before, after = (_route(one, workload) for one in (present, document))
    if before.reachable == after.reachable:
        raise RefusalError(f"the route of {workload} in {folder} would not change: nothing to try")
    mixed = document.model_copy(
        update={
            "run_id": f"{document.run_id}-canary",
            "routes": tuple(after if one.workload == workload else one for one in present.routes),
        }
    )
    to_folder.deliver(mixed, folder, settings)
    return hold.place(folder, mixed.run_id, canary=Canary(workload, days))


def routes(folder: Path, workload: str) -> tuple[Route, Route]:
    """Return the route before a canary, and the canary's."""
    before = delivered.document(folder / delivery.PREVIOUS)
    return _route(before, workload), _route(delivered.document(folder), workload)


def ends(held: Hold, canary: Canary) -> datetime:
    """Return when a canary may be judged."""
    return datetime.fromisoformat(held.since) + timedelta(days=canary.days)


def finish(document: RoutingDocument, workload: str, folder: Path, settings: Settings) -> None:
    """Release the folder and deliver all routes.

    Raises RefusalError, and changes nothing, if the published route is not the one that was tried.
    """
    tried = _route(delivered.document(folder), workload)
    if _route(document, workload).chain != tried.chain:
        raise RefusalError(
            f"the published route of {workload} has changed since the canary began: "
            "run `tokenhouse export --release`, and the canary again"
        )
    hold.release(folder)
    to_folder.deliver(document, folder, settings)


def _route(document: RoutingDocument, workload: str) -> Route:
    found = next((one for one in document.open_routes if one.workload == workload), None)
    if found is None:
        known = ", ".join(one.workload for one in document.open_routes) or "none"
        raise RefusalError(
            f"{workload} is no open route of run {document.run_id}; there are: {known}"
        )
    return found
