"""Reading a claims file: each row states something, or is kept with the fault that it has."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import RefusalError
from pipelines.reference.claim_metrics import METRICS
from pipelines.reference.claim_periods import compared, parse
from pipelines.reference.claims import rows
from pipelines.reference.loader import load, read
from pipelines.settings import REFERENCE

ARTICLE = REFERENCE / "claims" / "article_2026_05.csv"
TEXT = ARTICLE.read_text()
HEADER = "claim_id,metric,subject,period,since,operator,value,unit,rank,printed_as"


def stated(*cells: str) -> dict[str, Any]:
    """Read one row that has everything but name and words of the source."""
    (row,) = rows(Path("claims.csv"), f"{HEADER}\nx,{','.join(cells)},said so\n")
    return row


@pytest.mark.parametrize(
    ("was", "becomes", "line", "fault", "field", "value"),
    [
        ("weekly_tokens,all", "week_tokens,all", 2, "unknown_metric", "metric", "week_tokens"),
        ("28.9,T,", "28.9,Q,", 2, "unknown_unit", "unit", "Q"),
        ("28.9,T,", "28.9,percent,", 2, "wrong_unit", "unit", "percent"),
        (",eq,28.9", ",near,28.9", 2, "unknown_operator", "operator", "near"),
        (",eq,28.9", ",eq,many", 2, "not_a_number", "value", "many"),
        (",eq,28.9", ",eq,nan", 2, "not_a_number", "value", "nan"),
        (",eq,28.9", ",eq,1e400", 2, "not_a_number", "value", "1e400"),
        (",eq,28.9", ",eq,1e-999999999", 2, "not_a_number", "value", "1e-999999999"),
        (",eq,28.9", ",eq,0e999999999", 2, "not_a_number", "value", "0e999999999"),
        (",eq,28.9", ",eq,2e1", 2, "not_a_number", "value", "2e1"),
        (",eq,28.9", ",eq,٢٨", 2, "not_a_number", "value", "٢٨"),
        ("all,2026-05-18", "all,２０２６-05-18", 2, "not_a_period", "period", "２０２６-05-18"),
        ("all,2026-05-18", "al\0l,2026-05-18", 2, "null_character", "line", None),
        ("28.9,T,", "28.9,T,1", 2, "useless_rank", "rank", "1"),
        (",eq,28.9", ",eq,28_9", 2, "not_a_number", "value", "28_9"),
        (",eq,28.9", ",eq,", 2, "missing", "value", None),
        (",eq,28.9", ",eq,28,9", 2, "wrong_cells", "line", "11"),
        ("all,2026-05-18", "all,2026-05-19", 2, "not_a_monday", "period", "2026-05-19"),
        ("all,2026-05-18", "all,soon", 2, "not_a_period", "period", "soon"),
        ("all,2026-05-18", "all,2026-02-30", 2, "not_a_period", "period", "2026-02-30"),
        ("all,2026-05-18", "all,2024-12-30", 2, "too_early", "period", "2024-12-30"),
        ("tokens,all,", "tokens,ranks:1-2,", 2, "wrong_subject", "subject", "ranks:1-2"),
        ("global_wow,", "global_tokens,", 3, "second_claim", "claim_id", "global_tokens"),
        (',1,"rank 1', ',,"rank 1', 15, "no_rank", "rank", None),
        (',1,"rank 1', ',first,"rank 1', 15, "not_a_rank", "rank", "first"),
        (",28.9T\n", ',"28.9T\n', 2, "not_csv", "line", None),
        ("eq,1,bool,,fell", "eq,2,bool,,fell", 29, "not_a_truth", "value", "2"),
    ],
)
def test_a_wrong_row_is_kept_with_its_line_and_fault(
    was: str, becomes: str, line: int, fault: str, field: str, value: str | None
) -> None:
    assert was in TEXT
    read_rows = list(rows(ARTICLE, TEXT.replace(was, becomes, 1)))
    (wrong,) = (row for row in read_rows if row.get("fault"))
    assert (wrong["line"], wrong["fault"], wrong["fault_field"]) == (line, fault, field)
    assert wrong["fault_value"] == value
    assert len(read_rows) == TEXT.count("\n") - 1


@pytest.mark.parametrize("name", ["token_shares", "Revenue share", "?"])
def test_an_unknown_metric_is_answered_with_the_nearest(name: str) -> None:
    expected = stated(name, "all", "2026-05-18", "", "eq", "1", "T", "")["fault_expected"]
    nearest = expected.split(", ")
    assert len(nearest) == 3 and set(nearest) <= set(METRICS)
    assert name == "?" or nearest[0] in ("token_share", "revenue_share")


def test_a_row_in_another_encoding_is_refused_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(TEXT.replace("5th", "5ème", 1).encode("latin-1"))
    faults = read("claims", [path]).column("fault").to_pylist()
    assert [fault for fault in faults if fault] == ["not_utf8"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "contains no rows"),
        ("# title: Nothing\n", "contains no rows"),
        (TEXT.splitlines()[0] + "\n", "contains no rows"),
        (TEXT.replace(",printed_as", ",printed", 1), "line 1: unknown column 'printed'"),
        (TEXT.replace(",printed_as", "", 1), "line 1: no column 'printed_as'"),
        (TEXT.replace(",section", ",claim_id", 1), "line 1: a column is named twice"),
        ("# author: nobody\n" + TEXT, "line 1: 'author' is none of title, publisher, date, url"),
        ("# date: May\n" + TEXT, "line 1: 'May' is not a date"),
    ],
)
def test_a_file_without_a_readable_head_is_refused_in_one_line(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(text)
    with pytest.raises(RefusalError, match=said) as refusal:
        read("claims", [path])
    assert "\n" not in str(refusal.value)
    assert "claims.csv" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "first", "last", "before"),
    [
        ("2026-05-18", (2026, 5, 18), (2026, 5, 24), (2026, 5, 11)),
        ("2026-W21", (2026, 5, 18), (2026, 5, 24), (2026, 5, 11)),
        ("2026-05", (2026, 5, 1), (2026, 5, 31), (2026, 4, 1)),
        ("2026-03", (2026, 3, 1), (2026, 3, 31), (2026, 2, 1)),
        ("2026", (2026, 1, 1), (2026, 12, 31), (2025, 1, 1)),
        ("2026-05-20/2026-05-20", (2026, 5, 20), (2026, 5, 20), (2026, 5, 19)),
        ("2026-05-11/2026-05-20", (2026, 5, 11), (2026, 5, 20), (2026, 5, 1)),
    ],
)
def test_periods(text: str, first: tuple[int, ...], last: tuple[int, ...], before: Any) -> None:
    period = parse(text, "period")
    assert (period.first, period.last) == (date(*first), date(*last))
    assert compared(period, "before").first == date(*before)
    assert period.days == (date(*last) - date(*first)).days + 1


@given(st.dates(date(2025, 1, 1), date(2030, 12, 31)), st.integers(0, 500))
def test_a_span_compares_with_the_span_that_ends_where_it_begins(day: date, more: int) -> None:
    last = date.fromordinal(day.toordinal() + more)
    span = parse(f"{day}/{last}", "period")
    base = compared(span, "before")
    assert (base.days, base.last.toordinal() + 1) == (span.days, span.first.toordinal())


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (("tokens", "all", "2026-05-20/2026-05-19", "", "eq", "1", "T", ""), "reversed_period"),
        (("weekly_revenue", "all", "2026-05", "", "eq", "1", "MUSD", ""), "weeks_only"),
        (("tokens", "all", "2026-05", "2026-04", "eq", "1", "T", ""), "useless_since"),
        (("growth", "all", "2026-05", "2026-05", "eq", "1", "percent", ""), "late_since"),
        (("growth", "all", "2026-05", "never", "eq", "1", "percent", ""), "not_a_period"),
        (("tokens", "all+deepseek", "2026-05", "", "eq", "1", "T", ""), "wrong_subject"),
        (("rank", "all", "2026-05", "", "eq", "1", "rank", ""), "wrong_subject"),
        (("ratio", "deepseek", "2026-05", "", "eq", "1", "x", ""), "wrong_subject"),
        (("first_time_above", "all:30", "2026-05-18", "", "eq", "1", "bool", ""), "wrong_subject"),
        (("tokens", "x=all", "2026-05", "", "eq", "1", "T", ""), "wrong_subject"),
        (("tokens", "a=b/c", "2026-05", "", "eq", "1", "T", ""), "wrong_subject"),
        (("weekly_revenue", "a+b", "2026-05-18", "", "eq", "1", "MUSD", ""), "wrong_subject"),
        (
            ("revenue_share", "price:free", "2026-05-18", "", "eq", "1", "percent", ""),
            "wrong_subject",
        ),
        (
            ("monthly_revenue", "weights:open", "2026-05-18", "", "eq", "1", "USD", ""),
            "wrong_subject",
        ),
        (("rank", "origin:STEALTH", "2026-05", "", "eq", "1", "rank", ""), "wrong_subject"),
        (
            ("top_streak", "origin:UNATTRIBUTED:3", "2026-05-18", "", "ge", "1", "weeks", ""),
            "wrong_subject",
        ),
        (("rank_range_low", "ranks:10-6", "2026-05", "", "eq", "1", "T", ""), "wrong_subject"),
        (("rank_range_low", "ranks:0-5", "2026-05", "", "eq", "1", "T", ""), "wrong_subject"),
        (("models_in_top", "a:0", "2026-05", "", "eq", "1", "models", ""), "wrong_subject"),
        (("members", "a/b;c/d;a/b", "2026-05", "", "eq", "1", "models", ""), "wrong_subject"),
        (("tokens", "+".join(["a"] * 101), "2026-05", "", "eq", "1", "T", ""), "too_many_subjects"),
    ],
)
def test_what_no_row_can_state(cells: tuple[str, ...], fault: str) -> None:
    assert stated(*cells)["fault"] == fault


@pytest.mark.parametrize(
    ("metric", "subject", "unit", "operands", "more"),
    [
        ("lead_streak", "origin:CN>US", "weeks", "bloc=CN;bloc=US", {}),
        ("lead_streak", "anthropic>openai", "weeks", "vendor=anthropic;vendor=openai", {}),
        ("ratio", "origin:CN;origin:US", "x", "bloc=CN;bloc=US", {}),
        ("top_streak", "x-ai/grok-4:free:10", "weeks", "model=x-ai/grok-4:free", {"top_n": 10}),
        ("models_in_top", "weights:open:20", "models", "weights=open", {"top_n": 20}),
        ("first_time_above", "all:30T", "bool", "market=named", {"level": 30e12}),
        ("first_time_above", "origin:CN:50%", "bool", "bloc=CN", {"level": 0.5}),
        ("members", "a/b;c/d;ranks:6-10", "models", "model=a/b;model=c/d", {"last_rank": 10}),
        ("rank_range_low", "ranks:6-10", "T", "", {"first_rank": 6}),
        ("tokens", "a+b/c+price:free", "T", "vendor=a+model=b/c+price=free", {}),
    ],
)
def test_a_subject_is_read_into_its_parts(
    metric: str, subject: str, unit: str, operands: str, more: dict[str, object]
) -> None:
    row = stated(metric, subject, "2026-05-18", "", "eq", "1", unit, "")
    assert row.get("fault") is None, row
    assert row["operands"] == operands
    assert more.items() <= row.items()


def test_a_rank_alone_is_a_claim_of_a_rank() -> None:
    row = stated("rank_tokens", "a/b", "2026-05-18", "", "le", "", "", "3")
    assert (row["kind"], row["printed"], row["unit"]) == ("rank", 3, "rank")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r#")), max_size=12))
def test_no_row_stops_the_others(cells: list[str]) -> None:
    good = "x,tokens,all,2026-05-18,,eq,1,T,,said so"
    read_rows = list(rows(Path("claims.csv"), f"{HEADER}\n{','.join(cells)}\n{good}\n"))
    assert read_rows[-1].get("fault") in (None, "second_claim")
    assert read_rows[-1]["line"] == 3


def test_old_files_are_read_as_before() -> None:
    table = load("claims")
    assert set(table.column("fault").to_pylist()) == {None}
    assert {metric.quantity for metric in METRICS.values()} >= {"tokens", "rank", "points", "price"}
