"""Where the bands of a stack are named."""

import itertools

from pipelines.report.charts import NAME_HEIGHT, _apart


def middles(*places: float) -> list[float]:
    return [row["middle"] for row in _apart([{"middle": place} for place in places])]


def test_names_with_room_stay_where_their_bands_are() -> None:
    assert middles(0.3, 0.6, 0.9) == [0.3, 0.6, 0.9]


def test_names_that_would_touch_are_moved_apart_and_stay_inside() -> None:
    moved = middles(0.4, 0.9, 0.95, 0.98)
    assert moved[0] == 0.4
    assert all(b - a >= NAME_HEIGHT - 1e-9 for a, b in itertools.pairwise(moved))
    assert max(moved) <= 1 - NAME_HEIGHT / 2
