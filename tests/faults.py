"""Every way in which the upstream misbehaves, one switch per fault, on a real HTTP server."""

import contextlib
import gzip
import json
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests import wire

Handler = Callable[[BaseHTTPRequestHandler], None]

DAY = "2026-05-18"
GOOD = wire.rankings(DAY, DAY, "2026-10-11T00:27:00Z")

ONCE = "refused at once"
RETRIED = "retried, refused if it lasts"
ACCEPTED = "accepted"


@dataclass(frozen=True)
class Fault:
    """A fault, what must come of it, and words the person reads."""

    name: str
    happens: str
    reads: str
    reply: wire.Reply | None = None
    handler: Handler | None = None


def error(status: int, message: str = "no", **headers: str) -> wire.Reply:
    body = json.dumps({"error": {"code": status, "message": message}}).encode()
    return status, body, headers


def changed(**meta: Any) -> dict[str, Any]:
    return {"data": GOOD["data"], "meta": {**GOOD["meta"], **meta}}


def rows(*more: dict[str, Any], drop: int = 0) -> dict[str, Any]:
    return {"data": [*GOOD["data"][drop:], *more], "meta": GOOD["meta"]}


def first(**fields: Any) -> dict[str, Any]:
    return {"data": [{**GOOD["data"][0], **fields}, *GOOD["data"][1:]], "meta": GOOD["meta"]}


def without(name: str) -> dict[str, Any]:
    short = {key: value for key, value in GOOD["data"][0].items() if key != name}
    return {"data": [short, *GOOD["data"][1:]], "meta": GOOD["meta"]}


def _start(handler: BaseHTTPRequestHandler, length: int, **headers: str) -> None:
    handler.send_response(200)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def reset(handler: BaseHTTPRequestHandler) -> None:
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.close_connection = True


def reset_midway(handler: BaseHTTPRequestHandler) -> None:
    _start(handler, 10_000)
    handler.wfile.write(b'{"data": [')
    handler.wfile.flush()
    reset(handler)


def wrong_length(handler: BaseHTTPRequestHandler) -> None:
    body = json.dumps(GOOD).encode()
    _start(handler, len(body) + 100)
    handler.wfile.write(body)
    handler.close_connection = True


def truncated_json(handler: BaseHTTPRequestHandler) -> None:
    body = json.dumps(GOOD).encode()[:-50]
    _start(handler, len(body))
    handler.wfile.write(body)


def truncated_gzip(handler: BaseHTTPRequestHandler) -> None:
    body = gzip.compress(json.dumps(GOOD).encode())[:-40]
    _start(handler, len(body), Content_Encoding="gzip")
    handler.wfile.write(body)


def no_gzip(handler: BaseHTTPRequestHandler) -> None:
    body = json.dumps(GOOD).encode()
    _start(handler, len(body), Content_Encoding="gzip")
    handler.wfile.write(body)


def silence(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    _start(handler, 100_000)
    with contextlib.suppress(OSError):
        for _ in range(30):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)


def endless(handler: BaseHTTPRequestHandler) -> None:
    _start(handler, 500 * 2**20)
    with contextlib.suppress(OSError):
        for _ in range(500):
            handler.wfile.write(b" " * 2**20)


def good_gzip(handler: BaseHTTPRequestHandler) -> None:
    body = gzip.compress(json.dumps(GOOD).encode())
    _start(handler, len(body), Content_Encoding="gzip")
    handler.wfile.write(body)


HTML = b"<!doctype html><title>Just a moment</title>"
WEB = {"Content-Type": "text/html"}

