"""The archive: permanent names, links between weeks, and bytes that stay where nothing changed."""

import csv
import re
from base64 import b64decode
from io import StringIO
from pathlib import Path
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


def test_an_address_is_in_previews_and_in_the_feed(changed: Changed, tmp_path: Path) -> None:
    site = tmp_path / "site"
    archive.write(changed(TWO_WEEKS), site, "https://example.org/weeks/")
    page = Reader((site / "2026-07-13.html").read_text())
    image = "https://example.org/weeks/2026-07-13.png"
    assert {"property": "og:image", "content": image} in page.named("meta")
    assert "https://example.org/weeks/2026-07-13.html" in (site / "feed.xml").read_text()


def test_the_csv_under_a_chart_has_the_rows_of_the_mart(reported: Path) -> None:
    html = (reported / "report" / "index.html").read_text()
    (coded,) = re.findall(r'href="data:text/csv;base64,([^"]*)" download="growth.csv"', html)
    rows = list(csv.DictReader(StringIO(b64decode(coded).decode())))
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
