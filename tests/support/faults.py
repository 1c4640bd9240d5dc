"""Every way in which the upstream misbehaves, one switch per fault, on a real HTTP server."""

import errno
import json
from dataclasses import dataclass
from typing import Any

from tests.support import misbehaviour, wire
from tests.support.misbehaviour import DAY, GOOD

ONCE = "refused at once"
RETRIED = "retried, refused if it lasts"
ACCEPTED = "accepted"


@dataclass(frozen=True)
class Fault:
    """A fault, what must come of it, and what the person reads after the request's name."""

    name: str
    happens: str
    reads: str
    reply: wire.Reply | None = None
    handler: misbehaviour.Handler | None = None


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


HTML = b"<!doctype html><title>Just a moment</title>"
WEB = {"Content-Type": "text/html"}

STORED = "it is stored raw only, try again later"
LIMIT = "the limit is 30 requests a minute and 500 a day: try again later"
BROKEN = "the source has a fault: try again later"
RESET = (
    f"the response broke off or is garbled ([Errno {errno.ECONNRESET}] Connection reset by peer): "
    "try again later"
)
LATE = "the server did not respond in time: try again later"
NO_JSON = "the response is not JSON: check OPENROUTER_BASE_URL and any proxy, or try again later"
REPEATED = "the response repeats the key: nothing of it is stored"
ESCAPED = "".join(f"\\u{ord(character):04x}" for character in wire.KEY)
DIGITS = "must be a decimal string of digits"
LISTED, OTHER = GOOD["data"][5], GOOD["data"][-1]
RANGE = f"{DAY}…{DAY}"


def tokens(value: object) -> wire.Reply:
    return wire.as_reply(first(total_tokens=value))


def limited(after: str) -> wire.Reply:
    return error(429, **{"Retry-After": after})


