"""The banner of a page whose data is recorded, or older than two weeks."""

import json
from datetime import UTC, date, datetime, timedelta
from functools import cache

from pipelines.queries.published import PublishedWeek
from pipelines.settings import SAMPLE
from pipelines.words.language import Language

FRESH = timedelta(days=14)
"""Data that ends so long ago is not called old."""


def of(language: Language, week: PublishedWeek, today: date | None = None) -> str:
    """Return the banner of the newest week's page read `today` (UTC, default: the clock)."""
    last_day = week["week"] + timedelta(days=6)
    age = (today or datetime.now(UTC).date()) - last_day
    said = [recorded(language, week)]
    if age > FRESH:
        weeks = age.days // 7
        said.append(language.say("banner.age", day=language.long_day(last_day), count=weeks))
    return " ".join(said).strip()


def recorded(language: Language, week: PublishedWeek) -> str:
    """Return the banner of a page that stays: that its data is recorded, or nothing."""
    return language.say("banner.sample") if week["as_of"] in _recorded() else ""


@cache
def _recorded() -> set[datetime]:
    """Return the instants of the recorded responses; a live one never has the same."""
    files = (SAMPLE / "rankings-daily").glob("*.json")
    answers = (json.loads(path.read_bytes()) for path in files)
    return {datetime.fromisoformat(answer["meta"]["as_of"]) for answer in answers}
