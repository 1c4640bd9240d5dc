"""The requests of a run, known before it starts: `tokenhouse plan` prints them."""

from collections.abc import Iterator
from datetime import date

from pipelines.sources.response import Request
from pipelines.weeks import slices, trailing_window

CONTEXT_BUCKETS = ("1K", "10K", "100K", "1M", "10M")
CATEGORIES = (
    "programming",
    "roleplay",
    "marketing",
    "marketing/seo",
    "technology",
    "science",
    "translation",
    "legal",
    "finance",
    "health",
    "trivia",
    "academia",
)
LANGUAGE_TYPES = ("natural", "programming")

LARGEST_RUN = 149
"""Requests that a run may send, with retries: under 150, a third of an account's day."""

MOST_ENDPOINTS = 100

RANKINGS = "datasets/rankings-daily"

PRESENT = {
    "models": ("models", (("output_modalities", "all"),)),
    "session_costs": ("datasets/session-cost", ()),
    "task_classifications": ("classifications/task", (("window", "7d"),)),
    "providers": ("providers", ()),
    "zero_retention_endpoints": ("endpoints/zdr", ()),
    "benchmarks": ("benchmarks", ()),
    "activity": ("activity", (("group_by", "workspace"),)),
}
"""Tables that the source serves for now only: one request, for any week."""


def requests(table: str, first: date, last: date, routable: list[str]) -> list[Request]:
    """Return the requests for a table of the weeks `first` … `last`.

    `routable` are the ids of the models whose endpoints are requested.
    """
    if table in PRESENT:
        path, query = PRESENT[table]
        return [Request(table, path, query)]
    if table == "endpoints":
        return [Request(table, f"models/{model}/endpoints") for model in routable[:MOST_ENDPOINTS]]
    if table == "app_rankings":
        return list(_apps(last))
    return list(_rankings(table, first, last))


def rankings_request(start: date, end: date) -> Request:
    """Return the request for the daily rankings of these days (both included)."""
    query = (("start_date", f"{start}"), ("end_date", f"{end}"), ("period", "day"))
    return Request("rankings_daily", RANKINGS, query)


def _apps(last: date) -> Iterator[Request]:
    start, end = last, date.fromordinal(last.toordinal() + 6)
    window = (("start_date", f"{start}"), ("end_date", f"{end}"), ("limit", "100"))
    for category in ((), (("category", "coding"),)):
        yield Request("app_rankings", "datasets/app-rankings", window + category)


def _rankings(table: str, first: date, last: date) -> Iterator[Request]:
    filters: dict[str, list[tuple[str, str]]] = {
        "rankings_daily": [("period", "day")],
        "rankings_filtered": [
            ("modality", "tool_calling"),
            *(("context_bucket", bucket) for bucket in CONTEXT_BUCKETS),
        ],
        "rankings_sampled": [
            *(("category", category) for category in CATEGORIES),
            *(("language_type", kind) for kind in LANGUAGE_TYPES),
        ],
    }
    period = ("period", "week" if table == "rankings_sampled" else "day")
    for start, end in slices(*trailing_window(first, last)):
        window = (("start_date", f"{start}"), ("end_date", f"{end}"), period)
        for one in filters[table]:
            yield Request(table, RANKINGS, window if one == period else (*window, one))
