"""The banner of a page whose data is recorded, or older than two weeks."""

import json
from datetime import UTC, date, datetime, timedelta

from pipelines.queries.published import PublishedWeek
from pipelines.settings import SAMPLE
from pipelines.words.language import Language

FRESH = timedelta(days=14)
"""Data that ends so long ago is not called old."""


def of(language: Language, week: PublishedWeek, today: date | None = None) -> str:
    """Return the banner of a week's page read `today` (UTC, default: the clock); empty for none."""
    last_day = week["week"] + timedelta(days=6)
    age = (today or datetime.now(UTC).date()) - last_day
    said = [language.say("banner.sample")] if is_recorded(week["as_of"]) else []
    if age > FRESH:
        weeks = age.days // 7
        said.append(language.say("banner.age", day=language.long_day(last_day), count=weeks))
    return " ".join(said)


def is_recorded(as_of: datetime) -> bool:
    """Whether an instant is that of a recorded response; a live one never has the same."""
    recorded = (
        json.loads(path.read_bytes()) for path in (SAMPLE / "rankings-daily").glob("*.json")
    )
    return any(datetime.fromisoformat(one["meta"]["as_of"]) == as_of for one in recorded)
