"""The offer: the catalogue, endpoints of models, providers, zero-retention endpoints."""

import json
from datetime import UTC, date, datetime

from pydantic import BaseModel, Field, TypeAdapter

from pipelines.sources.contracts.wire import LooseDate, Price, check
from pipelines.sources.response import Response
from pipelines.sources.snapshot import Snapshot, snapshot


class _PriceOverride(BaseModel, extra="allow"):
    min_prompt_tokens: int | None = None


class _Pricing(BaseModel):
    prompt: Price = None
    completion: Price = None
    input_cache_read: Price = None
    input_cache_write: Price = None
    overrides: list[_PriceOverride] | None = None


class _Architecture(BaseModel):
    modality: str | None = None  # responses of early 2025 have only this, like text+image->text
    input_modalities: list[str] | None = None
    output_modalities: list[str] | None = None


class _TopProvider(BaseModel):
    context_length: int | None = None
    max_completion_tokens: int | None = None


class _Model(BaseModel):
    id: str = Field(min_length=1)
    canonical_slug: str | None = None
    name: str | None = None
    created: int | None = None
    context_length: int | None = None
    architecture: _Architecture | None = None
    pricing: _Pricing | None = None
    top_provider: _TopProvider | None = None
    supported_parameters: list[str] | None = None
    expiration_date: LooseDate = None
    hugging_face_id: str | None = None


class _Catalogue(BaseModel):
    data: list[_Model] = Field(min_length=1)


class _Percentiles(BaseModel):
    p50: float | None = None
    p99: float | None = None


class _Endpoint(BaseModel):
    provider_name: str = Field(min_length=1)
    tag: str | None = None
    model_name: str | None = None
    quantization: str | None = None
    context_length: int | None = None
    max_completion_tokens: int | None = None
    pricing: _Pricing = _Pricing()
    uptime_last_30m: float | None = None
    latency_last_30m: _Percentiles | None = None
    throughput_last_30m: _Percentiles | None = None


class _ModelEndpoints(BaseModel):
    id: str = Field(min_length=1)
    endpoints: list[_Endpoint]


class _EndpointsOfModel(BaseModel):
    data: _ModelEndpoints


class _ZeroRetention(BaseModel):
    data: list[_Endpoint] = Field(min_length=1)


class _Provider(BaseModel):
    slug: str = Field(min_length=1)
    name: str | None = None
    headquarters: str | None = None
    datacenters: list[str] | None = None
    privacy_policy_url: str | None = None
    terms_of_service_url: str | None = None
    status_page_url: str | None = None


class _Providers(BaseModel):
    data: list[_Provider] = Field(min_length=1)


CATALOGUE = TypeAdapter(_Catalogue)
ENDPOINTS = TypeAdapter(_EndpointsOfModel)
ZERO_RETENTION = TypeAdapter(_ZeroRetention)
PROVIDERS = TypeAdapter(_Providers)


class Models(BaseModel):
    """A model on offer; prices in USD per token as printed, NULL if the catalogue has none."""

    fetched_at: datetime
    model_id: str
    canonical_slug: str | None
    name: str
    created_at: datetime | None
    context_length: int | None
    max_completion_tokens: int | None
    input_modalities: list[str] | None
    output_modalities: list[str] | None
    supported_parameters: list[str] | None
    prompt_price: str | None
    completion_price: str | None
    cache_read_price: str | None
    cache_write_price: str | None
    price_overrides: str | None
    override_from_prompt_tokens: int | None
    expiration_date: date | None
    hugging_face_id: str | None
    served_context_length: int | None


class Endpoints(BaseModel):
    """A provider's offer of a model: USD per token, latency in seconds, tokens a second."""

    fetched_at: datetime
    model_id: str | None
    provider_name: str
    tag: str | None
    model_name: str | None
    quantization: str | None
    context_length: int | None
    max_completion_tokens: int | None
    prompt_price: str | None
    completion_price: str | None
    cache_read_price: str | None
    uptime_last_30m: float | None
    latency_p50: float | None
    latency_p99: float | None
    throughput_p50: float | None
    throughput_p99: float | None


class ZeroRetentionEndpoints(Endpoints):
    """An endpoint that retains no data: the list itself is the flag, and has no model_id."""