FAULTS = [
    Fault("401", ONCE, "HTTP 401 no: check OPENROUTER_API_KEY", error(401)),
    Fault("403", ONCE, "HTTP 403 no: this key may not read it", error(403)),
    Fault("400", ONCE, "HTTP 400 no", error(400)),
    Fault("404 without a body", ONCE, "HTTP 404 Not Found", (404, b"", {})),
    Fault(
        "redirect to another host", ONCE, "HTTP 302", (302, b"", {"Location": "https://x.invalid"})
    ),
    Fault("429", RETRIED, "HTTP 429", error(429)),
    Fault("429, Retry-After 0", RETRIED, "HTTP 429", error(429, **{"Retry-After": "0"})),
    Fault(
        "429, Retry-After a day",
        ONCE,
        "asks to wait 86400 seconds",
        error(429, **{"Retry-After": "86400"}),
    ),
    Fault("429, Retry-After negative", RETRIED, "HTTP 429", error(429, **{"Retry-After": "-1"})),
    Fault(
        "429, Retry-After a past date",
        RETRIED,
        "HTTP 429",
        error(429, **{"Retry-After": "Mon, 25 May 2026 08:00:00 GMT"}),
    ),
    Fault(
        "429, Retry-After a date years away",
        ONCE,
        "asks to wait",
        error(429, **{"Retry-After": "Mon, 25 May 2099 08:00:00 GMT"}),
    ),
    Fault("429, Retry-After garbage", RETRIED, "HTTP 429", error(429, **{"Retry-After": "soon²"})),
    Fault("500", RETRIED, "HTTP 500", error(500)),
    Fault("502 with HTML", RETRIED, "HTTP 502", (502, HTML, WEB)),
    Fault("503", RETRIED, "HTTP 503", error(503)),
    Fault("connection reset", RETRIED, "Error", handler=reset),
    Fault("reset midway", RETRIED, "Error", handler=reset_midway),
    Fault("read timeout", RETRIED, "did not answer in time", handler=silence),
    Fault("slow drip", RETRIED, "did not answer in time", handler=drip),
    Fault("truncated gzip", RETRIED, "the answer is not JSON", handler=truncated_gzip),
    Fault("gzip that is none", RETRIED, "DecodingError", handler=no_gzip),
    Fault("wrong content length", RETRIED, "RemoteProtocolError", handler=wrong_length),
    Fault("truncated JSON", RETRIED, "the answer is not JSON", handler=truncated_json),
    Fault("200 with an HTML page", RETRIED, "the answer is not JSON", (200, HTML, WEB)),
    Fault("empty body", RETRIED, "the answer is empty", (200, b"", {})),
    Fault("invalid UTF-8", ONCE, "not valid UTF-8", (200, b'{"data": "\xff\xfe"}', {})),
    Fault("a 500 MB answer", ONCE, "larger than 64 MB", handler=endless),
    Fault("empty data", ONCE, "the answer holds no rows", wire.as_reply(rows(drop=51))),
    Fault("a list, not an object", ONCE, "field body", wire.as_reply([])),
    Fault("meta.version v2", ONCE, "only v1 is understood", wire.as_reply(changed(version="v2"))),
    Fault("no meta", ONCE, "field meta", wire.as_reply({"data": GOOD["data"]})),
    Fault(
        "as_of without a zone",
        ONCE,
        "no time zone",
        wire.as_reply(changed(as_of="2026-05-26T08:00")),
    ),
    Fault(
        "as_of in the future",
        ONCE,
        "when it was answered",
        wire.as_reply(changed(as_of="2099-01-01T00:00:00Z")),
    ),
    Fault(
        "an impossible window",
        ONCE,
        "field meta.start_date",
        wire.as_reply(changed(start_date="2026-02-31")),
    ),
    Fault(
        "missing field", ONCE, "field data.0.total_tokens", wire.as_reply(without("total_tokens"))
    ),
    Fault(
        "no model", ONCE, "field data.0.model_permaslug", wire.as_reply(first(model_permaslug=""))
    ),
    Fault(
        "tokens as a number",
        ONCE,
        "field data.0.total_tokens",
        wire.as_reply(first(total_tokens=7)),
    ),
    Fault(
        "tokens as a float",
        ONCE,
        "field data.0.total_tokens",
        wire.as_reply(first(total_tokens=7.5)),
    ),
    Fault(
        "tokens negative",
        ONCE,
        "field data.0.total_tokens",
        wire.as_reply(first(total_tokens="-7")),
    ),
    Fault("tokens 10^30", ONCE, "total_tokens", wire.as_reply(first(total_tokens="1" + "0" * 30))),
    Fault("tokens 2^63", ONCE, "64-bit", wire.as_reply(first(total_tokens=str(2**63)))),
    Fault(
        "tokens with spaces",
        ONCE,
        "field data.0.total_tokens",
        wire.as_reply(first(total_tokens=" 7")),
    ),
    Fault(
        "tokens with a comma",
        ONCE,
        "field data.0.total_tokens",
        wire.as_reply(first(total_tokens="7,000")),
    ),
    Fault(
        "two other",
        ONCE,
        "two values",
        wire.as_reply(rows({"date": DAY, "model_permaslug": "other", "total_tokens": "1"}, drop=1)),
    ),
    Fault(
        "conflicting duplicates",
        ONCE,
        "two values",
        wire.as_reply(rows({**GOOD["data"][5], "total_tokens": "1"}, drop=1)),
    ),
    Fault(
        "60 rows a day",
        ONCE,
        "60 rows, more than 51",
        wire.as_reply(
            rows(*({**GOOD["data"][0], "model_permaslug": f"a/{number}"} for number in range(9)))
        ),
    ),
    Fault(
        "a date outside the window",
        ONCE,
        "outside the days",
        wire.as_reply(first(date="2026-05-25")),
    ),
    Fault(
        "an impossible date",
        ONCE,
        "is no day",
        wire.as_reply(first(date="2026-02-31")),
    ),
    Fault(
        "a date of another form", ONCE, "field data.0.date", wire.as_reply(first(date="18.05.2026"))
    ),
    Fault("extra fields", ACCEPTED, "", wire.as_reply({**first(new=1), "more": {"x": 1}})),
    Fault(
        "rows unsorted",
        ACCEPTED,
        "",
        wire.as_reply({"data": GOOD["data"][::-1], "meta": GOOD["meta"]}),
    ),
    Fault("identical duplicates", ACCEPTED, "", wire.as_reply(rows(GOOD["data"][5]))),
    Fault(
        "no row other",
        ACCEPTED,
        "",
        wire.as_reply({"data": GOOD["data"][:-1], "meta": GOOD["meta"]}),
    ),
    Fault("gzip", ACCEPTED, "", handler=good_gzip),
]
