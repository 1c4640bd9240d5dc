"""The archive: permanent names, links between weeks, and bytes that stay where nothing changed."""

import csv
import re
from io import StringIO
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from pipelines.report import archive, pdf
from tests.conftest import tokenhouse
from tests.support.pages import Changed, Reader

TWO_WEEKS = "DELETE FROM marts.weekly_total WHERE week < '2026-07-06'"
PAGES = {
    *("2026-07-06.html", "2026-07-06.ru.html", "2026-07-06.png"),
    *("2026-07-13.html", "2026-07-13.ru.html", "2026-07-13.png"),
    *("index.html", "index.ru.html", "claims.html", "claims.ru.html", "feed.xml"),
}

pytestmark = pytest.mark.accept


def test_a_week_has_a_page_under_its_name_and_is_written_only_when_it_changed(
    changed: Changed, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    written = archive.write(changed(TWO_WEEKS), site)
    assert {path.name for path in written} == PAGES == {path.name for path in site.iterdir()}
    assert max(path.stat().st_size for path in written) < 400_000

    older = Reader((site / "2026-07-06.html").read_text())
    assert {"href": "2026-07-13.html", "rel": "next"} in older.named("a")
    newest = Reader((site / "2026-07-13.html").read_text())
    assert {"href": "2026-07-06.html", "rel": "prev"} in newest.named("a")
    assert {"property": "og:image", "content": "2026-07-13.png"} in newest.named("meta")
    assert "Recorded sample." in newest.text
    index = Reader((site / "index.html").read_text())
    assert {"href": "2026-07-06.html"} in index.named("a")
    assert "made 84% of the week’s growth" in index.text
    assert (site / "2026-07-13.png").read_bytes().startswith(b"\x89PNG")

    links = ElementTree.parse(site / "feed.xml").iter("{http://www.w3.org/2005/Atom}link")  # noqa: S314
    assert [link.get("href") for link in links] == ["2026-07-13.html", "2026-07-06.html"]

    assert archive.write(tmp_path, site) == []
    changed(TWO_WEEKS, "UPDATE meta.build SET run_id = 'another'")
    again = {path.name for path in archive.write(tmp_path, site)}
    assert not {name for name in again if name[:4] == "2026"}, "a run alone changes no page"
    changed(TWO_WEEKS, "UPDATE marts.weekly_model SET rank = 99 WHERE week = '2026-07-13'")
    again = {path.name for path in archive.write(tmp_path, site)}
    assert {name for name in again if name[:4] == "2026"} == {
        *("2026-07-13.html", "2026-07-13.ru.html")
    }


def test_the_address_of_the_site_is_in_previews_and_in_the_feed(
    changed: Changed, tmp_path: Path
) -> None:
    site, address = tmp_path / "site", "https://example.org/weeks"
    home = changed(TWO_WEEKS)
    done = tokenhouse(home, "report", "--site", f"{site}", TOKENHOUSE_SITE=address)
    assert done.returncode == 0, done.stderr
    page = Reader((site / "2026-07-13.html").read_text())
    assert {"property": "og:image", "content": f"{address}/2026-07-13.png"} in page.named("meta")
    assert f'href="{address}/2026-07-13.html"' in (site / "feed.xml").read_text()
    wrong = tokenhouse(home, "report", "--site", f"{site}", "--address", "example.org")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "--address: 'example.org' is not the address of a folder" in wrong.stderr


def test_pages_over_a_year_of_weeks_are_small_and_the_same_from_any_process(
    changed: Changed, tmp_path: Path
) -> None:
    """The ten weeks in a row of the sample, again and again before themselves."""
    tables = (
        *("weekly_total", "weekly_origin", "origin_ratio", "weekly_split", "weekly_model"),
        *("weekly_revenue", "growth_contributors"),
    )
    home = changed(
        "DELETE FROM marts.weekly_total WHERE week < '2026-05-11'",
        *(
            f"INSERT INTO marts.{table} SELECT real.* REPLACE"
            " ((real.week - to_days(70 * copy.number::INTEGER))::DATE AS week)"
            f" FROM marts.{table} AS real, range(1, 6) AS copy(number)"
            " WHERE real.week >= '2026-05-11'"
            for table in tables
        ),
    )
    site = tmp_path / "site"
    pages = [path for path in archive.write(home, site) if path.suffix == ".html"]
    assert len(pages) == 2 * (60 + 2)
    assert max(path.stat().st_size for path in pages) < 400_000

    newest = (site / "2026-07-13.html").read_bytes()
    (site / "2026-07-13.html").unlink()
    assert [path.name for path in archive.write(home, site)] == ["2026-07-13.html"]
    assert (site / "2026-07-13.html").read_bytes() == newest


def test_the_csv_under_a_chart_has_the_rows_of_the_mart(reported: Path) -> None:
    html = (reported / "report" / "index.html").read_text()
    (coded,) = re.findall(r'href="data:text/csv,([^"]*)" download="growth.csv"', html)
    rows = list(csv.DictReader(StringIO(unquote(coded))))
    assert rows[0]["model_permaslug"] == "tencent/hy3-20260706:free"
    assert float(rows[0]["share_of_change"]) == pytest.approx(0.49, abs=0.005)


def test_a_week_as_text_and_nobody_to_send_it_to(database: Path) -> None:
    done = tokenhouse(database.parent, "report", "--format", "md", "--week", "2026-07-06")
    assert done.stdout.startswith("# What changed, week 2026-07-06")
    assert "**Free models carry 17.5% of all tokens" in done.stdout
    done = tokenhouse(database.parent, "report", "--format", "md", "--send", NOTIFY_URLS="")
    assert (done.returncode, done.stdout) == (1, "")
    assert "NOTIFY_URLS is empty" in done.stderr
    wrong = tokenhouse(database.parent, "report", "--site", "x", "--week", "2026-07-06")
    assert wrong.returncode == 2


@pytest.mark.skipif(pdf.browser() is None, reason="no Chromium on this machine")
def test_a_page_is_printed(reported: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes((reported / "report/index.html").read_bytes())
    printed = pdf.printed(tmp_path / "index.html")
    assert printed.read_bytes().startswith(b"%PDF-")
