import time
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipelines.errors import RefusalError
from pipelines.settings import Settings
from pipelines.sources import client, plan
from pipelines.sources.answer import Answer, Request, retry_after
from pipelines.sources.client import Client
from tests import wire

DAY = Request(
    "rankings_daily",
    "datasets/rankings-daily",
    (("start_date", "2026-05-18"), ("end_date", "2026-05-18"), ("period", "day")),
)


def ask(server: wire.Wire, request: Request = DAY, **options: Any) -> Answer:
    usual = {"openrouter_api_key": wire.KEY, "openrouter_requests_per_minute": 10_000}
    chosen = Settings(openrouter_base_url=server.url, **{**usual, **options})
    with Client(chosen) as asking:
        return asking.ask(request)


def test_the_exact_bytes_come_back_with_their_instant(server: wire.Wire) -> None:
    body = b'{"data":  [1]}'
    server.replies.append((200, body, {"Date": "Mon, 25 May 2026 08:00:00 GMT", "X-Other": "no"}))
    answer = ask(server)
    assert answer.body == body
    assert answer.fetched_at == datetime(2026, 5, 25, 8, tzinfo=UTC)
    assert set(answer.headers) == {"date"}


def test_the_catalogue_is_asked_whole(server: wire.Wire) -> None:
    (request,) = plan.requests("models", date(2026, 5, 18), date(2026, 5, 18), [])
    ask(server, request)
    assert server.asked == ["/api/v1/models?output_modalities=all"]


def test_what_may_pass_is_tried_again(server: wire.Wire) -> None:
    server.replies += [
        (429, b'{"error": {"code": 429, "message": "slow down"}}', {"Retry-After": "0"}),
        (503, b"busy", {"Retry-After": "0"}),
    ]
    ask(server)
    assert len(server.asked) == 3


def test_never_more_than_allowed_in_a_minute(
    server: wire.Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    clock = [1000.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    client._asked.clear()
    chosen = Settings(openrouter_api_key=wire.KEY, openrouter_base_url=server.url)
    with Client(chosen) as first:
        for _ in range(30):
            first.ask(DAY)
        assert slept == []
        with Client(chosen) as second:
            second.ask(DAY)
    client._asked.clear()
    assert slept == [60.0]


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


def test_a_redirect_is_refused_and_the_key_does_not_follow(server: wire.Wire) -> None:
    with wire.serving() as elsewhere:
        server.replies.append((302, b"", {"Location": elsewhere.url}))
        with pytest.raises(RefusalError, match="HTTP 302"):
            ask(server)
    assert elsewhere.asked == []


def test_the_key_is_in_no_error(server: wire.Wire) -> None:
    with pytest.raises(RefusalError) as refusal:
        ask(server, openrouter_api_key="sk-or-wrong-but-secret")
    assert "secret" not in f"{refusal.value}"


def test_a_key_that_the_server_repeats_is_masked(server: wire.Wire) -> None:
    echo = {"error": {"code": 400, "message": f"bad key {wire.KEY}"}}
    server.replies.append(wire.as_reply(echo, 400))
    with pytest.raises(RefusalError, match=r"bad key \[key\]"):
        ask(server)


def test_no_proxy_of_the_environment_sees_the_key(
    server: wire.Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wire.serving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/api/v1"))
        ask(server)
    assert proxy.asked == []
    assert len(server.asked) == 1


def test_a_slow_drip_ends_with_the_patience(
    server: wire.Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PATIENCE", 1.5)

    def drip(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            for _ in range(40):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    server.fault = drip
    start = time.monotonic()
    with pytest.raises(RefusalError, match="in time"):
        ask(server)
    assert time.monotonic() - start < 10
