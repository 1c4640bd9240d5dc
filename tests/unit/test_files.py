"""Files: limits, modes, and records that are damaged."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.gateways import files as configuration
from pipelines.home import files, lock, paths, refusals, source_health
from pipelines.lake import log, raw
from pipelines.reference import loader
from pipelines.reference.evaluations.logs import evaluations
from pipelines.sources.response import Request, Response


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_without_end_is_refused_at_the_limit() -> None:
    with pytest.raises(RefusalError, match=r"/dev/zero is larger than 1 MB"):
        files.read_limited(Path("/dev/zero"), 2**20)
    with pytest.raises(RefusalError, match="/nowhere cannot be read"):
        files.read_limited(Path("/nowhere"))
    with pytest.raises(RefusalError, match="/dev/zero is larger than 1 MB"):
        configuration.read(Path("/dev/zero"))
    with pytest.raises(RefusalError, match="/dev/zero is larger than 100 MB"):
        evaluations(Path("/dev/zero"))


def test_a_yaml_that_is_nested_too_deeply_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "workloads.yaml"
    path.write_text("- " + "[" * 3000 + "]" * 3000)
    with pytest.raises(RefusalError, match=r"workloads\.yaml"):
        loader.read("workloads", [path])


def test_a_new_home_and_own_usage_are_for_their_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "new"
    with lock.writing(home):
        assert mode(home) == 0o700
    home.chmod(0o755)  # people open it to share it
    with lock.writing(home):
        assert mode(home) == 0o755
    # A catalogue carries third-party scores.
    modes = (("activity", 0o600), ("models", 0o600), ("rankings_daily", 0o644))
    for table, expected in modes:
        response = Response(Request(table, table), 200, {}, datetime(2026, 5, 25, tzinfo=UTC), b"")
        assert mode(raw.store(paths.lake(home), response)) == expected
    for why in ("seen", "again"):  # the log has acceptances and their reasons
        log.append(paths.lake(home), {"do": "accept", "name": "a", "why": why})
        assert mode(paths.log(paths.lake(home))) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"null", b"\xff"),
        b'{"since": "", "reason": "", "message": "", "findings": [1]}',
        b'{"last_failure": "", "refused_rows": 5}',
    ],
)
def test_a_damaged_record_is_named_and_stops_nothing(tmp_path: Path, content: bytes) -> None:
    refusals.record(tmp_path, RefusalError("x"))
    source_health.record(tmp_path, "models", "y")
    (record,) = paths.refusals(tmp_path)
    record.write_bytes(content)
    health = paths.source_health(tmp_path) / "models.json"
    health.write_bytes(content)
    (one,) = refusals.read_all(tmp_path)
    assert f"{record} cannot be read" in one["message"]
    assert f"{health} cannot be read" in source_health.read(tmp_path)["models"]["reason"]
    refusals.record(tmp_path, RefusalError("z"))
    assert [one["message"] for one in refusals.read_all(tmp_path)] == ["z"]
    source_health.record(tmp_path, "models", None)
    assert "reason" not in source_health.read(tmp_path)["models"]
