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


@pytest.mark.accept
def test_the_answer_to_a_chart_that_was_not_waited_for_is_not_the_next_one_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(chart: bytes) -> bytes:
        process = vega._process()
        assert process.stdin is not None
        process.stdin.write(chart + b"\n")
        process.stdin.flush()
        raise KeyboardInterrupt

    other = {**CHART, "data": {"values": [{"name": "another", "n": 2}]}}
    with closing(vega):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(vega, "_answer", interrupted)
            vega.to_svg(other)
        assert "another" not in vega.to_svg(CHART)


@pytest.mark.parametrize("answer", [b'["<svg', b"a warning\n"])
def test_a_part_of_an_answer_is_none(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    monkeypatch.setattr(vega, "_answer", lambda _: answer)
    with pytest.raises(ValueError, match="ended on this one"):
        vega.to_svg(CHART)
