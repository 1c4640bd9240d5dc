import base64
import json
import socket
import ssl
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import RefusalError
from pipelines.limits import LARGEST_RESPONSE
from pipelines.settings import Settings
from pipelines.sources import client, plan, rate_limit, redaction
from pipelines.sources.client import Client
from pipelines.sources.response import Request, Response, retry_after
from tests.support import misbehaviour, wire

DAY = Request(
    "rankings_daily",
    "datasets/rankings-daily",
    (("start_date", "2026-05-18"), ("end_date", "2026-05-18"), ("period", "day")),
)


def get(server: wire.Wire, home: Path, request: Request = DAY, **options: Any) -> Response:
    with Client(server.settings(home, **options)) as running:
        return running.fetch(request)


def test_the_exact_bytes_come_back_with_their_instant(server: wire.Wire, tmp_path: Path) -> None:
    body = b'{"data":  [1]}'
    server.replies.append((200, body, {"Date": "Mon, 25 May 2026 08:00:00 GMT", "X-Other": "no"}))
    response = get(server, tmp_path)
    assert response.body == body
    assert response.fetched_at == datetime(2026, 5, 25, 8, tzinfo=UTC)
    assert set(response.headers) == {"date"}


def test_the_whole_catalogue_is_requested(server: wire.Wire, tmp_path: Path) -> None:
    (request,) = plan.requests("models", date(2026, 5, 18), date(2026, 5, 18), [])
    get(server, tmp_path, request)
    assert server.asked == ["/api/v1/models?output_modalities=all"]


def test_what_may_pass_is_tried_again(server: wire.Wire, tmp_path: Path) -> None:
    server.replies += [
        (429, b'{"error": {"code": 429, "message": "slow down"}}', {"Retry-After": "0"}),
        (503, b"busy", {"Retry-After": "0"}),
    ]
    get(server, tmp_path)
    assert len(server.asked) == 3


def most_in_any_window(arrivals: list[float], seconds: float) -> int:
    ordered = sorted(arrivals)
    return max(sum(a <= b <= a + seconds for b in ordered) for a in ordered)


