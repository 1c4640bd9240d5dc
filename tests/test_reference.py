import shutil
from pathlib import Path

import pytest

from pipelines import reference
from pipelines.errors import RefusalError
from pipelines.settings import REFERENCE


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REFERENCE, tmp_path / "reference"))


@pytest.mark.parametrize("table", reference.TABLES)
def test_what_we_ship_loads(table: str) -> None:
    assert len(reference.load(table)) > 0


@pytest.mark.parametrize(
    ("table", "was", "becomes", "said"),
    [
        ("vendors", "deepseek,deepseek,", "qwen,deepseek,", r"line 3: author, valid_from stands"),
        ("vendors", ",CN,Hangzhou,lab", ",China,Hangzhou,lab", r"line 2: field country_iso2"),
        ("vendors", ",lab,high,", ",lab,sure,", r"line 2: field confidence"),
        ("weekly_total_history", "2025-01-13", "2025-01-14", r"line 3: .*not a Monday"),
        ("weekly_total_history", "518344242046", "-1", r"line 3: field total_tokens"),
        ("strata", "round_trips: 20", "round_trips: none", r"entry 2: field round_trips"),
        ("strata", "context_end_tokens: 32000", "context_end_tokens: 1", r"entry 2: .*below"),
        ("strata", "data_class: public", "data_class: open", r"entry 1: field data_class"),
        ("strata", "needs_image: false", "needs_sound: false", r"entry 1: field needs_"),
        ("strata", "- stratum: batch_refactor", "  stratum: x", r"strata.yaml"),
    ],
)
def test_a_wrong_row_is_refused_by_file_line_and_field(
    copy: Path, table: str, was: str, becomes: str, said: str
) -> None:
    path = copy / reference.TABLES[table][0]
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, becomes, 1))
    with pytest.raises(RefusalError, match=said):
        reference.load(table, copy)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"{", b"[]"])
@pytest.mark.parametrize("table", ["strata", "vendors"])
def test_an_unreadable_file_is_refused_by_name(copy: Path, table: str, content: bytes) -> None:
    path = copy / reference.TABLES[table][0]
    path.write_bytes(content)
    with pytest.raises(RefusalError, match=path.name):
        reference.load(table, copy)
