"""Third-party scores in a catalogue: what is no number has none, and stops nothing."""

import json
import math
from datetime import UTC, datetime

import pytest

from pipelines.sources.contracts.scores import read_scores
from pipelines.sources.response import Request, Response

AT = datetime(2026, 11, 2, tzinfo=UTC)


def scores_of(*benchmarks: object) -> list[tuple[str, float | None]]:
    """Return what a catalogue says whose models have these in `benchmarks`."""
    models = [
        {"id": f"a/{number}", "canonical_slug": None, "benchmarks": one}
        for number, one in enumerate(benchmarks)
    ]
    body = json.dumps({"data": models}).encode()
    found = read_scores(Response(Request("models", "models"), 200, {}, AT, body))
    return (
        [] if found is None else [(row["model_id"], row["score"]) for row in found.rows.to_pylist()]
    )


def index(value: object) -> dict[str, object]:
    return {"design_arena": [], "artificial_analysis": {"intelligence_index": value}}


def test_each_model_has_the_score_of_its_own() -> None:
    assert scores_of(index(41.5), None, index(0)) == [("a/0", 41.5), ("a/2", 0.0)]


@pytest.mark.parametrize(
    "value", ["41", math.nan, math.inf, -math.inf, True, [41], {"value": 41}, 10**400]
)
def test_what_is_no_number_is_a_score_that_cannot_be_used(value: object) -> None:
    assert scores_of(index(value), index(41)) == [("a/0", None), ("a/1", 41.0)]


@pytest.mark.parametrize(
    "benchmarks",
    [
        None,
        [],
        "text",
        3,
        {},
        {"artificial_analysis": None},
        {"artificial_analysis": [1]},
        index(None),
    ],
)
def test_another_form_is_no_score(benchmarks: object) -> None:
    assert scores_of(benchmarks, index(41)) == [("a/1", 41.0)]
    assert scores_of(benchmarks) == []