@pytest.mark.accept
def test_never_more_than_allowed_in_a_window_as_the_server_sees_it(
    server: wire.Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four in half a second, in two runs side by side after one before; the first arrives late."""
    monkeypatch.setattr(rate_limit, "WINDOW", 0.5)
    arrivals: list[float] = []

    def late(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0 if arrivals else 0.2)
        arrivals.append(time.monotonic())
        handler.send_response(200)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    def run(count: int) -> None:
        with Client(server.settings(tmp_path, openrouter_requests_per_minute=4)) as running:
            for _ in range(count):
                running.fetch(DAY)

    server.fault = late
    start = time.monotonic()
    run(2)
    with ThreadPoolExecutor(2) as both:
        list(both.map(run, [5, 5]))
    assert len(arrivals) == 12
    assert most_in_any_window(arrivals, 0.5) == 4
    assert time.monotonic() - start < 5


@pytest.mark.accept
def test_another_process_counts_the_requests_of_this_one(server: wire.Wire, tmp_path: Path) -> None:
    script = """
import sys, time
from pathlib import Path
from pipelines.sources import rate_limit
rate_limit.WINDOW = 1.5
with rate_limit.turn(Path(sys.argv[1]), 2) as waited:
    print(waited)
"""
    with Client(server.settings(tmp_path, openrouter_requests_per_minute=2)) as running:
        running.fetch(DAY)
    waited = []
    for _ in range(2):
        command = [sys.executable, "-c", script, f"{tmp_path}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        waited.append(float(done.stdout))
    assert waited[0] < 0.2 < waited[1] < 1.5


@pytest.mark.parametrize("content", ["", "soon\n", "9" * 15, "-1\n", "\x00\xff", "nan\n"])
def test_what_was_not_written_by_the_pace_counts_for_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "request-times.txt").write_text(content, "latin-1")
    with rate_limit.turn(tmp_path, 1) as waited:
        assert waited < 1
    assert len((tmp_path / "request-times.txt").read_text().splitlines()) == 1


def test_a_run_sends_no_more_than_a_run_may_retries_included(
    server: wire.Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LARGEST_RUN", 5)
    busy = (503, b"busy", {"Retry-After": "0"})
    with Client(server.settings(tmp_path)) as running:
        for _ in range(2):
            server.replies += [busy]
            running.fetch(DAY)
        server.replies += [busy]
        with pytest.raises(RefusalError, match="this run has sent 5 requests, retries included"):
            running.fetch(DAY)
        with pytest.raises(RefusalError, match="not sent"):
            running.fetch(DAY)
    assert len(server.asked) == 5
    with Client(server.settings(tmp_path)) as another:
        another.fetch(DAY)


@pytest.mark.accept
def test_a_date_to_come_is_waited_for(server: wire.Wire, tmp_path: Path) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    server.replies.append((429, b"", {"Retry-After": format_datetime(soon, usegmt=True)}))
    get(server, tmp_path)
    assert len(server.asked) == 2
    assert timedelta() <= datetime.now(UTC) - soon < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        ("0", 0.0),
        ("86400", 86400.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1.5", None),
        ("²", None),
        ("Mon, 25 May 2026 08:00:30 GMT", 30.0),
        ("Mon, 25 May 2026 07:59:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_to_come(value: str, seconds: float | None) -> None:
    assert retry_after(value, datetime(2026, 5, 25, 8, tzinfo=UTC)) == seconds


def test_a_redirect_is_refused_and_the_key_does_not_follow(
    server: wire.Wire, tmp_path: Path
) -> None:
    with wire.serving() as elsewhere:
        server.replies.append((302, b"", {"Location": elsewhere.url}))
        with pytest.raises(
            RefusalError,
            match="HTTP 302 Found: redirects are not followed: set OPENROUTER_BASE_URL",
        ):
            get(server, tmp_path)
    assert elsewhere.asked == []


def test_the_key_is_in_no_error(server: wire.Wire, tmp_path: Path) -> None:
    with pytest.raises(RefusalError) as refusal:
        get(server, tmp_path, openrouter_api_key="sk-or-wrong-but-secret")
    assert "secret" not in f"{refusal.value}"


@pytest.mark.parametrize("key", [wire.KEY, wire.MANAGEMENT])
def test_no_key_comes_back(server: wire.Wire, tmp_path: Path, key: str) -> None:
    settings = server.settings(tmp_path, openrouter_management_key=wire.MANAGEMENT)
    server.replies.append(wire.as_reply({"error": {"message": f"bad {key}"}}, 400))
    server.replies.append(wire.as_reply({"data": [{"new": key}]}))
    with Client(settings) as running:
        with pytest.raises(RefusalError, match=r"HTTP 400 bad \[key\]: "):
            running.fetch(DAY, wire.MANAGEMENT)
        with pytest.raises(RefusalError, match="the response repeats the key"):
            running.fetch(DAY, wire.MANAGEMENT)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6), st.data())
def test_a_key_is_found_however_json_writes_it(key: str, data: st.DataObject) -> None:
    ways = {"plain": lambda c: json.dumps(c)[1:-1], "escaped": lambda c: f"\\u{ord(c):04X}"}
    written = "".join(ways[data.draw(st.sampled_from([*ways]))](character) for character in key)
    secret = redaction.pattern(["", "short", key])
    assert json.loads(f'"{written}"') == key
    assert redaction.masked(f"a {written} b", secret) == "a [key] b"
    assert redaction.masked(f"a {key} b", secret) == "a [key] b"
    assert not secret.search(b"a short word, and an empty one")


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6),
    st.binary(max_size=4),
    st.binary(max_size=4),
)
def test_a_key_is_found_however_it_is_encoded(key: str, before: bytes, after: bytes) -> None:
    secret = redaction.pattern([key])
    encoded = [
        "".join(f"%{ord(character):02X}" for character in key),
        key.upper(),
        key.lower(),
        base64.b64encode(before + key.encode() + after).decode(),
        base64.urlsafe_b64encode(before + key.encode() + after).decode(),
    ]
    for written in encoded:
        masked = redaction.masked(f"a {written} b", secret)
        assert "[key]" in masked
        assert written not in masked


@pytest.mark.parametrize("body", [b'{"data": [], "data": [1]}', b'[{"a": {"b": 1, "b": 2}}]'])
def test_two_values_for_one_field_are_refused(body: bytes) -> None:
    with pytest.raises(RefusalError, match="two values for the field"):
        client._check_json(body)


def test_of_an_escaped_backslash_at_the_end_of_a_key_nothing_is_left() -> None:
    secret = redaction.pattern(["00000\\"])
    assert redaction.masked("a 00000\\\\ b", secret) == "a [key] b"


def test_a_password_in_the_address_is_not_shown(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        settings = Settings(
            openrouter_base_url=f"http://user:pass@{host}/api/v1", tokenhouse_home=tmp_path
        )
        stamina.set_testing(True, attempts=1)
        try:
            with Client(settings) as running, pytest.raises(RefusalError) as refusal:
                running.fetch(DAY)
        finally:
            stamina.set_testing(False)
    assert f"http://{host}/api/v1/ cannot be reached" in f"{refusal.value}"
    assert "pass" not in f"{refusal.value}"


def test_no_proxy_of_the_environment_sees_the_key(
    server: wire.Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wire.serving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/api/v1"))
        get(server, tmp_path)
    assert proxy.asked == []
    assert len(server.asked) == 1


def test_no_piece_of_a_compressed_body_is_larger_than_a_response_may_be() -> None:
    """256 MB of zeros arrive as one chunk of 256 KB; the rest of it is never decompressed."""
    bomb = httpx.Response(
        200,
        headers={"Content-Encoding": "gzip"},
        stream=httpx.ByteStream(misbehaviour.compressed_zeros()),
    )
    (piece,) = client._decoded(bomb)
    assert len(piece) == LARGEST_RESPONSE + 1


def test_a_certificate_that_is_not_valid_is_refused_at_once(tmp_path: Path) -> None:
    sent = list[httpx.Request]()

    def expired(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        cause = ssl.SSLCertVerificationError("certificate verify failed")
        cause.verify_message = "certificate has expired"
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]") from cause

    transport = httpx.MockTransport(expired)
    chosen = Settings(tokenhouse_home=tmp_path)
    with (
        Client(chosen, transport) as running,
        pytest.raises(RefusalError, match=r"no valid certificate \(certificate has expired\)"),
    ):
        running.fetch(DAY)
    assert len(sent) == 1
