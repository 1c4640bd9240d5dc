"""The only place where HTTP is spoken: patient, bounded, and careful with the key."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from textwrap import shorten
from types import TracebackType

import httpx
import stamina
from pydantic_core import from_json

from pipelines.errors import RefusalError
from pipelines.settings import Settings
from pipelines.sources import rate_limit, redaction
from pipelines.sources.deadline import ending_at
from pipelines.sources.plan import LARGEST_RUN
from pipelines.sources.response import BEGINNING, Request, Response, retry_after

# Retries are no news, and what a library logs of them would stand in our answers on stdout.
stamina.instrumentation.set_on_retry_hooks([])

ATTEMPTS = 5
PATIENCE = 45.0
"""Seconds after which a request gives up, retries included but not the wait for its turn.

One attempt may take half of them, and a silence within it a third.
"""

LARGEST_ANSWER = 64 * 2**20
"""Bytes, decompressed: ten times the largest answer ever seen."""

LONGEST_MESSAGE = 300
"""Characters of what a server says that are repeated."""

KEPT_HEADERS = ("date", "content-type", "etag", "last-modified", "x-request-id", "cf-ray")

LATER = "try again later"
MOVED = "redirects are not followed: set OPENROUTER_BASE_URL to where the API is now"
RETRIED = {
    408: LATER,
    429: f"the limit is 30 requests a minute and 500 a day: {LATER}",
    **dict.fromkeys((500, 502, 503, 504, 520, 522, 524), f"the source is out of order: {LATER}"),
}
"""What may pass, by status, and what to do if it does not."""

ADVICE = {
    **RETRIED,
    **dict.fromkeys((301, 302, 303, 307, 308), MOVED),
    400: "the source does not take this request: look for a newer tokenhouse",
    401: "check OPENROUTER_API_KEY",
    403: "this key may not read it",
    404: "check OPENROUTER_BASE_URL, or look for a newer tokenhouse",
}


class _TryAgainError(Exception):
    """Something that may pass; `wait` is how many seconds the server asked for, if it did."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Client:
    """Asks one API for one run: so many requests in all, and in any minute."""

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
            limits=httpx.Limits(max_keepalive_connections=0),  # a deadline cuts a connection
            transport=transport,
        )
        self._secret = redaction.pattern(
            [settings.openrouter_api_key, settings.openrouter_management_key]
        )
        self._is_live = transport is None
        self._home = settings.tokenhouse_home
        self._per_minute = settings.openrouter_requests_per_minute
        self._sent = 0

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def ask(self, request: Request, key: str | None = None) -> Response:
        """Return the answer to a request, status 200 and JSON; `key` replaces the usual one.

        Raises RefusalError: at once where trying again is no use or the run has sent all that a
        run may, after ATTEMPTS tries or PATIENCE seconds where it might have been. Neither the
        message nor the answer ever holds a key.
        """
        deadline = time.monotonic() + PATIENCE

        def may_pass(error: Exception) -> bool | float:
            if not isinstance(error, _TryAgainError):
                return False
            is_time_left = time.monotonic() + (error.wait or 0.0) < deadline
            return is_time_left and (error.wait is None or error.wait)

        try:
            for attempt in stamina.retry_context(
                on=may_pass, attempts=ATTEMPTS, timeout=None, wait_max=8.0
            ):
                with attempt, self._turn() as waited:
                    deadline += waited
                    half = time.monotonic() + PATIENCE / 2
                    return self._ask_once(request, key, min(half, deadline))
        except (RefusalError, _TryAgainError) as error:
            line = " ".join(f"{request}: {error}".split())
            raise RefusalError(redaction.masked(line, self._secret), "source_failed") from None
        raise AssertionError("a retry context ends by return or by raise")

    @contextmanager
    def _turn(self) -> Iterator[float]:
        """Yield, when one more request may be sent, the seconds that were waited for it."""
        if self._sent >= LARGEST_RUN:
            raise RefusalError(
                f"not asked: this run has sent {LARGEST_RUN} requests, retries included, and no "
                f"run sends more: {LATER}"
            )
        self._sent += 1
        if not self._is_live:
            yield 0.0
            return
        with rate_limit.turn(self._home, self._per_minute) as waited:
            yield waited

    def _ask_once(self, request: Request, key: str | None, deadline: float) -> Response:
        try:
            with (
                ending_at(deadline) as trace,
                self._http.stream(
                    "GET",
                    request.path,
                    params=dict(request.query),
                    headers={"Authorization": f"Bearer {key}"} if key else {},
                    timeout=max(0.1, min(PATIENCE / 3, deadline - time.monotonic())),
                    extensions={"trace": trace},
                ) as response,
            ):
                body = _read(response)
        except httpx.TimeoutException:
            raise _TryAgainError(f"the server did not answer in time: {LATER}") from None
        except httpx.ConnectError as error:
            host = self._http.base_url.copy_with(userinfo=b"")
            raise _TryAgainError(
                f"{host} cannot be reached ({error}): check the network and OPENROUTER_BASE_URL"
            ) from None
        except httpx.HTTPError as error:
            raise _TryAgainError(
                f"the answer broke off or is garbled ({_short(f'{error}')}): {LATER}"
            ) from None
        if response.status_code != 200:
            _refuse_status(response, body)
        _check_json(body)
        kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        if any(self._secret.search(text) for text in (body, f"{kept}".encode())):
            raise RefusalError("the answer repeats the key: nothing of it is kept")
        return Response(request, response.status_code, kept, _answered_at(response), body)


