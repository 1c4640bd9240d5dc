import gzip
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.settings import SAMPLE, Settings
from pipelines.sources import sample
from pipelines.sources.client import Client
from pipelines.sources.response import Request


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "copy"))


def test_the_sample_contains_the_thirteen_weeks() -> None:
    weeks = sample.recorded_weeks()
    assert len(weeks) == 13
    assert (weeks[0], weeks[-1]) == (date(2025, 1, 6), date(2026, 7, 13))


def rankings(start: str, end: str) -> Request:
    query = (("start_date", start), ("end_date", end))
    return Request("rankings_daily", "datasets/rankings-daily", query)


def test_what_was_not_recorded_is_refused_in_the_apis_own_shape() -> None:
    transport = sample.RecordedResponses(datetime(2026, 7, 1, tzinfo=UTC))
    with (
        Client(Settings(), transport) as client,
        pytest.raises(RefusalError, match="HTTP 400 no recorded response covers 2026-03-02"),
    ):
        client.fetch(rankings("2026-03-02", "2026-03-08"))


def test_the_catalogue_is_the_newest_known_then() -> None:
    transport = sample.RecordedResponses(datetime(2026, 6, 3, tzinfo=UTC))
    with Client(Settings(), transport) as client:
        response = client.fetch(Request("models", "models"))
    assert response.fetched_at == datetime(2026, 6, 1, 1, 10, tzinfo=UTC)


def test_a_key_is_not_handed_to_the_sample() -> None:
    transport = sample.RecordedResponses(datetime(2026, 6, 3, tzinfo=UTC))
    with Client(Settings(openrouter_api_key="sk-secret"), transport) as client:
        assert "Authorization" not in client._http.headers


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"data": 1}', b"\xff\xfe"])
def test_a_corrupt_recording_is_refused_by_name(copy: Path, content: bytes) -> None:
    name = "2026-05-11_2026-05-24.json"
    (copy / "rankings-daily" / name).write_bytes(content)
    transport = sample.RecordedResponses(datetime(2026, 7, 1, tzinfo=UTC), copy)
    with (
        Client(Settings(), transport) as client,
        pytest.raises(RefusalError, match=f"{name} cannot be read"),
    ):
        client.fetch(rankings("2026-05-11", "2026-05-17"))


def test_the_recordings_have_the_wires_own_shape() -> None:
    for path in (SAMPLE / "rankings-daily").glob("*.json"):
        body = json.loads(path.read_bytes())
        assert set(body) == {"data", "meta"}
        assert set(body["data"][0]) == {"date", "model_permaslug", "total_tokens"}
    for path in (SAMPLE / "models").glob("*.json.gz"):
        assert set(json.loads(gzip.decompress(path.read_bytes()))) == {"data"}
