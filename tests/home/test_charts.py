"""The pictures on the asset pages."""

import base64
import xml.etree.ElementTree as ET
from contextlib import closing
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.errors import RefusalError
from pipelines.home.database import connect
from pipelines.models import definition, dictionary
from pipelines.orchestration.asset_charts import CHARTS, chart
from pipelines.orchestration.report_assets import notify, report
from pipelines.report import notification, vega
from tests.conftest import use


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


def test_a_chart_that_cannot_be_drawn_ends_nothing() -> None:
    with duckdb.connect() as connection:
        connection.sql(
            "CREATE SCHEMA marts;"
            "CREATE TABLE marts.weekly_total AS SELECT chr(1) || '2026-07-13' AS week,"
            " 1 AS total_tokens"
        )
        shown = chart(connection, "marts.weekly_total")["chart"].value
    assert f"{shown}".startswith("could not be drawn: ValueError")


def test_what_draws_gives_its_memory_back_when_the_page_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(tmp_path, monkeypatch)
    vega.to_svg({"mark": "point"})
    process = vega._process()
    with pytest.raises(RefusalError, match="does not exist yet"):
        report()
    assert process.returncode == 0


def test_a_notification_that_fails_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise ValueError("json://secret")

    use(tmp_path, monkeypatch)
    monkeypatch.setattr(notification, "notify", fail)
    result = notify(dg.build_asset_context())
    assert isinstance(result, dg.MaterializeResult)
    assert result.metadata == {"notification": "not sent: ValueError"}
