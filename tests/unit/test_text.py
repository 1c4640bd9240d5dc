"""Texts that no page, terminal or chart can show."""

import json
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from pipelines.errors import RefusalError
from pipelines.report import svg
from pipelines.report.vega import to_svg
from pipelines.sources.datasets import DATASETS
from pipelines.sources.response import Request, Response
from pipelines.text import is_printable, without_lone_surrogates

BAD = ("a\x00b", "\x1b[31mred", "a\nb", "\x7f", "\x9b1m", "a\u202eb", "\u2066", "\ud83d", "\udc00x")


@given(st.text(st.characters(codec=None, exclude_categories=[]), max_size=20))
def test_any_text_can_be_parsed_and_only_half_pairs_are_replaced(text: str) -> None:
    body = json.dumps({"text": text}).encode()
    parsed = from_json(without_lone_surrogates(body))["text"]
    halves = any(unicodedata.category(one) == "Cs" for one in json.loads(body)["text"])
    assert halves == (parsed != json.loads(body)["text"])
    assert not (halves and is_printable(parsed))


def test_a_backslash_before_u_is_no_escape() -> None:
    body = rb'{"text": "\\ud800 \\\\ud800"}'
    assert without_lone_surrogates(body) == body


@pytest.mark.parametrize("name", BAD)
def test_a_model_with_an_unprintable_name_is_refused_alone(name: str) -> None:
    models = [{"id": "good/one", "name": "Größe ✓ 模型 🙂"}, {"id": "bad/one", "name": name}]
    body = json.dumps({"data": models}).encode()
    response = Response(Request("models", "models"), 200, {}, datetime.now(UTC), body)
    snapshot = DATASETS["models"].read(response)
    assert snapshot.rows["model_id"].to_pylist() == ["good/one"]
    (refused,) = snapshot.refused
    assert is_printable(refused)
    assert refused.isascii()
    only = Response(
        response.request, 200, {}, response.fetched_at, json.dumps({"data": models[1:]}).encode()
    )
    with pytest.raises(RefusalError, match="every row has unprintable characters"):
        DATASETS["models"].read(only)


def test_a_chart_with_such_a_text_is_refused_before_the_library_sees_it() -> None:
    drawing = {
        "data": {"values": [{"a": "x\x00y"}]},
        "mark": "bar",
        "encoding": {"y": {"field": "a", "type": "nominal"}},
    }
    with pytest.raises(ValueError, match="unprintable characters"):
        to_svg(drawing)


def test_a_chart_of_the_report_that_cannot_be_drawn_is_its_text_and_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    chart = svg.mark("bar", {"y": svg.kind("week", title="x\x1by")})
    drawn = svg.draw("name", "a chart of its own", "what it <shows>", chart, 100, (0, 0))
    assert "the chart 'a chart of its own'" in capsys.readouterr().err
    assert drawn == '<p class="chart">what it &lt;shows&gt;</p>'