class Providers(BaseModel):
    """A company that serves models; a blank is unknown, never safe."""

    fetched_at: datetime
    provider: str
    name: str | None
    headquarters: str | None
    datacenters: list[str] | None
    privacy_policy_url: str | None
    terms_of_service_url: str | None
    status_page_url: str | None


def read_models(response: Response) -> Snapshot:
    """Read the catalogue, sorted by id."""
    rows = [_model_row(model, response.fetched_at) for model in check(response, CATALOGUE).data]
    return snapshot(response, Models, _sorted(rows, "model_id"), response.fetched_at)


def read_endpoints(response: Response) -> Snapshot:
    """Read the endpoints of one model; there may be none."""
    model = check(response, ENDPOINTS).data
    rows = [_endpoint_row(one, model.id, response.fetched_at) for one in model.endpoints]
    return snapshot(response, Endpoints, rows, response.fetched_at)


def read_zero_retention(response: Response) -> Snapshot:
    """Read the list of endpoints that retain no data."""
    rows = [
        _endpoint_row(one, None, response.fetched_at)
        for one in check(response, ZERO_RETENTION).data
    ]
    return snapshot(response, ZeroRetentionEndpoints, rows, response.fetched_at)


def read_providers(response: Response) -> Snapshot:
    """Read the list of providers, sorted by slug."""
    rows = [
        {
            **one.model_dump(exclude={"slug"}),
            "provider": one.slug,
            "fetched_at": response.fetched_at,
        }
        for one in check(response, PROVIDERS).data
    ]
    return snapshot(response, Providers, _sorted(rows, "provider"), response.fetched_at)


def _known_instant(seconds: int | None) -> datetime | None:
    """Return an instant from Unix seconds; zero, and anything beyond the calendar, is unknown."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None


def _sorted(rows: list[dict[str, object]], column: str) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: str(row[column]))


def _model_row(model: _Model, fetched_at: datetime) -> dict[str, object]:
    pricing = model.pricing or _Pricing()
    architecture = model.architecture or _Architecture()
    inputs, outputs = architecture.input_modalities, architecture.output_modalities
    if inputs is None and outputs is None and architecture.modality:
        left, _, right = architecture.modality.partition("->")
        inputs, outputs = left.split("+"), right.split("+")
    overrides = [one.model_dump(exclude_none=True) for one in pricing.overrides or []]
    return {
        "fetched_at": fetched_at,
        "model_id": model.id,
        "canonical_slug": model.canonical_slug,
        "name": model.name or model.id,
        "created_at": _known_instant(model.created),
        "context_length": model.context_length,
        "max_completion_tokens": model.top_provider and model.top_provider.max_completion_tokens,
        "input_modalities": inputs and sorted(inputs),
        "output_modalities": outputs and sorted(outputs),
        "supported_parameters": model.supported_parameters and sorted(model.supported_parameters),
        "prompt_price": pricing.prompt,
        "completion_price": pricing.completion,
        "cache_read_price": pricing.input_cache_read,
        "cache_write_price": pricing.input_cache_write,
        "price_overrides": json.dumps(overrides, sort_keys=True) if overrides else None,
        "override_from_prompt_tokens": min(
            (one.min_prompt_tokens or 0 for one in pricing.overrides or []), default=None
        ),
        "expiration_date": model.expiration_date,
        "hugging_face_id": model.hugging_face_id or None,
        "served_context_length": model.top_provider and model.top_provider.context_length,
    }


def _endpoint_row(one: _Endpoint, model_id: str | None, fetched_at: datetime) -> dict[str, object]:
    latency = one.latency_last_30m or _Percentiles()
    throughput = one.throughput_last_30m or _Percentiles()
    return {
        "fetched_at": fetched_at,
        "model_id": model_id,
        **one.model_dump(exclude={"pricing", "latency_last_30m", "throughput_last_30m"}),
        "prompt_price": one.pricing.prompt,
        "completion_price": one.pricing.completion,
        "cache_read_price": one.pricing.input_cache_read,
        "latency_p50": latency.p50,
        "latency_p99": latency.p99,
        "throughput_p50": throughput.p50,
        "throughput_p99": throughput.p99,
    }
