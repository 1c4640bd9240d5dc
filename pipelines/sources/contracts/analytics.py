"""OpenRouter's analytics of the own account: a row for each day, model and variant."""

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter

from pipelines.sources.contracts.wire import LARGEST_BIGINT, HeadDate, check
from pipelines.sources.response import Request, Response

PATH = "analytics/query"

LARGEST_ANSWER = 10_000
"""Rows that an answer has at most; a longer one is cut and says so."""

METRICS = {
    "request_count": "requests",
    "tokens_prompt": "prompt_tokens",
    "cached_tokens": "cache_read_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "tokens_completion": "completion_tokens",
    "credits_usage": "credits_usd",
    "byok_usage": "byok_usd",
}
"""What is requested, and the column that it becomes."""

Count = Annotated[int, Field(ge=0, le=LARGEST_BIGINT)]
"""A count, which the source writes as a string of digits."""

Usd = Annotated[Decimal, Field(ge=0, lt=10**6, allow_inf_nan=False)]


class _Row(BaseModel):
    date__day: HeadDate
    model: str | None
    variant: str | None
    request_count: Count
    tokens_prompt: Count
    cached_tokens: Count | None
    reasoning_tokens: Count | None
    tokens_completion: Count
    credits_usage: Usd
    byok_usage: Usd


class _Metadata(BaseModel):
    truncated: bool


class _Data(BaseModel):
    data: list[_Row]
    metadata: _Metadata


class _Analytics(BaseModel):
    data: _Data


ANALYTICS = TypeAdapter(_Analytics)


def request(first: date, end: date) -> Request:
    """Return the request for the days from `first` until before `end`."""
    content = {
        "metrics": [*METRICS],
        "dimensions": ["model", "variant"],
        "granularity": "day",
        "time_range": {"start": f"{first}T00:00:00Z", "end": f"{end}T00:00:00Z"},
        "limit": LARGEST_ANSWER,
    }
    return Request("usage_reported", PATH, content=json.dumps(content))


def read(response: Response) -> list[dict[str, Any]] | None:
    """Return the rows of an answer; None if it was cut, so that fewer days must be requested."""
    data = check(response, ANALYTICS).data
    if data.metadata.truncated:
        return None
    return [
        {
            "date": row.date__day,
            "model_raw": row.model,
            "variant": row.variant,
            **{column: getattr(row, name) for name, column in METRICS.items()},
        }
        for row in data.data
    ]
