"""Charts are drawn by a process of its own, which can end at any time."""

import json
from contextlib import closing

import pytest

from pipelines.report import vega

CHART = {
    "data": {"values": [{"name": "ü — «x»", "n": 1.5}]},
    "mark": "bar",
    "encoding": {"x": {"field": "n", "type": "quantitative"}, "y": {"field": "name"}},
}


def test_what_draws_ends_when_nothing_more_is_drawn() -> None:
    with closing(vega):
        drawn = vega.to_svg(CHART)
        process = vega._process()
    assert "ü — «x»" in drawn
    assert process.returncode == 0
    with closing(vega):
        assert vega.to_svg(CHART) == drawn


def test_a_chart_that_cannot_be_drawn_does_not_end_what_draws() -> None:
    with closing(vega):
        with pytest.raises(ValueError, match="Vega-Lite"):
            vega.to_svg({"mark": 3})
        assert vega.to_svg(CHART)


def test_where_the_library_aborts_the_next_chart_is_refused_and_the_one_after_is_drawn() -> None:
    aborts = {**CHART, "data": {"values": [{"name": "x\x00y", "n": 1.5}]}}
    with closing(vega):
        assert vega._answer(json.dumps(aborts).encode()) == b""
        with pytest.raises(ValueError, match="ended on this one"):
            vega.to_svg(CHART)
        assert vega.to_svg(CHART)
