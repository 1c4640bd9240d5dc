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


PASSED = ("pass", "slow", "your caller")
NAMES = {
    "outcomes": ("workload", "fault", "verdict"),
    "losses": ("workload",),
    "openclaw": ("workload", "fault", "verdict"),
}
"""The parts of a card, and what each entry of a part is known by."""


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
        datetime.fromisoformat(body["drilled_at"])
        is_whole = body["run_id"] == run_id and all(
            isinstance(one[name], str)
            for part, names in NAMES.items()
            for one in body[part]
            for name in names
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return cast("Card", body) if is_whole else None


def failures(card: Card) -> list[str]:
    """Return each workload and failure that is not known to be answered, or the caller's."""
    return [
        f"{'nobody answered' if one['verdict'] == 'fail' else 'it is not known who answered'} "
        f"{one['workload']} ({one['fault']})"
        for one in card["outcomes"]
        if one["verdict"] not in PASSED
    ]


def objections(card: Card | None, document: "RoutingDocument") -> list[str]:
    """Return why the routes have not passed a drill; empty if they have.

    Only a card of the same run counts, and only one with every route that is exported.
    """
    drilled = {one["workload"] for one in card["outcomes"]} if card else set[str]()
    missing = [one.workload for one in document.open_routes if one.workload not in drilled]
    if card is None or missing:
        named = f" of {', '.join(missing)}" if card else ""
        return [f"run {document.run_id} has no drill{named}: run `tokenhouse drill`"]
    return [f"in the drill {one}" for one in failures(card)]
