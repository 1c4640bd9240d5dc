"""The banner of a page: whether its data is recorded, and how old it is."""

from datetime import UTC, date, datetime
from typing import Any

from pipelines.report import banner
from pipelines.words.language import english

LIVE: Any = {"week": date(2026, 7, 13), "as_of": datetime(2026, 7, 20, 8, tzinfo=UTC)}
RECORDED: Any = {**LIVE, "as_of": datetime(2026, 8, 22, 23, 59, 59, tzinfo=UTC)}


def test_live_data_is_old_after_two_weeks() -> None:
    assert banner.of(english(), LIVE, date(2026, 8, 2)) == ""
    old = "Data ends Jul 19, 2026, 2 weeks ago."
    assert banner.of(english(), LIVE, date(2026, 8, 3)) == old
    assert banner.recorded(english(), LIVE) == ""


def test_recorded_data_is_said_to_be_that_on_every_page() -> None:
    assert banner.of(english(), RECORDED, date(2026, 7, 20)) == "Recorded sample."
    assert banner.recorded(english(), RECORDED) == "Recorded sample."
