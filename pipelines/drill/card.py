"""The card of a drill: what it showed, stored in the home under the run that it was made of."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.home.lock import writing

if TYPE_CHECKING:  # `status` reads cards and must start in an instant
    from collections.abc import Sequence

    from pipelines.drill.losses import Losses
    from pipelines.drill.openclaw import Handling
    from pipelines.drill.router import Outcome
    from pipelines.exports.routing_document import Route, RoutingDocument


class Card(TypedDict):
    """What a drill showed of each workload, and what follows from the chains alone.

    `drilled_at` is UTC. `openclaw` is not drilled but known.
    """

    run_id: str
    drilled_at: str
    outcomes: "list[Outcome]"
    losses: "list[Losses]"
    openclaw: "list[Handling]"


def make(document: "RoutingDocument", routes: "Sequence[Route]") -> Card:
    """Drill these routes; raises ModuleNotFoundError without LiteLLM."""
    from pipelines.drill import losses, openclaw, router

    return {
        "run_id": document.run_id,
        "drilled_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "outcomes": router.run(document, routes),
        "losses": [losses.of(route) for route in routes],
        "openclaw": [one for route in routes for one in openclaw.of(route)],
    }


def store(home: Path, card: Card) -> Path:
    """Store a card under its run and return the file; an earlier card of the run is replaced."""
    path = paths.drill_card(home, card["run_id"])
    with writing(home):
        write_atomically(path, f"{json.dumps(card, indent=2)}\n".encode())
    return path


def read(home: Path, run_id: str) -> Card | None:
    """Return the card of a run; None if there is none, or none that can be read."""
    try:
        body = json.loads(paths.drill_card(home, run_id).read_bytes())
        is_whole = Card.__required_keys__ <= body.keys() and body["run_id"] == run_id
    except (OSError, ValueError, AttributeError):
        return None
    return cast("Card", body) if is_whole else None


def failures(card: Card) -> list[str]:
    """Return each workload and failure that nobody answered."""
    return [
        f"{one['workload']} ({one['fault']})"
        for one in card["outcomes"]
        if one["verdict"] == "fail"
    ]


def objections(home: Path, document: "RoutingDocument") -> list[str]:
    """Return why the routes have not passed a drill; empty if they have.

    Only a card of the same run counts, and only one with every route that is exported.
    """
    card = read(home, document.run_id)
    drilled = {one["workload"] for one in card["outcomes"]} if card else set[str]()
    missing = [one.workload for one in document.open_routes if one.workload not in drilled]
    if card is None or missing:
        named = f" of {', '.join(missing)}" if card else ""
        return [f"run {document.run_id} has no drill{named}: run `tokenhouse drill`"]
    return [f"in the drill nobody answered {one}" for one in failures(card)]
