"""A quarter's runs read every file of the lake, and a damaged one is named with a way out."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from pipelines.errors import RefusalError
from pipelines.lake import log, raw, scrub
from pipelines.lake.vintages import write_vintage
from pipelines.sources.response import Request, Response
from tests.unit.lake.test_vintages import response

TODAY = date(2026, 7, 13)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with a response a day for two months."""
    for day in range(60):
        body = json.dumps({"data": [day]}).encode()
        fetched = datetime(2026, 5, 4, tzinfo=UTC) + timedelta(days=day)
        path = raw.store(tmp_path, Response(Request("models", "models"), 200, {}, fetched, body))
        log.append(tmp_path, {"do": "add", "raw": path.relative_to(tmp_path).as_posix()})
    return tmp_path


def test_every_response_has_its_week_and_only_one(lake: Path) -> None:
    weeks = [TODAY + timedelta(days=7 * number) for number in range(scrub.WEEKS)]
    samples = [scrub.sample(lake, week) for week in weeks]
    assert sorted(file for one in samples for file in one) == sorted(log.read(lake).responses)
    assert max(map(len, samples)) < 20
    assert scrub.sample(lake, TODAY) == scrub.sample(lake, TODAY + timedelta(days=6))


def test_a_damaged_vintage_is_named_in_its_week(lake: Path) -> None:
    vintage = write_vintage(lake, "rankings_daily", response([(TODAY, "a/b", 1)]))
    file = vintage.path.relative_to(lake).as_posix()
    weeks = [datetime(2026, 7, 14, tzinfo=UTC) + timedelta(days=7 * k) for k in range(scrub.WEEKS)]
    vintage.path.write_bytes(b"damaged")
    named = []
    for week in weeks:
        with time_machine.travel(week), suppress(RefusalError):
            scrub.check(lake)
            named.append(week)
    (turn,) = {*weeks} - {*named}
    assert file in scrub.sample(lake, turn.date())


def test_a_damaged_response_is_named_in_its_week_until_it_is_given_up(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = scrub.sample(lake, TODAY)[:2]
    for one in (file, other):
        content = bytearray((lake / one).read_bytes())
        content[len(content) // 2] ^= 1
        (lake / one).write_bytes(content)
    with time_machine.travel(datetime(2026, 7, 14, tzinfo=UTC)):
        with pytest.raises(RefusalError, match=rf"{file} is damaged: move it away.+and 1 more"):
            scrub.check(lake)
        monkeypatch.setattr(scrub, "SCRUB_SECONDS", -1.0)  # nothing is read after the time is up
        scrub.check(lake)
        monkeypatch.undo()
        for one in (file, other):
            (lake / one).unlink()
            log.append(lake, {"do": "retract", "file": one, "why": "damaged"})
        scrub.check(lake)
