"""OpenRouter's Data API: the client and the typed contracts of its answers.

What the source promises is written down here and nowhere else: token counts are decimal strings
and become integers without passing through a float; a day has at most fifty models and one `other`
row; every answer says as of when it is true.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, TypeVar

import httpx
import stamina
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field
from pydantic import ValidationError as ContractError

from pipelines.errors import RefusalError
from pipelines.settings import Settings

ATTEMPTS = 5
PATIENCE = 45.0
"""Seconds after which one request gives up, retries included."""

ROWS_PER_DAY = 51
LARGEST_BIGINT = 2**63 - 1
RETRIED_STATUS = frozenset({429, 500, 502, 503, 504})

Answer = TypeVar("Answer", bound=BaseModel)


def _token_count(value: object) -> int:
    """Read a decimal string; anything a float could have touched is refused."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]+", value):
        raise ValueError("must be a decimal string of digits")
    count = int(value)
    if count > LARGEST_BIGINT:
        raise ValueError("does not fit a signed 64-bit integer")
    return count


def _calendar_date(value: object) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("must be a date, YYYY-MM-DD")
    return date.fromisoformat(value)


def _price(value: str) -> str:
    """Keep a price as printed, but only if it is a number."""
    try:
        Decimal(value)
    except InvalidOperation:
        raise ValueError("must be a decimal string") from None
    return value


TokenCount = Annotated[int, BeforeValidator(_token_count)]
CalendarDate = Annotated[date, BeforeValidator(_calendar_date)]
ExpirationDate = Annotated[date | None, BeforeValidator(lambda value: value and str(value)[:10])]
Price = Annotated[str, AfterValidator(_price)]


class RankingRow(BaseModel):
    """One model on one day; `total_tokens` counts prompt and completion together."""

    date: CalendarDate
    model_permaslug: str = Field(min_length=1)
    total_tokens: TokenCount


class Meta(BaseModel):
    """What an answer says of itself. `as_of_is_exact` is ours: recordings without one say false."""

    as_of: AwareDatetime
    version: str
    start_date: CalendarDate
    end_date: CalendarDate
    as_of_is_exact: bool = True


class Rankings(BaseModel):
    """The answer of `GET /datasets/rankings-daily`."""

    data: list[RankingRow]
    meta: Meta


class PriceOverride(BaseModel, extra="allow"):
    """Another price under a condition, such as a prompt longer than `min_prompt_tokens`."""

    min_prompt_tokens: int | None = None


class Pricing(BaseModel):
    """Prices in USD per token, as printed; absent is unknown, never zero."""

    prompt: Price | None = None
    completion: Price | None = None
    input_cache_read: Price | None = None
    input_cache_write: Price | None = None
    overrides: list[PriceOverride] = []


class Architecture(BaseModel):
    """What goes in and out; answers of early 2025 have only `modality`, like `text->text`."""

    modality: str | None = None
    input_modalities: list[str] | None = None
    output_modalities: list[str] | None = None


class TopProvider(BaseModel):
    """Limits at the provider that OpenRouter ranks first."""

    max_completion_tokens: int | None = None


class CatalogueModel(BaseModel):
    """One model of the catalogue; `canonical_slug` is absent in answers of 2025."""

    id: str = Field(min_length=1)
    canonical_slug: str | None = None
    name: str
    created: int | None = None
    context_length: int | None = None
    architecture: Architecture = Architecture()
    pricing: Pricing
    top_provider: TopProvider = TopProvider()
    supported_parameters: list[str] | None = None
    expiration_date: ExpirationDate = None
    hugging_face_id: str | None = None


class Catalogue(BaseModel):
    """The answer of `GET /models`, with the instant at which it was made."""

    data: list[CatalogueModel] = Field(min_length=1)
    fetched_at: AwareDatetime


