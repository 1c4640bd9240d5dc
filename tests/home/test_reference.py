import json
import shutil
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.reference.loader import MAY_BE_EMPTY, TABLES, load, load_all, models_named
from pipelines.settings import REFERENCE
from tests.conftest import tokenhouse


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REFERENCE, tmp_path / "reference"))


@pytest.mark.parametrize("table", TABLES)
def test_what_we_ship_loads(table: str) -> None:
    assert len(load(table)) > 0 or table in MAY_BE_EMPTY


@pytest.mark.parametrize(
    ("table", "was", "becomes", "said"),
    [
        ("vendors", "deepseek,deepseek,", "qwen,deepseek,", r"line 3: author, valid_from stands"),
        ("vendors", ",CN,Hangzhou,lab", ",China,Hangzhou,lab", r"line 2: field country_iso2"),
        ("vendors", ",lab,high,", ",lab,sure,", r"line 2: field confidence"),
        ("weekly_total_history", "2025-01-13", "2025-01-14", r"line 3: .*not a Monday"),
        ("weekly_total_history", "518344242046", "-1", r"line 3: field total_tokens"),
        (
            "vendors",
            ",CN,Hangzhou,lab",
            ",ZZ,Hangzhou,lab",
            r"line 2: field country_iso2: 'ZZ' is no",
        ),
        (
            "series",
            "claude-opus,anthropic/claude-4-opus",
            "claude-opus,anthropic/claude-3-opus",
            "a second time",
        ),
        ("observed_mix", ",0.9889,", ",1.9889,", r"line 2: field prompt_share"),
        ("class_prior", "0.978,0.986", "0.998,0.986", r"line 2: .*must not fall"),
        ("cache_write", "anthropic/,1.25", "anthropic/,0.5", r"line 2: field multiplier"),
        ("price_tier", "premium,3", "luxury,3", r"line 2: field tier"),
        ("weekday_factor", "0,1.031", "7,1.031", r"line 2: field weekday"),
        ("lineage", ",successor,", ",cousin,", r"line 2: field kind"),
        ("workloads", "round_trips: 20", "round_trips: none", r"entry 2: field round_trips"),
        ("workloads", "context_end_tokens: 32000", "context_end_tokens: 1", r"entry 2: .*below"),
        ("workloads", "data_class: public", "data_class: open", r"entry 1: field data_class"),
        ("workloads", "needs_image: false", "needs_sound: false", r"entry 1: field needs_"),
        ("workloads", "- workload: batch_refactor", "  workload: x", r"workloads.yaml"),
    ],
)
def test_a_wrong_row_is_refused_by_file_line_and_field(
    copy: Path, table: str, was: str, becomes: str, said: str
) -> None:
    path = copy / TABLES[table][0]
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, becomes, 1))
    with pytest.raises(RefusalError, match=said):
        load(table, copy)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"{", b"[]"])
@pytest.mark.parametrize("table", ["workloads", "vendors"])
def test_an_unreadable_file_is_refused_by_name(copy: Path, table: str, content: bytes) -> None:
    path = copy / TABLES[table][0]
    path.write_bytes(content)
    with pytest.raises(RefusalError, match=path.name):
        load(table, copy)


def test_a_period_that_overlaps_an_earlier_one_is_refused(copy: Path) -> None:
    path = copy / "vendors.csv"
    first, second = path.read_text().splitlines()[:2]
    row = second.removesuffix(",,")
    path.write_text(f"{first}\n{row},,2026-01-31\n{row},2026-01-01,\n")
    with pytest.raises(RefusalError, match=r"line 3: field valid_from: 2026-01-01 lies in"):
        load("vendors", copy)
    path.write_text(f"{first}\n{row},,2026-01-31\n{row},2026-02-01,\n")
    assert len(load("vendors", copy)) == 2


def test_a_vendor_without_a_row_of_its_own_is_refused(copy: Path) -> None:
    path = copy / "vendors.csv"
    path.write_text(path.read_text().replace("alibaba,qwen,", "alibaba,tongyi,", 1))
    with pytest.raises(RefusalError, match="alibaba: vendor 'tongyi' has no row as author"):
        load_all(copy)


def test_every_reference_table_is_checked() -> None:
    assert set(load_all()) == set(TABLES)


def test_models_that_people_rule_on_are_named_with_their_file(copy: Path) -> None:
    assert models_named(load_all(copy)) == []
    with (copy / "deploy_policy.csv").open("a") as file:
        file.write("*,model,nobody/nothing,ban,a typo,2026-11-24\n")
    assert models_named(load_all(copy)) == [
        {"file": "deploy_policy.csv", "model_id": "nobody/nothing"}
    ]


def test_the_command_names_what_is_missing(published: Path) -> None:
    answer = json.loads(tokenhouse(published, "check-reference", "--json").stdout)
    assert set(answer["tables"]) == set(TABLES)
    assert "openchat" in {row["author"] for row in answer["unknown_authors"]}
    assert "google/gemini-flash-1.5-8b" in {row["family"] for row in answer["unlisted_families"]}
    assert answer["unseen_models"] == []
    assert "gemini-flash-1.5-8b" in tokenhouse(published, "check-reference").stdout
