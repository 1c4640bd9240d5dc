"""The evidence of quality, in words: how old the index is, and which scores were not used."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from pipelines.words.language import Language


def index_age(language: Language, retrieved_on: date, today: date) -> str:
    """Return when the newest index that counts was retrieved, and how long ago that is."""
    days = (today - retrieved_on).days
    return language.say("evidence_status.index_age", day=retrieved_on, count=max(days, 0))


def unused_scores(language: Language, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a line per snapshot and reason for rows of `marts.unused_scores`, sorted by both."""
    found = []
    for (source, at, because), of_reason in groupby(
        rows, lambda row: (row["source"], row["snapshot_at"], row["refused_because"])
    ):
        models = ", ".join(row["model_id"] for row in of_reason if row["model_id"])
        what = language.say(f"evidence_status.{because}", models=models)
        found.append(
            language.say(
                "evidence_status.unused", source=source, day=f"{at:%Y-%m-%d %H:%M}Z", what=what
            )
        )
    return found