def _short(text: str) -> str:
    """Return whole words of a text: of half a key nobody could tell that it is one."""
    return shorten(
        text, LONGEST_MESSAGE, placeholder=" …", break_long_words=False, break_on_hyphens=False
    )


def _read(response: httpx.Response) -> bytes:
    """Return the whole body, but not an endless one."""
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise RefusalError(
                f"the answer is larger than {LARGEST_ANSWER // 2**20} MB: this is not what was "
                "asked for, check OPENROUTER_BASE_URL"
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _check_json(body: bytes) -> None:
    """Raise what a body deserves that is no JSON."""
    try:
        from_json(body)
    except ValueError as error:
        if "unicode" in f"{error}".lower():
            raise RefusalError(f"the answer is not valid UTF-8: {LATER}") from None
        if not body.strip():
            raise _TryAgainError(f"the answer is empty: {LATER}") from None
        raise _TryAgainError(
            f"the answer is not JSON: check OPENROUTER_BASE_URL and any proxy, or {LATER}"
        ) from None


def _refuse_status(response: httpx.Response, body: bytes) -> None:
    """Raise what an answer without success deserves, in the source's own words."""
    status = response.status_code
    try:
        message = f"{from_json(body)['error']['message']}"
    except (ValueError, KeyError, TypeError, IndexError):
        message = response.reason_phrase
    line = _short(f"HTTP {status} {message}")
    line = f"{line}: {ADVICE[status]}" if status in ADVICE else line
    if status not in RETRIED:
        raise RefusalError(line)
    wait = retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC))
    if wait is not None and wait > PATIENCE:
        raise RefusalError(f"{line} (it asks to wait {wait:.0f} seconds)")
    raise _TryAgainError(line, wait)


def _answered_at(response: httpx.Response) -> datetime:
    """Return the server's `Date`, the counterpart of `meta.as_of`; our clock where it tells none.

    An HTTP date is in UTC, whether it says so or not.
    """
    try:
        told = parsedate_to_datetime(response.headers["Date"])
        instant = told.replace(tzinfo=told.tzinfo or UTC).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        instant = datetime.min.replace(tzinfo=UTC)
    return instant if instant >= BEGINNING else datetime.now(UTC).replace(microsecond=0)
