"""Send the requests to OpenRouter, with retries and limits; keys never appear in output."""

import json
import ssl
import time
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from textwrap import shorten
from types import TracebackType

import httpx
import stamina
from pydantic_core import from_json

from pipelines.errors import RefusalError
from pipelines.home.files import chain
from pipelines.limits import LARGEST_RESPONSE
from pipelines.settings import Settings
from pipelines.sources import rate_limit, redaction
from pipelines.sources.deadline import ending_at
from pipelines.sources.plan import LARGEST_RUN
from pipelines.sources.response import BEGINNING, Request, Response, retry_after
from pipelines.text import without_lone_surrogates

# A library that logs its retries would write them into our output on stdout.
stamina.instrumentation.set_on_retry_hooks([])

ATTEMPTS = 5
PATIENCE = 45.0
"""Seconds after which a request gives up, with retries but without the wait for its turn.

One attempt may last half of them, and a silence within it a third.
"""

ENCODING = "gzip"
"""The only Content-Encoding that is requested and accepted."""

LONGEST_MESSAGE = 300
"""Characters of a server's message that an error repeats."""

STORED_HEADERS = ("date", "content-type", "etag", "last-modified", "x-request-id", "cf-ray")

LATER = "try again later"
MOVED = "redirects are not followed: set OPENROUTER_BASE_URL to the new address"
RETRIED = {
    408: LATER,
    429: f"the limit is 30 requests a minute and 500 a day: {LATER}",
    **dict.fromkeys((500, 502, 503, 504, 520, 522, 524), f"the source has a fault: {LATER}"),
}
"""Statuses that are retried, and what to do if they last."""

ADVICE = {
    **RETRIED,
    **dict.fromkeys((301, 302, 303, 307, 308), MOVED),
    400: "the source rejects this request: look for a newer tokenhouse",
    401: "check OPENROUTER_{kind}_KEY",
    403: "this key has no access to it",
    404: "check OPENROUTER_BASE_URL, or look for a newer tokenhouse",
}


class _TryAgainError(Exception):
    """A fault that may pass; `wait` is the number of seconds that the server requested, if any."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Client:
    """The client of one API for one run, with a limit on requests in total and per minute."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        """Use `transport` instead of the network if given, as for the recorded sample."""
        headers = {
            "User-Agent": "tokenhouse",
            "Accept": "application/json",
            "Accept-Encoding": ENCODING,
        }
        if settings.openrouter_api_key and transport is None:
            headers["Authorization"] = f"Bearer {settings.openrouter_api_key}"
        self._http = httpx.Client(
            base_url=settings.openrouter_base_url,
            headers=headers,
            follow_redirects=False,  # the key must not travel to another host
            trust_env=not settings.is_loopback,  # nor, unencrypted, through a proxy
            limits=httpx.Limits(max_keepalive_connections=0),  # a deadline closes a connection
            transport=transport,
        )
        self._secret = redaction.pattern(
            [settings.openrouter_api_key, settings.openrouter_management_key]
        )
        self.is_live = transport is None
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

    def fetch(self, request: Request, key: str | None = None) -> Response:
        """Return the response to a request, status 200 and JSON; `key` replaces the usual one.

        Raises RefusalError: at once if a retry is useless or the run has used up its requests, else
        after ATTEMPTS tries or PATIENCE seconds. Neither the message nor the response ever contains
        a key.
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
                    return self._fetch_once(request, key, min(half, deadline))
        except (RefusalError, _TryAgainError) as error:
            line = " ".join(f"{request}: {error}".split())
            raise RefusalError(redaction.masked(line, self._secret), "source_failed") from None
        raise AssertionError("a retry context ends with return or raise")

    @contextmanager
    def _turn(self) -> Iterator[float]:
        """Wait until one more request may be sent; yield the seconds waited."""
        if self._sent >= LARGEST_RUN:
            raise RefusalError(
                f"not sent: this run has sent {LARGEST_RUN} requests, retries included, the most "
                f"that a run may send: {LATER}"
            )
        self._sent += 1
        if not self.is_live:
            yield 0.0
            return
        with rate_limit.turn(self._home, self._per_minute) as waited:
            yield waited

    def _fetch_once(self, request: Request, key: str | None, deadline: float) -> Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if request.content:
            headers["Content-Type"] = "application/json"
        try:
            with (
                ending_at(deadline) as trace,
                self._http.stream(
                    "POST" if request.content else "GET",
                    request.path,
                    params=dict(request.query),
                    content=request.content or None,
                    headers=headers,
                    timeout=max(0.1, min(PATIENCE / 3, deadline - time.monotonic())),
                    extensions={"trace": trace},
                ) as response,
            ):
                body = _read(response)
        except httpx.TimeoutException:
            raise _TryAgainError(f"the server did not respond in time: {LATER}") from None
        except httpx.ConnectError as error:
            raise _unreachable(self._http.base_url.copy_with(userinfo=b""), error) from None
        except httpx.HTTPError as error:
            raise _TryAgainError(
                f"the response broke off or is garbled ({_short(f'{error}')}): {LATER}"
            ) from None
        if response.status_code != 200:
            _refuse_status(response, body, "MANAGEMENT" if key else "API")
        _check_json(body)
        stored = {
            name: response.headers[name] for name in STORED_HEADERS if name in response.headers
        }
        if any(self._secret.search(text) for text in (body, f"{stored}".encode())):
            raise RefusalError("the response repeats the key: nothing of it is stored")
        return Response(request, response.status_code, stored, _response_instant(response), body)