FAULTS = [
    *(
        Fault(
            f"a Date of {date[:4]}",
            ONCE,
            f"the server's clock says {date} 08:00Z and this machine's ",
            (200, json.dumps(GOOD).encode(), {"Date": f"{day} 08:00:00 GMT"}),
        )
        for date, day in (
            ("2099-05-25", "Mon, 25 May 2099"),
            ("2025-05-26", "Mon, 26 May 2025"),
        )
    ),
    Fault("401", ONCE, "HTTP 401 no: check OPENROUTER_API_KEY", error(401)),
    Fault("403", ONCE, "HTTP 403 no: this key has no access to it", error(403)),
    Fault(
        "400",
        ONCE,
        "HTTP 400 no: the source rejects this request: look for a newer tokenhouse",
        error(400),
    ),
    Fault(
        "404 without a body",
        ONCE,
        "HTTP 404 Not Found: check OPENROUTER_BASE_URL, or look for a newer tokenhouse",
        (404, b"", {}),
    ),
    Fault(
        "redirect to another host",
        ONCE,
        "HTTP 302 Found: redirects are not followed: set OPENROUTER_BASE_URL to the new address",
        (302, b"", {"Location": "https://x.invalid"}),
    ),
    Fault("429", RETRIED, f"HTTP 429 no: {LIMIT}", error(429)),
    Fault("429, Retry-After 0", RETRIED, f"HTTP 429 no: {LIMIT}", limited("0")),
    Fault(
        "429, Retry-After a day",
        ONCE,
        f"HTTP 429 no: {LIMIT} (it wants a wait of 86400 seconds)",
        limited("86400"),
    ),
    Fault("429, Retry-After negative", RETRIED, f"HTTP 429 no: {LIMIT}", limited("-1")),
    Fault(
        "429, Retry-After a date in a moment",
        RETRIED,
        f"HTTP 429 Too Many Requests: {LIMIT}",
        handler=misbehaviour.near_date,
    ),
    Fault(
        "429, Retry-After a past date",
        RETRIED,
        f"HTTP 429 no: {LIMIT}",
        limited("Mon, 25 May 2026 08:00:00 GMT"),
    ),
    Fault(
        "429, Retry-After a date years away",
        ONCE,
        f"HTTP 429 no: {LIMIT} (it wants a wait of ",
        limited("Mon, 25 May 2099 08:00:00 GMT"),
    ),
    Fault("429, Retry-After garbage", RETRIED, f"HTTP 429 no: {LIMIT}", limited("soon²")),
    Fault("500", RETRIED, f"HTTP 500 no: {BROKEN}", error(500)),
    Fault("502 with HTML", RETRIED, f"HTTP 502 Bad Gateway: {BROKEN}", (502, HTML, WEB)),
    Fault("503", RETRIED, f"HTTP 503 no: {BROKEN}", error(503)),
    Fault(
        "connection reset",
        RETRIED,
        RESET,
        handler=misbehaviour.reset,
    ),
    Fault(
        "reset midway",
        RETRIED,
        RESET,
        handler=misbehaviour.reset_midway,
    ),
    Fault("read timeout", RETRIED, LATE, handler=misbehaviour.silence),
    Fault("slow drip", RETRIED, LATE, handler=misbehaviour.drip),
    Fault(
        "slow drip after a whole answer", RETRIED, LATE, handler=misbehaviour.drip_without_length
    ),
    Fault("slow drip of headers", RETRIED, LATE, handler=misbehaviour.header_drip),
    Fault(
        "slow drip of gzip that decodes to nothing", RETRIED, LATE, handler=misbehaviour.gzip_drip
    ),
    Fault("truncated gzip", RETRIED, NO_JSON, handler=misbehaviour.truncated_gzip),
    Fault(
        "gzip that is none",
        RETRIED,
        "the response broke off or is garbled (Error -3 while decompressing data: incorrect header "
        "check): try again later",
        handler=misbehaviour.no_gzip,
    ),
    Fault(
        "wrong content length",
        RETRIED,
        "the response broke off or is garbled (peer closed connection without sending complete "
        "message body",
        handler=misbehaviour.wrong_length,
    ),
    Fault("truncated JSON", RETRIED, NO_JSON, handler=misbehaviour.truncated_json),
    Fault("200 with an HTML page", RETRIED, NO_JSON, (200, HTML, WEB)),
    Fault("empty body", RETRIED, "the response is empty: try again later", (200, b"", {})),
    Fault(
        "invalid UTF-8",
        ONCE,
        "the response is not valid UTF-8: try again later",
        (200, b'{"data": "\xff\xfe"}', {}),
    ),
    Fault(
        "a 500 MB answer",
        ONCE,
        "the response is larger than 64 MB: this is not what was requested, check "
        "OPENROUTER_BASE_URL",
        handler=misbehaviour.endless,
    ),
    Fault(
        "gzip within gzip",
        ONCE,
        "the response is encoded as 'gzip, gzip', which was not requested: check "
        "OPENROUTER_BASE_URL and any proxy",
        handler=misbehaviour.nested_gzip,
    ),
    Fault(
        "the key in a message",
        ONCE,
        "HTTP 401 bad [key]: check OPENROUTER_API_KEY",
        error(401, f"bad {wire.KEY}"),
    ),
    Fault(
        "the key in a message, escaped",
        ONCE,
        "HTTP 401 bad [key]: check OPENROUTER_API_KEY",
        (401, f'{{"error": {{"message": "bad {ESCAPED}"}}}}'.encode(), {}),
    ),
    Fault(
        "the key where a message is cut",
        ONCE,
        "HTTP 401 … …: check OPENROUTER_API_KEY",
        error(401, f"… {'.' * 280}{wire.KEY}"),
    ),
    Fault(
        "the key in the status line",
        ONCE,
        "HTTP 401 bad [key]: check OPENROUTER_API_KEY",
        handler=misbehaviour.key_in_reason,
    ),
    Fault(
        "the key in an illegal status line",
        RETRIED,
        "the response broke off or is garbled (illegal status line: "
        "bytearray(b'HTTP/1.1 [key]')): try again later",
        handler=misbehaviour.key_in_status_line,
    ),
    Fault(
        "the key in an illegal header",
        RETRIED,
        "the response broke off or is garbled (illegal header line: bytearray(b'bad [key]')): try "
        "again later",
        handler=misbehaviour.key_in_illegal_header,
    ),
    Fault(
        "an illegal header of 90,000 letters",
        RETRIED,
        "the response broke off or is garbled (illegal header line: …): try again later",
        handler=misbehaviour.long_illegal_header,
    ),
    Fault("the key in a row", ONCE, REPEATED, tokens(wire.KEY)),
    Fault("the key in an extra field", ONCE, REPEATED, wire.as_reply({**GOOD, "new": wire.KEY})),
    Fault(
        "the key in an extra field, escaped",
        ONCE,
        REPEATED,
        (200, json.dumps({**GOOD, "new": "@"}).replace("@", ESCAPED).encode(), {}),
    ),
    Fault(
        "the key in a header that is kept",
        ONCE,
        REPEATED,
        (200, json.dumps(GOOD).encode(), {"X-Request-Id": wire.KEY}),
    ),
    Fault(
        "empty data", ONCE, f"the response contains no rows: {STORED}", wire.as_reply(rows(drop=51))
    ),
    Fault(
        "a list, not an object",
        ONCE,
        f"field body: Input should be an object: {STORED}",
        wire.as_reply([]),
    ),
    Fault(
        "meta.version v2",
        ONCE,
        "the response is of version 'v2', and only v1 is supported: look for a newer tokenhouse",
        wire.as_reply(changed(version="v2")),
    ),
    Fault(
        "no meta",
        ONCE,
        f"field meta: Field required: {STORED}",
        wire.as_reply({"data": GOOD["data"]}),
    ),
    Fault(
        "as_of without a zone",
        ONCE,
        f"as_of '2026-05-26T08:00' has no time zone: {STORED}",
        wire.as_reply(changed(as_of="2026-05-26T08:00")),
    ),
    Fault(
        "as_of in the future",
        ONCE,
        "as_of 2099-01-01T00:00:00Z is after the response of ",
        wire.as_reply(changed(as_of="2099-01-01T00:00:00Z")),
    ),
    Fault(
        "as_of before the calendar",
        ONCE,
        f"as_of '0001-01-01T00:00:00+05:00' is not an instant: {STORED}",
        wire.as_reply(changed(as_of="0001-01-01T00:00:00+05:00")),
    ),
    Fault(
        "as_of before the source began",
        ONCE,
        f"as_of 2024-12-31T00:00:00Z is before 2025, where the source begins: {STORED}",
        wire.as_reply(changed(as_of="2024-12-31T00:00:00Z")),
    ),
    Fault(
        "an impossible window",
        ONCE,
        f"field meta.start_date: day is out of range for month: {STORED}",
        wire.as_reply(changed(start_date="2026-02-31")),
    ),
    Fault(
        "another window",
        ONCE,
        f"the response is for 2020-01-01…2020-02-01, not for the days requested: {STORED}",
        wire.as_reply(changed(start_date="2020-01-01", end_date="2020-02-01")),
    ),
    Fault(
        "a larger window",
        ONCE,
        f"the response is for 2026-05-17…{DAY}, not for the days requested: {STORED}",
        wire.as_reply(changed(start_date="2026-05-17")),
    ),
    Fault(
        "missing field",
        ONCE,
        f"field data.0.total_tokens: Field required: {STORED}",
        wire.as_reply(without("total_tokens")),
    ),
    Fault(
        "no model",
        ONCE,
        f"field data.0.model_permaslug: '' does not name a model: {STORED}",
        wire.as_reply(first(model_permaslug="")),
    ),
    *(
        Fault(
            name,
            ONCE,
            f"field data.0.total_tokens: Input should be a valid string: {STORED}",
            tokens(value),
        )
        for name, value in (("tokens as a number", 7), ("tokens as a float", 7.5))
    ),
    *(
        Fault(name, ONCE, f"field data.0.total_tokens: '{value}' {DIGITS}: {STORED}", tokens(value))
        for name, value in (
            ("tokens negative", "-7"),
            ("tokens with spaces", " 7"),
            ("tokens with a comma", "7,000"),
        )
    ),
    *(
        Fault(
            name,
            ONCE,
            f"field total_tokens does not fit a signed 64-bit integer: {STORED}",
            tokens(f"{value}"),
        )
        for name, value in (("tokens 10^30", 10**30), ("tokens 2^63", 2**63))
    ),
    Fault(
        "two other",
        ONCE,
        f"other on {DAY} has two values, {OTHER['total_tokens']} and 1: {STORED}",
        wire.as_reply(rows({**OTHER, "total_tokens": "1"}, drop=1)),
    ),
    Fault(
        "conflicting duplicates",
        ONCE,
        f"{LISTED['model_permaslug']} on {DAY} has two values, {LISTED['total_tokens']} and 1: "
        f"{STORED}",
        wire.as_reply(rows({**LISTED, "total_tokens": "1"}, drop=1)),
    ),
    Fault(
        "identical duplicates of 5,000 digits",
        ONCE,
        f"field total_tokens does not fit a signed 64-bit integer: {STORED}",
        wire.as_reply({**GOOD, "data": [{**OTHER, "total_tokens": "9" * 5000}] * 2}),
    ),
    Fault(
        "60 rows a day",
        ONCE,
        f"{DAY} has 60 rows, more than 51: {STORED}",
        wire.as_reply(
            rows(*({**GOOD["data"][0], "model_permaslug": f"a/{number}"} for number in range(9)))
        ),
    ),
    Fault(
        "a date outside the window",
        ONCE,
        f"a row is dated 2026-05-25, outside the days {RANGE}: {STORED}",
        wire.as_reply(first(date="2026-05-25")),
    ),
    *(
        Fault(
            name,
            ONCE,
            f"field data.0.date: '{value}' is not a day, YYYY-MM-DD: {STORED}",
            wire.as_reply(first(date=value)),
        )
        for name, value in (
            ("an impossible date", "2026-02-31"),
            ("a date of another form", "18.05.2026"),
        )
    ),
    Fault("extra fields", ACCEPTED, "", wire.as_reply({**first(new=1), "more": {"x": 1}})),
    Fault(
        "rows unsorted",
        ACCEPTED,
        "",
        wire.as_reply({"data": GOOD["data"][::-1], "meta": GOOD["meta"]}),
    ),
    Fault("identical duplicates", ACCEPTED, "", wire.as_reply(rows(LISTED))),
    Fault("two other, identical", ACCEPTED, "", wire.as_reply(rows(OTHER))),
    Fault(
        "no row other",
        ACCEPTED,
        "",
        wire.as_reply({"data": GOOD["data"][:-1], "meta": GOOD["meta"]}),
    ),
    *(
        Fault(name, ACCEPTED, "", (200, json.dumps(GOOD).encode(), {"Date": value}))
        for name, value in (
            ("a Date beyond the calendar", "Fri, 31 Dec 9999 23:59:59 -0100"),
            ("a Date of no year", "Mon, 25 May 0999 08:00:00 GMT"),
            ("a Date of no zone that is", "Mon, 25 May 2026 08:00:00 +99999999999999"),
        )
    ),
    Fault("gzip", ACCEPTED, "", handler=misbehaviour.good_gzip),
]
