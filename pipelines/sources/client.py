"""The only place where HTTP is spoken: patient, bounded, and careful with the key."""

import time
from collections import deque
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType

import httpx
import stamina
from pydantic_core import from_json

from pipelines.errors import RefusalError
from pipelines.settings import Settings
from pipelines.sources.answer import Answer, Request, retry_after

# Retries are no news, and what a library logs of them would stand in our answers on stdout.
stamina.instrumentation.set_on_retry_hooks([])

ATTEMPTS = 5
PATIENCE = 45.0
"""Seconds after which one request gives up, retries included."""

LARGEST_ANSWER = 64 * 2**20
"""Bytes, decompressed: ten times the largest answer ever seen."""

KEPT_HEADERS = ("date", "content-type", "etag", "last-modified", "x-request-id", "cf-ray")
RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504, 520, 522, 524})

ADVICE = {
    401: "check OPENROUTER_API_KEY",
    403: "this key may not read it",
    429: "the limit is 30 requests a minute and 500 a day: try later",
}


_asked: deque[float] = deque()
"""When this process asked last, whichever client it was: the limit is the key's, not a client's."""


class _TryAgainError(Exception):
    """Something that may pass; `wait` is how many seconds the server asked for, if it did."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Client:
    """Asks one API; at most so many requests in any minute."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        """Use `transport` instead of the network if given (the recorded sample does)."""
        headers = {"User-Agent": "tokenhouse", "Accept": "application/json"}
        if settings.openrouter_api_key and transport is None:
            headers["Authorization"] = f"Bearer {settings.openrouter_api_key}"
        self._http = httpx.Client(
            base_url=settings.openrouter_base_url,
            headers=headers,
            follow_redirects=False,  # the key must not travel to another host
            trust_env=not settings.is_loopback,  # nor, unencrypted, through a proxy
            transport=transport,
        )
        self._keys = [
            key for key in (settings.openrouter_api_key, settings.openrouter_management_key) if key
        ]
        self._per_minute = settings.openrouter_requests_per_minute if transport is None else 0

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def ask(self, request: Request, key: str | None = None) -> Answer:
        """Return the answer to a request, status 200 and JSON; `key` replaces the usual one.

        Raises RefusalError: at once where trying again is no use, after ATTEMPTS tries or
        PATIENCE seconds where it might have been. The message never holds the key.
        """
        self._wait_for_turn()
        deadline = time.monotonic() + PATIENCE
        try:
            for attempt in stamina.retry_context(
                on=lambda error: (
                    isinstance(error, _TryAgainError)
                    and (error.wait if error.wait is not None else True)
                ),
                attempts=ATTEMPTS,
                timeout=PATIENCE,
                wait_max=8.0,
            ):
                with attempt:
                    if attempt.num > 1:
                        self._wait_for_turn()
                    return self._ask_once(request, key, deadline)
        except _TryAgainError as error:
            raise RefusalError(f"{request}: {error}") from None
        raise AssertionError("a retry context ends by return or by raise")

    def _ask_once(self, request: Request, key: str | None, deadline: float) -> Answer:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            with self._http.stream(
                "GET",
                request.path,
                params=dict(request.query),
                headers=headers,
                timeout=max(0.1, min(PATIENCE / 3, deadline - time.monotonic())),
            ) as response:
                body = _read(response, request, deadline)
        except httpx.TimeoutException:
            raise _TryAgainError("the server did not answer in time") from None
        except httpx.HTTPError as error:
            raise _TryAgainError(f"{type(error).__name__}: {error}") from None
        if response.status_code != 200:
            for secret in self._keys:
                body = body.replace(secret.encode(), b"[key]")
            _refuse_status(request, response, body)
        try:
            from_json(body)
        except ValueError as error:
            if "unicode" in str(error).lower():
                raise RefusalError(f"{request}: the answer is not valid UTF-8") from None
            raise _TryAgainError(
                "the answer is empty" if not body.strip() else "the answer is not JSON"
            ) from None
        kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        return Answer(request, response.status_code, kept, _answered_at(response), body)

    def _wait_for_turn(self) -> None:
        """Sleep until fewer than the allowed requests lie within the last minute."""
        if not self._per_minute:
            return
        while len(_asked) >= self._per_minute:
            time.sleep(max(0.0, _asked[0] + 60 - time.monotonic()))
            _asked.popleft()
        _asked.append(time.monotonic())


def _read(response: httpx.Response, request: Request, deadline: float) -> bytes:
    """Return the whole body, but neither an endless nor a dripping one."""
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise RefusalError(
                f"{request}: the answer is larger than {LARGEST_ANSWER // 2**20} MB: this is not "
                "what was asked for"
            )
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer came too slowly")
        chunks.append(chunk)
    return b"".join(chunks)


def _refuse_status(request: Request, response: httpx.Response, body: bytes) -> None:
    """Raise what an answer without success deserves, in the source's own words."""
    status = response.status_code
    try:
        message = str(from_json(body)["error"]["message"])
    except (ValueError, KeyError, TypeError, IndexError):
        message = response.reason_phrase
    line = " ".join(f"HTTP {status} {message}".split())[:300]
    line = f"{line}: {ADVICE[status]}" if status in ADVICE else line
    if status not in RETRIED_STATUS:
        raise RefusalError(f"{request}: {line}")
    wait = retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC))
    if wait is not None and wait > PATIENCE:
        raise RefusalError(f"{request}: {line} (it asks to wait {wait:.0f} seconds)")
    raise _TryAgainError(line, wait)


def _answered_at(response: httpx.Response) -> datetime:
    """Return the server's `Date`, the counterpart of `meta.as_of`; our clock where it is absent."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC).replace(microsecond=0)