def open_client(settings: Settings, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return a client for the API; `transport` replaces the network (the recorded sample does)."""
    headers = {"User-Agent": "tokenhouse"}
    if settings.openrouter_api_key and transport is None:
        headers["Authorization"] = f"Bearer {settings.openrouter_api_key}"
    return httpx.Client(
        base_url=settings.openrouter_base_url,
        headers=headers,
        timeout=httpx.Timeout(30.0, connect=10.0),
        follow_redirects=False,  # the key must not travel to another host
        transport=transport,
    )


def rankings_daily(client: httpx.Client, start: date, end: date) -> Rankings:
    """Ask for the tokens per model and day, `start` to `end` (UTC, both included).

    Returns rows sorted by date and slug, identical duplicates folded into one.
    Raises RefusalError when the source refuses or the answer breaks its contract.
    """
    where = f"rankings-daily {start}…{end}"
    query = {"start_date": start.isoformat(), "end_date": end.isoformat(), "period": "day"}
    response = _get(client, "datasets/rankings-daily", query, where)
    answer = _read(Rankings, response.json(), where)
    if answer.meta.version != "v1":
        raise RefusalError(
            f"{where}: the answer is of version {answer.meta.version!r}; only v1 is understood: "
            "look for a newer tokenhouse"
        )
    answer.data = _distinct(answer.data, start, end, where)
    return answer


def models(client: httpx.Client) -> Catalogue:
    """Ask for the whole catalogue: every output modality, prices as of now.

    The instant is the server's `Date` header, the counterpart of `meta.as_of`.
    Raises RefusalError when the source refuses or the answer breaks its contract.
    """
    response = _get(client, "models", {"output_modalities": "all"}, "models")
    body = response.json()
    if not isinstance(body, dict):
        raise RefusalError("models: the answer is not a JSON object")
    return _read(Catalogue, {**body, "fetched_at": _answered_at(response)}, "models")


def _distinct(rows: Iterable[RankingRow], start: date, end: date, where: str) -> list[RankingRow]:
    """Check what no single row can show, and return the rows in one order."""
    counts: dict[tuple[date, str], int] = {}
    for row in rows:
        if not start <= row.date <= end:
            raise RefusalError(f"{where}: a row is dated {row.date}, outside the days asked for")
        known = counts.setdefault((row.date, row.model_permaslug), row.total_tokens)
        if known != row.total_tokens:
            raise RefusalError(
                f"{where}: {row.model_permaslug} on {row.date} has two values, "
                f"{known} and {row.total_tokens}"
            )
    if not counts:
        raise RefusalError(f"{where}: the answer holds no rows")
    per_day: dict[date, int] = {}
    for day, _ in counts:
        per_day[day] = per_day.get(day, 0) + 1
        if per_day[day] > ROWS_PER_DAY:
            raise RefusalError(f"{where}: {day} has more than {ROWS_PER_DAY} rows")
    return [
        RankingRow.model_construct(date=day, model_permaslug=slug, total_tokens=tokens)
        for (day, slug), tokens in sorted(counts.items())
    ]


def _get(client: httpx.Client, path: str, query: dict[str, str], where: str) -> httpx.Response:
    """Send one request, patiently, and return an answer that is JSON with status 200."""
    try:
        for attempt in stamina.retry_context(
            on=_worth_retrying(), attempts=ATTEMPTS, timeout=PATIENCE, wait_max=10.0
        ):
            with attempt:
                response = client.get(path, params=query)
                if response.status_code in RETRIED_STATUS:
                    response.raise_for_status()
                if response.is_success:
                    response.json()
    except httpx.HTTPStatusError as error:
        response = error.response
    except httpx.HTTPError as error:
        raise RefusalError(f"{where}: {type(error).__name__}: {error}") from None
    except ValueError:
        raise RefusalError(f"{where}: the answer is not JSON") from None
    if not response.is_success:
        raise RefusalError(f"{where}: {_refusal(response)}")
    return response


def _worth_retrying() -> Callable[[Exception], bool | float]:
    """Return stamina's hook: which errors may pass, and how long the source asks to wait."""

    def hook(error: Exception) -> bool | float:
        if isinstance(error, httpx.HTTPStatusError):
            wait = error.response.headers.get("Retry-After", "")
            return float(wait) if re.fullmatch(r"[0-9]{1,4}", wait) else True
        return isinstance(error, httpx.TransportError | httpx.DecodingError | ValueError)

    return hook


def _refusal(response: httpx.Response) -> str:
    """Put the source's own words in one line, with what to do."""
    try:
        message = str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = response.reason_phrase
    advice = {
        401: "check OPENROUTER_API_KEY",
        403: "this key may not read the data API",
        429: "the limit is 30 requests a minute and 500 a day: try later",
    }.get(response.status_code)
    line = " ".join(f"HTTP {response.status_code} {message}".split())[:300]
    return f"{line}: {advice}" if advice else line


def _read(contract: type[Answer], body: Any, where: str) -> Answer:
    """Check an answer against its contract; the refusal names the field."""
    try:
        return contract.model_validate(body)
    except ContractError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise RefusalError(f"{where}: field {field}: {reason}") from None


def _answered_at(response: httpx.Response) -> datetime:
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC).replace(microsecond=0)
