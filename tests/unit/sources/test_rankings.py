import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from pipelines.errors import RefusalError
from pipelines.sources.contracts import rankings
from pipelines.sources.contracts.wire import LARGEST_BIGINT
from pipelines.sources.datasets import DATASETS
from pipelines.sources.response import Request, Response
from pipelines.sources.snapshot import Snapshot
from tests.support import wire

DAY = "2026-05-18"


def row(slug: str = "a/b", tokens: Any = "7", day: str = DAY) -> dict[str, Any]:
    return {"date": day, "model_permaslug": slug, "total_tokens": tokens}


def body(*rows: dict[str, Any], **meta: Any) -> dict[str, Any]:
    known = {"as_of": "2026-05-26T08:00:00Z", "version": "v1", "start_date": DAY, "end_date": DAY}
    return {"data": list(rows), "meta": {**known, **meta}}


def read(content: object, table: str = "rankings_daily", *query: tuple[str, str]) -> Snapshot:
    days = (("start_date", DAY), ("end_date", DAY))
    request = Request(table, "datasets/rankings-daily", (*days, *query))
    encoded = json.dumps(content).encode()
    return DATASETS[table].read(Response(request, 200, {}, datetime.now(UTC), encoded))


def test_a_recorded_day_comes_through_whole() -> None:
    snapshot = read(wire.rankings(DAY, DAY, "2026-10-11T00:27:00Z"))
    rows = snapshot.rows.to_pylist()
    assert len(rows) == 51
    assert snapshot.as_of == datetime(2026, 10, 11, 0, 27, tzinfo=UTC)
    assert sum(one["total_tokens"] for one in rows) == sum(
        int(one["total_tokens"]) for one in wire.recorded_rows() if one["date"] == DAY
    )


def test_tokens_never_pass_through_a_float() -> None:
    (one,) = read(body(row(tokens="9007199254740993"))).rows.to_pylist()
    assert one["total_tokens"] == 9007199254740993


def test_unknown_fields_unsorted_rows_and_identical_duplicates_are_accepted() -> None:
    twice = {**row("z/z"), "new_field": 1}
    rows = read(body(twice, row("a/a"), twice, new="field")).rows.to_pylist()
    assert [one["model_permaslug"] for one in rows] == ["a/a", "z/z"]


def test_leading_zeros_make_no_other_value() -> None:
    (one,) = read(body(row(tokens="007"), row(tokens="7"))).rows.to_pylist()
    assert one["total_tokens"] == 7


WEEKS = (("start_date", "2026-05-18"), ("end_date", "2026-05-31"))


def test_an_unprintable_name_is_refused_and_its_tokens_stay_in_their_day() -> None:
    evil = row("a/\x1b[2J", "11")
    snapshot = read(body(evil, evil, row("a/\x00", "30"), row("a/b")))
    assert snapshot.refused == ["'a/\\x1b[2J'", "'a/\\x00'"]
    assert {one["model_permaslug"]: one["total_tokens"] for one in snapshot.rows.to_pylist()} == {
        "a/b": 7,
        rankings.UNNAMED: 41,
    }


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row("a/\u202eb")], "every row has unprintable characters"),
        ([row(), row("a/\x00", "-1")], "must be a decimal string of digits"),
        ([row(), row("a/\x00", "1"), row("a/\x00", "2")], "has two values"),
        ([row(), row("a/\x00", f"{2**63 - 1}"), row("a/\x01", "1")], "signed 64-bit"),
    ],
)
def test_rows_of_unprintable_names_are_as_strict_as_any(
    rows: list[dict[str, Any]], reason: str
) -> None:
    with pytest.raises(RefusalError, match=reason):
        read(body(*rows))


def read_weeks(period: str, *reported: dict[str, Any], **meta: str) -> list[dict[str, Any]]:
    """Read a response to two weeks, of days or of sampled weeks."""
    request = Request("rankings_daily", "datasets/rankings-daily", (*WEEKS, ("period", period)))
    encoded = json.dumps(body(*reported, **{**dict(WEEKS), **meta})).encode()
    response = Response(request, 200, {}, datetime.now(UTC), encoded)
    rows: list[dict[str, Any]] = DATASETS["rankings_daily"].read(response).rows.to_pylist()
    return rows


@pytest.mark.parametrize("period", ["day", "week"])
def test_the_source_may_clamp_the_window_and_then_no_row_may_be_outside(period: str) -> None:
    meta = {"start_date": "2026-05-20", "end_date": "2026-05-26"}
    assert len(read_weeks(period, row(day="2026-05-20"), row(day="2026-05-26"), **meta)) == 2
    for day in ("2026-05-19", "2026-05-27"):
        with pytest.raises(RefusalError, match=f"{day}, outside the days 2026-05-20…2026-05-26"):
            read_weeks(period, row(day=day), **meta)


