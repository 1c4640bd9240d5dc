"""Show what a live run would request."""

from datetime import date
from typing import TypedDict

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings
from pipelines.weeks import last_closed_week


class PlannedRequest(TypedDict):
    """One request of a live run, and the table that its response fills."""

    table: str
    request: str
    essential: bool


@app.command()
def plan(week: Week = None, json: Json = False) -> None:
    """List the requests of a live run without sending any; the essential ones come first."""
    from pipelines.lake import ingest
    from pipelines.sources.datasets import DATASETS
    from pipelines.sources.plan import MOST_ENDPOINTS

    chosen = week or last_closed_week()
    planned = {
        table: ingest.planned(settings(), table, chosen, chosen, week is None) for table in DATASETS
    }
    requests: list[PlannedRequest] = [
        {"table": table, "request": f"{one}", "essential": DATASETS[table].is_essential}
        for table, ones in planned.items()
        for one in ones
    ]
    # The endpoints to request follow from the rankings.
    later = 0 if planned["endpoints"] else MOST_ENDPOINTS
    if json:
        console.as_json({"week": chosen, "requests": requests, "at_most": len(requests) + later})
    else:
        _show_plan(chosen, requests, later)


def _show_plan(week: date, requests: list[PlannedRequest], later: int) -> None:
    """Print the requests; at most `later` more are of endpoints whose models are not known yet."""
    per_minute = settings().openrouter_requests_per_minute
    more = f" and at most {later} models/…/endpoints, named by the rankings" if later else ""
    console.table(
        f"Requests of a live run for the week {week}",
        ["table", "request"],
        [[row["table"], row["request"]] for row in requests],
        f"{len(requests)} requests{more}, at most {per_minute} a minute",
    )
