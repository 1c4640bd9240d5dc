"""The report in a real browser: nothing leaves the page, anyone can read it, on any screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pipelines.home.database import literal
from pipelines.report import page as report
from tests.home.report.test_page import FILES, MARKUP
from tests.support import browser as chromium
from tests.support.pages import Changed

pytestmark = [
    pytest.mark.accept,
    pytest.mark.skipif(
        chromium.executable() is None,
        reason="no Chromium on this machine: the pages were not opened",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.browsing() as running:
        yield running


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_leaves_the_page_and_axe_finds_nothing_serious(
    browser: Browser, reported: Path, name: str, scheme: str
) -> None:
    address = (reported / "report" / name).as_uri()
    with chromium.opened(browser, address, color_scheme=scheme) as (page, outside):
        assert chromium.findings(page) == []
        assert outside == []


@pytest.mark.parametrize("name", FILES)
def test_a_phone_never_scrolls_sideways(browser: Browser, reported: Path, name: str) -> None:
    address = (reported / "report" / name).as_uri()
    with chromium.opened(browser, address, viewport=chromium.PHONE) as (page, _):
        assert chromium.findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 375


def test_a_hostile_name_is_text_and_a_long_one_breaks(browser: Browser, changed: Changed) -> None:
    home = changed(
        f"UPDATE marts.weekly_model SET model_permaslug = {literal(MARKUP)} WHERE rank = 1",
        f"UPDATE marts.weekly_model SET model_permaslug = '{'w' * 200}' WHERE rank = 2",
        f"UPDATE marts.routing_table SET model_id = '{'w' * 200}', vendor = {literal(MARKUP)}",
    )
    said: list[str] = []
    address = report.write(home)[0].as_uri()
    with chromium.opened(browser, address, viewport=chromium.PHONE) as (page, outside):
        page.on("dialog", lambda dialog: said.append(dialog.message))
        names = page.locator("#table-top bdi").all_inner_texts()
        assert names[:2] == [MARKUP, "w" * 200]
        assert page.evaluate("document.documentElement.scrollWidth") == 375
        assert said == [] and outside == []
