"""How the market uses models: apps, session costs, task classes, benchmarks, the own account."""

import json
from datetime import date, datetime

from pydantic import BaseModel, Field, TypeAdapter

from pipelines.arrow import Day
from pipelines.sources.contracts.wire import Digits, HeadDate, IsoDate, check, check_version, tokens
from pipelines.sources.response import Response
from pipelines.sources.snapshot import Snapshot, instant, snapshot


class _Meta(BaseModel):
    as_of: str
    version: str
    as_of_is_exact: bool = True


class _WindowMeta(_Meta):
    start_date: IsoDate | None = None
    end_date: IsoDate | None = None


class _App(BaseModel):
    app_id: int
    app_name: str
    rank: int
    total_requests: int
    total_tokens: Digits


class _Apps(BaseModel):
    data: list[_App] = Field(min_length=1)
    meta: _WindowMeta


class _SessionCost(BaseModel):
    app_name: str
    app_slug: str
    model_permaslug: str
    turn_range: str
    median_session_cost_usd: float


class _SessionCostMeta(_Meta):
    window_days: int
    window_end_date: IsoDate


class _SessionCosts(BaseModel):
    data: list[_SessionCost] = Field(min_length=1)
    meta: _SessionCostMeta


class _Share(BaseModel):
    usage_share: float = Field(ge=0, le=1)
    token_share: float = Field(ge=0, le=1)


class _Task(_Share):
    tag: str
    display_name: str | None = None
    macro_category: str


class _MacroCategory(_Share):
    key: str
    label: str | None = None


class _TaskData(BaseModel):
    as_of: IsoDate
    window_days: int
    classifications: list[_Task]
    macro_categories: list[_MacroCategory] = Field(min_length=1)


class _Tasks(BaseModel):
    data: _TaskData


class _Benchmark(BaseModel, extra="allow"):
    source: str
    model_permaslug: str
    display_name: str | None = None


class _BenchmarkMeta(_Meta):
    citation: str | None = None


class _Benchmarks(BaseModel):
    data: list[_Benchmark] = Field(min_length=1)
    meta: _BenchmarkMeta


class _Activity(BaseModel):
    date: HeadDate
    model: str | None = None
    model_permaslug: str
    provider_name: str
    endpoint_id: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    usage: float
    byok_usage_inference: float | None = None
    workspace_id: str | None = None


class _Activities(BaseModel):
    data: list[_Activity] = Field(min_length=1)


APPS = TypeAdapter(_Apps)
SESSION_COSTS = TypeAdapter(_SessionCosts)
TASKS = TypeAdapter(_Tasks)
BENCHMARKS = TypeAdapter(_Benchmarks)
ACTIVITIES = TypeAdapter(_Activities)


class AppRankings(BaseModel):
    """An app's tokens and requests in a window; `category` is all, or a marketplace group."""

    as_of: datetime
    as_of_is_exact: bool
    window_start: date | None
    window_end: date | None
    category: str
    rank: int
    app_id: int
    app_name: str
    total_requests: int
    total_tokens: int


class SessionCosts(BaseModel):
    """Median cost in USD of an app's sessions on a model, by the length of the session."""

    as_of: datetime
    as_of_is_exact: bool
    window_days: int
    window_end: date
    app_name: str
    app_slug: str
    model_permaslug: str
    turn_range: str
    median_session_cost_usd: float


class TaskClassifications(BaseModel):
    """A task's share of the classified, sampled traffic; a row without tag is a macro category."""

    as_of: datetime
    window_days: int
    macro_category: str
    tag: str | None
    label: str | None
    usage_share: float
    token_share: float


class Benchmarks(BaseModel):
    """A third party's score of a model, as JSON; stored in the home and cited, never shipped."""

    as_of: datetime
    version: str
    citation: str | None
    source: str
    model_permaslug: str
    display_name: str | None
    scores: str


class Activity(BaseModel):
    """The own account's usage on a day; money in USD.

    `usage_usd` is what the account was charged, `byok_usd` what own provider keys paid for.
    """

    as_of: datetime
    date: Day
    model_permaslug: str
    provider_name: str
    endpoint_id: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    usage_usd: float
    byok_usd: float | None
    model_id: str | None
    workspace_id: str | None


def read_apps(response: Response) -> Snapshot:
    """Read an app ranking."""
    body = check(response, APPS)
    check_version(response, body.meta.version)
    shared = {
        "window_start": body.meta.start_date,
        "window_end": body.meta.end_date,
        "category": response.request.parameter("category") or "all",
    }
    rows = [
        {**one.model_dump(), **shared, "total_tokens": tokens(response, one.total_tokens)}
        for one in body.data
    ]
    return _dated(response, AppRankings, rows, body.meta)


def read_session_costs(response: Response) -> Snapshot:
    """Read the median session costs."""
    body = check(response, SESSION_COSTS)
    check_version(response, body.meta.version)
    shared = {
        "window_days": body.meta.window_days,
        "window_end": body.meta.window_end_date,
    }
    rows = [{**one.model_dump(), **shared} for one in body.data]
    return _dated(response, SessionCosts, rows, body.meta)


def read_tasks(response: Response) -> Snapshot:
    """Read the task classes: the macro categories first, then the tags."""
    data = check(response, TASKS).data
    rows: list[dict[str, object]] = [
        {**one.model_dump(exclude={"key"}), "macro_category": one.key}
        for one in data.macro_categories
    ]
    rows += [
        {**one.model_dump(exclude={"display_name"}), "label": one.display_name}
        for one in data.classifications
    ]
    as_of = instant(response, f"{data.as_of}T00:00Z")
    rows = [{**row, "as_of": as_of, "window_days": data.window_days} for row in rows]
    return snapshot(response, TaskClassifications, rows, as_of)


def read_benchmarks(response: Response) -> Snapshot:
    """Read third parties' scores; sources measure different things, so scores stay JSON."""
    body = check(response, BENCHMARKS)
    check_version(response, body.meta.version)
    rows = [
        {
            **one.model_dump(include={"source", "model_permaslug", "display_name"}),
            "version": body.meta.version,
            "citation": body.meta.citation,
            "scores": json.dumps(one.model_extra, sort_keys=True),
        }
        for one in body.data
    ]
    return _dated(response, Benchmarks, rows, body.meta)


def read_activity(response: Response) -> Snapshot:
    """Read the own account's usage."""
    rows = [
        {
            **one.model_dump(exclude={"usage", "byok_usage_inference", "model"}),
            "model_id": one.model,
            "usage_usd": one.usage,
            "byok_usd": one.byok_usage_inference,
            "as_of": response.fetched_at,
        }
        for one in check(response, ACTIVITIES).data
    ]
    return snapshot(response, Activity, rows, response.fetched_at)


def _dated(
    response: Response, row: type[BaseModel], rows: list[dict[str, object]], meta: _Meta
) -> Snapshot:
    as_of = instant(response, meta.as_of)
    dated = [{**one, "as_of": as_of, "as_of_is_exact": meta.as_of_is_exact} for one in rows]
    return snapshot(response, row, dated, as_of, meta.as_of_is_exact)