def test_only_the_last_sampled_week_may_extend_past_the_requested_days() -> None:
    assert read_weeks("week", row(day="2026-05-25"), end_date="2026-06-06")
    for period, end in (("week", "2026-06-07"), ("day", "2026-06-01")):
        with pytest.raises(RefusalError, match="not for the days requested"):
            read_weeks(period, row(day="2026-05-25"), end_date=end)
    with pytest.raises(RefusalError, match="2026-06-01, outside"):
        read_weeks("week", row(day="2026-06-01"), end_date="2026-06-06")


def test_a_slice_of_the_traffic_is_named() -> None:
    snapshot = read(body(row()), "rankings_filtered", ("context_bucket", "10K"))
    (one,) = snapshot.rows.to_pylist()
    assert (one["dimension"], one["value"], one["asked_from"]) == (
        "context_bucket",
        "10K",
        date(2026, 5, 18),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (body(row(tokens=7)), r"data\.0\.total_tokens"),
        (body(row(tokens=7.5)), r"data\.0\.total_tokens"),
        (body(row(tokens="7.0")), "total_tokens"),
        (body(row(tokens="-7")), "total_tokens"),
        (body(row(tokens=" 7")), "total_tokens"),
        (body(row(tokens="9223372036854775808")), "64-bit"),
        (body(row(tokens="1" + "0" * 30)), "total_tokens"),
        (body(row(slug=" ")), "model_permaslug"),
        (body({"date": DAY, "model_permaslug": "a/b"}), "total_tokens"),
        (body(row(day="2026-05-19")), "2026-05-19, outside the days 2026-05-18…2026-05-18"),
        (body(row(day="18.05.2026")), r"data\.0\.date"),
        (body(), "no rows"),
        (body(row(tokens="7"), row(tokens="8")), "two values, 7 and 8"),
        (body(row("other"), row("other", "9")), "two values"),
        (body(*(row(f"a/{number}") for number in range(52))), "52 rows, more than 51"),
        (body(row(), version="v2"), "only v1"),
        (body(row(), as_of="yesterday"), "not an instant"),
        (body(row(), as_of="2026-05-26T08:00:00"), "no time zone"),
        (body(row(), as_of="0001-01-01T00:00:00+05:00"), "not an instant"),
        (body(row(), as_of="0999-01-01T00:00:00Z"), "is before 2025"),
        (body(row(), start_date="2020-01-01", end_date="2020-02-01"), "not for the days requested"),
        (body(row(), start_date="2026-05-17"), "2026-05-17…2026-05-18, not for the days"),
        (body(row(), end_date="2026-05-19"), "2026-05-18…2026-05-19, not for the days"),
        (body(row(tokens="7" * 5000), row(tokens="7" * 5000)), "64-bit"),
        (body(row(tokens="7" * 5000), row(tokens="8" * 5000)), "two values, 7{40} and 8{40}: "),
        ({"data": [row()]}, "meta"),
        ([], "body"),
    ],
)
def test_a_broken_contract_is_refused_by_field(content: object, said: str) -> None:
    with pytest.raises(RefusalError, match=said):
        read(content)


@given(st.integers(min_value=0, max_value=LARGEST_BIGINT))
def test_every_bigint_survives_the_contract(tokens: int) -> None:
    (one,) = read(body(row(tokens=f"{tokens}"))).rows.to_pylist()
    assert one["total_tokens"] == tokens


@given(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(alphabet="+-.eE 0123456789_,"),
        st.none(),
        st.booleans(),
    )
)
def test_whatever_is_not_digits_is_refused(tokens: object) -> None:
    if isinstance(tokens, str) and tokens.isdigit() and int(tokens) <= LARGEST_BIGINT:
        return
    with pytest.raises(RefusalError):
        read(body(row(tokens=tokens)))


def test_a_slice_that_nobody_uses_has_no_rows() -> None:
    snapshot = read(body(), "rankings_filtered", ("context_bucket", "10M"))
    assert (len(snapshot.rows), snapshot.rows.schema) == (0, DATASETS["rankings_filtered"].schema)
    with pytest.raises(RefusalError, match="contains no rows"):
        read(body())


def test_half_a_model_id_is_enough_for_a_day_with_no_other_row() -> None:
    rows = read(body(row("a/a"), row("b/b"))).rows.to_pylist()
    assert "other" not in [one["model_permaslug"] for one in rows]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["date", "model_permaslug", "total_tokens", "new"]),
            st.sampled_from([DAY, "a/b", "7"]) | ANYTHING,
        )
        | ANYTHING,
        min_size=1,
        max_size=3,
    )
)
def test_taking_rows_at_once_is_as_strict_as_their_contract(rows: list[Any]) -> None:
    """Arrow and the contract accept the same rows with the same texts, and refuse the same."""
    reported = {"data": rows, "meta": body()["meta"]}
    request = Request("rankings_daily", "datasets/rankings-daily")
    response = Response(request, 200, {}, datetime.now(UTC), json.dumps(reported).encode())
    try:
        contract = rankings.CONTRACT.validate_json(response.body)["data"]
    except ValueError:
        with pytest.raises((TypeError, ValueError)):
            rankings._texts(from_json(response.body)["data"])
    else:
        texts = rankings._parsed(response)[1].to_pylist()
        assert texts == contract
