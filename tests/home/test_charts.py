"""The pictures on the asset pages."""

import base64
import xml.etree.ElementTree as ET
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.home.database import connect
from pipelines.models import definition, dictionary
from pipelines.orchestration.asset_charts import CHARTS, chart


@pytest.mark.parametrize("table", CHARTS)
def test_the_chart_is_an_svg_with_marks_and_loads_nothing(table: str, database: Path) -> None:
    with closing(connect(database)) as connection:
        markdown = f"{chart(connection, table)['chart'].value}"
    encoded = markdown.removeprefix(f"![{table}](data:image/svg+xml;base64,").removesuffix(")")
    svg = base64.b64decode(encoded, validate=True).decode()
    assert len(ET.fromstring(svg).findall(".//{*}path")) > 10  # noqa: S314
    assert "href" not in svg


def test_a_mart_without_rows_has_no_chart() -> None:
    with closing(dictionary.blank(definition.load())) as connection:
        assert [chart(connection, table) for table in CHARTS] == [{}] * len(CHARTS)