def _unreachable(host: httpx.URL, error: httpx.ConnectError) -> RefusalError | _TryAgainError:
    """Return why there is no connection: no retry makes a certificate valid."""
    for one in chain(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return RefusalError(
                f"{host} has no valid certificate ({one.verify_message}): check this machine's "
                "clock, OPENROUTER_BASE_URL and any proxy"
            )
    return _TryAgainError(
        f"{host} cannot be reached ({error}): check the network and OPENROUTER_BASE_URL"
    )


def _short(text: str) -> str:
    """Return a text cut at a whole word: half a key would not be recognised and masked."""
    return shorten(
        text, LONGEST_MESSAGE, placeholder=" …", break_long_words=False, break_on_hyphens=False
    )


def _read(response: httpx.Response) -> bytes:
    """Return the whole body, decompressed; RefusalError if it is too large or wrongly encoded."""
    chunks, size = [], 0
    with closing(_decoded(response)) as decoded:
        for chunk in decoded:
            size += len(chunk)
            if size > LARGEST_RESPONSE:
                raise RefusalError(
                    f"the response is larger than {LARGEST_RESPONSE // 2**20} MB: this is not what "
                    "was requested, check OPENROUTER_BASE_URL"
                )
            chunks.append(chunk)
    return b"".join(chunks)


def _decoded(response: httpx.Response) -> Generator[bytes, None, None]:
    """Yield the decompressed body in pieces that each have at most LARGEST_RESPONSE + 1 bytes.

    httpx would decompress each chunk whole and every layer of `gzip, gzip`: 3 KB can become 2 GB.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "identity":
        yield from response.iter_raw()
        return
    if encoding != ENCODING:
        raise RefusalError(
            f"the response is encoded as {_short(encoding)!r}, which was not requested: check "
            "OPENROUTER_BASE_URL and any proxy"
        )
    gzip = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    for chunk in response.iter_raw():
        try:
            yield gzip.decompress(chunk, LARGEST_RESPONSE + 1)
        except zlib.error as error:
            raise httpx.DecodingError(f"{error}") from None


def _check_json(body: bytes) -> None:
    """Raise the error for a body that is not JSON, or that has two values for a field."""
    try:
        from_json(without_lone_surrogates(body))
        json.loads(without_lone_surrogates(body), object_pairs_hook=_check_once)
    except ValueError as error:
        if "unicode" in f"{error}".lower():
            raise RefusalError(f"the response is not valid UTF-8: {LATER}") from None
        if not body.strip():
            raise _TryAgainError(f"the response is empty: {LATER}") from None
        raise _TryAgainError(
            f"the response is not JSON: check OPENROUTER_BASE_URL and any proxy, or {LATER}"
        ) from None


def _check_once(pairs: list[tuple[str, object]]) -> None:
    """Refuse an object with two values for a field: each parser would choose one of them."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        name = next(one for one in names if names.count(one) > 1)
        raise RefusalError(f"the response has two values for the field {_short(name)!r}: {LATER}")


def _refuse_status(response: httpx.Response, body: bytes, kind: str) -> None:
    """Raise the error for a status other than 200, with the source's own message.

    `kind` is which of the keys was sent, as its setting is named.
    """
    status = response.status_code
    try:
        message = f"{from_json(body)['error']['message']}"
    except (ValueError, KeyError, TypeError, IndexError):
        message = response.reason_phrase
    line = _short(f"HTTP {status} {message}")
    line = f"{line}: {ADVICE[status].format(kind=kind)}" if status in ADVICE else line
    if status not in RETRIED:
        raise RefusalError(line)
    wait = retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC))
    if wait is not None and wait > PATIENCE:
        raise RefusalError(f"{line} (it wants a wait of {wait:.0f} seconds)")
    raise _TryAgainError(line, wait)


def _response_instant(response: httpx.Response) -> datetime:
    """Return the server's `Date`, the counterpart of `meta.as_of`; without one, our clock.

    An HTTP date is in UTC, whether it says so or not.
    """
    try:
        parsed = parsedate_to_datetime(response.headers["Date"])
        instant = parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        instant = datetime.min.replace(tzinfo=UTC)
    return instant if instant >= BEGINNING else datetime.now(UTC).replace(microsecond=0)
