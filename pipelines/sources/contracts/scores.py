"""Third-party scores that the catalogue carries; they stay in the home and are never shipped."""

import json
import math
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from pipelines.sources.response import Response
from pipelines.sources.snapshot import Snapshot, snapshot

MARK = b'"artificial_analysis"'


class ModelScores(BaseModel):
    """A model's score on the index of Artificial Analysis; NULL where it is not a number."""

    fetched_at: datetime
    model_id: str
    canonical_slug: str | None
    score: float | None


def read_scores(response: Response) -> Snapshot | None:
    """Read the scores of a catalogue that has passed its contract; None if it has none."""
    if MARK not in response.body:
        return None
    models = json.loads(response.body)["data"]
    rows = [
        {
            "fetched_at": response.fetched_at,
            "model_id": model["id"],
            "canonical_slug": model.get("canonical_slug"),
            "score": _number(found["intelligence_index"]),
        }
        for model in models
        if (found := _index_of(model)).get("intelligence_index") is not None
    ]
    rows.sort(key=lambda row: str(row["model_id"]))
    return snapshot(response, ModelScores, rows, response.fetched_at) if rows else None


def _index_of(model: dict[str, Any]) -> dict[str, Any]:
    """Return what the catalogue says of a model's index; empty where it has another form."""
    benchmarks = model.get("benchmarks")
    found = benchmarks.get("artificial_analysis") if isinstance(benchmarks, dict) else None
    return found if isinstance(found, dict) else {}


def _number(value: object) -> float | None:
    """Return a finite number; a text, even of digits, is none, nor is an integer beyond a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
