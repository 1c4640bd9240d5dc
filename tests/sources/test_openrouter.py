from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import RefusalError
from pipelines.settings import Settings
from pipelines.sources import openrouter
from tests import wire

DAY = "2026-05-18"


def ask(server: wire.Wire) -> openrouter.Rankings:
    chosen = Settings(openrouter_api_key=wire.KEY, openrouter_base_url=server.url)
    with openrouter.open_client(chosen) as client:
        return openrouter.rankings_daily(client, date(2026, 5, 18), date(2026, 5, 18))


def row(slug: str = "a/b", tokens: Any = "7", day: str = DAY) -> dict[str, Any]:
    return {"date": day, "model_permaslug": slug, "total_tokens": tokens}


def body(*rows: dict[str, Any], **meta: Any) -> dict[str, Any]:
    known = {"as_of": "2026-05-26T08:00:00Z", "version": "v1", "start_date": DAY, "end_date": DAY}
    return {"data": list(rows), "meta": {**known, **meta}}


def test_a_recorded_day_comes_through_whole(server: wire.Wire) -> None:
    answer = ask(server)
    assert len(answer.data) == 51
    assert answer.meta.as_of == datetime(2026, 10, 11, 0, 27, tzinfo=UTC)
    assert sum(one.total_tokens for one in answer.data) == sum(
        int(one["total_tokens"]) for one in wire.recorded_rows() if one["date"] == DAY
    )


def test_tokens_never_pass_through_a_float(server: wire.Wire) -> None:
    server.replies.append(wire.as_reply(body(row(tokens="9007199254740993"))))
    assert ask(server).data[0].total_tokens == 9007199254740993


def test_unknown_fields_and_identical_duplicates_are_accepted(server: wire.Wire) -> None:
    twice = {**row("z/z"), "new_field": 1}
    server.replies.append(wire.as_reply(body(twice, row("a/a"), twice, new="field")))
    assert [one.model_permaslug for one in ask(server).data] == ["a/a", "z/z"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (body(row(tokens=7)), r"data\.0\.total_tokens: must be a decimal string"),
        (body(row(tokens=7.5)), "decimal string"),
        (body(row(tokens="7.0")), "decimal string"),
        (body(row(tokens="-7")), "decimal string"),
        (body(row(tokens=" 7")), "decimal string"),
        (body(row(tokens="7" * 30)), "64-bit"),
        (body(row(slug="")), "model_permaslug"),
        (body({"date": DAY, "model_permaslug": "a/b"}), "total_tokens"),
        (body(row(day="2026-05-19")), "2026-05-19, outside the days asked for"),
        (body(row(day="18.05.2026")), "YYYY-MM-DD"),
        (body(), "no rows"),
        (body(row(tokens="7"), row(tokens="8")), "two values, 7 and 8"),
        (body(row("other"), row("other", "9")), "two values"),
        (body(*(row(f"a/{number}") for number in range(52))), "more than 51 rows"),
        (body(row(), version="v2"), "only v1"),
        ({"data": [row()]}, "meta"),
        ([], "body"),
    ],
)
def test_a_broken_contract_is_refused_by_field(
    server: wire.Wire, answer: object, said: str
) -> None:
    server.replies.append(wire.as_reply(answer))
    with pytest.raises(RefusalError, match=said):
        ask(server)
    assert len(server.asked) == 1


def test_the_error_body_is_read_and_the_advice_added(server: wire.Wire) -> None:
    refusal = {"error": {"code": 400, "message": "end_date must be on or after 2025-01-01"}}
    server.replies.append(wire.as_reply(refusal, 400))
    with pytest.raises(RefusalError, match="HTTP 400 end_date must be on or after"):
        ask(server)


def test_what_may_pass_is_tried_again(server: wire.Wire) -> None:
    server.replies += [
        (429, b'{"error": {"code": 429, "message": "slow down"}}', {"Retry-After": "0"}),
        (503, b"busy", {"Retry-After": "0"}),
    ]
    assert len(ask(server).data) == 51
    assert len(server.asked) == 3


def test_a_redirect_is_refused_and_the_key_does_not_follow(server: wire.Wire) -> None:
    with wire.serving() as elsewhere:
        server.replies.append((302, b"", {"Location": elsewhere.url}))
        with pytest.raises(RefusalError, match="HTTP 302"):
            ask(server)
    assert elsewhere.asked == []


def test_the_catalogue_is_asked_whole_and_dated_by_the_server(server: wire.Wire) -> None:
    chosen = Settings(openrouter_api_key=wire.KEY, openrouter_base_url=server.url)
    with openrouter.open_client(chosen) as client:
        catalogue = openrouter.models(client)
    assert server.asked == ["/api/v1/models?output_modalities=all"]
    assert len(catalogue.data) > 300
    assert abs((datetime.now(UTC) - catalogue.fetched_at).total_seconds()) < 60


@given(st.integers(min_value=0, max_value=openrouter.LARGEST_BIGINT))
def test_every_bigint_survives_the_contract(tokens: int) -> None:
    read = openrouter.RankingRow.model_validate(row(tokens=f"{tokens}"))
    assert read.total_tokens == tokens


@given(st.one_of(st.floats(), st.text(alphabet="+-.eE 0123456789_,"), st.none(), st.booleans()))
def test_whatever_is_not_digits_is_refused(tokens: object) -> None:
    if isinstance(tokens, str) and tokens.isdigit() and int(tokens) <= openrouter.LARGEST_BIGINT:
        return
    with pytest.raises(ValueError, match="total_tokens"):
        openrouter.RankingRow.model_validate(row(tokens=tokens))
