"""The tables in force at a publication can be read later, whatever people changed since."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipelines.errors import RefusalError, warn
from pipelines.lake import log, reference_history
from pipelines.reference.loader import TABLES

OWN = "workload,kind,name,rule,source,recorded_on\n*,vendor,qwen,ban,a contract,2026-11-28\n"
LATER = timedelta(seconds=1)


def published(lake: Path) -> datetime:
    """Log a publication with the tables in force; return an instant after it."""
    log.append(lake, {"do": "publish", "days": {}, "reference": reference_history.keep(lake)})
    return max(log.read(lake).reference)


def banned(lake: Path, known_at: datetime | None = None) -> list[str]:
    rows = reference_history.in_force(lake, known_at)["deploy_policy"].to_pylist()
    return [row["name"] for row in rows if row["kind"] == "vendor"]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    (tmp_path / "lake").mkdir()
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "deploy_policy.csv").write_text(OWN)
    return tmp_path / "lake"


def test_past_tables_are_those_of_the_publication_before(
    lake: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warn.cache_clear()
    at = published(lake)
    (lake.parent / "reference" / "deploy_policy.csv").unlink()
    assert banned(lake) == []
    assert banned(lake, at) == ["qwen"]
    assert capsys.readouterr().err == ""
    assert banned(lake, at - LATER) == []
    assert "tables as they are now" in capsys.readouterr().err


def test_a_content_is_kept_once_and_only_its_owner_can_read_it(lake: Path) -> None:
    reference_history.keep(lake)
    files = {path: path.stat().st_mtime_ns for path in reference_history.files(lake)}
    assert reference_history.keep(lake)
    assert {path: path.stat().st_mtime_ns for path in reference_history.files(lake)} == files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    (lake.parent / "reference" / "deploy_policy.csv").write_text(OWN.replace("qwen", "deepseek"))
    reference_history.keep(lake)
    assert len(reference_history.files(lake)) == len(files) + 1


def test_a_damaged_or_missing_table_is_named(lake: Path) -> None:
    at = published(lake)
    (path,) = (lake / "reference" / "deploy_policy").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RefusalError, match=f"{path.name} is damaged"):
        banned(lake, at)
    path.unlink()
    with pytest.raises(RefusalError, match="cannot be read"):
        banned(lake, at)


def test_a_table_of_another_version_is_todays_and_said_to_be(
    lake: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warn.cache_clear()
    at = published(lake)
    monkeypatch.setitem(TABLES, "deploy_policy", TABLES["vendors"])
    monkeypatch.setattr(reference_history, "load_all", lambda _: {"deploy_policy": "now"})
    found: dict[str, object] = {**reference_history.in_force(lake, at)}
    assert found["deploy_policy"] == "now"
    assert "deploy_policy as they are now" in capsys.readouterr().err
