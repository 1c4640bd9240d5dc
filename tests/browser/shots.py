"""Pictures of the report, a notebook and Dagster for the documentation: `make shots`.

Fills a home with the recorded sample, opens its pages in the machine's own Chromium, and fails if a
page asks anyone outside or axe finds something serious in the report.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from pipelines.report import archive
from pipelines.settings import ROOT
from tests.support import browser as chromium
from tests.support.ports import free_port

PICTURES = ROOT / "docs" / "pictures"
LARGEST = 250_000
A4 = {"width": 794, "height": 1123}


def main() -> None:
    """Write `docs/pictures/*.png`; exit with what is wrong, or with how to get a Chromium."""
    if chromium.executable() is None:
        sys.exit("make shots needs Chromium: apt-get install chromium, or put one on the PATH")
    with tempfile.TemporaryDirectory() as folder, chromium.browsing() as browser:
        home = Path(folder)
        os.environ.update(TOKENHOUSE_HOME=folder, OPENROUTER_API_KEY="", NOTIFY_URLS="")
        subprocess.run([Path(sys.executable).with_name("tokenhouse"), "run"], check=True)
        wrong = shoot_report(browser, home / "report" / "index.html")
        wrong += shoot_archive(browser, home)
        wrong += shoot_notebook(browser)
        wrong += shoot_dagster(browser, home)
    wrong += [
        f"{path.name} has {path.stat().st_size} bytes, more than {LARGEST}"
        for path in PICTURES.glob("*.png")
        if path.stat().st_size > LARGEST
    ]
    sys.exit("\n".join(wrong) or 0)


def shoot_report(browser: Browser, path: Path) -> list[str]:
    """Take the report on a desktop, a phone, paper, in the dark, in grey; return what is wrong."""
    wrong = []
    shots: dict[str, dict[str, Any]] = {
        "report": {"viewport": {"width": 1280, "height": 1420}},
        "report-phone": {"viewport": {"width": 375, "height": 1123}},
        "report-dark": {"viewport": {"width": 1280, "height": 1300}, "color_scheme": "dark"},
        "report-print": {"viewport": A4},
        "report-grey": {"viewport": {"width": 1280, "height": 1000}},
    }
    for name, options in shots.items():
        with chromium.opened(browser, path.as_uri(), **options) as (page, outside):
            if name == "report-print":
                page.emulate_media(media="print")
            if name == "report-grey":
                page.evaluate("document.documentElement.style.filter = 'grayscale(1)'")
            if name in ("report-dark", "report-grey"):
                page.locator("#origin").scroll_into_view_if_needed()
                page.evaluate("scrollTo(0, document.querySelector('#origin').offsetTop - 40)")
            page.screenshot(path=PICTURES / f"{name}.png")
            page.emulate_media(media="screen")
            wrong += [f"{name} asks {address}" for address in outside]
            wrong += [f"{name}: {finding}" for finding in chromium.findings(page)]
    return wrong


def shoot_archive(browser: Browser, home: Path) -> list[str]:
    """Take the index of all weeks and the page of claims; return what is wrong."""
    archive.write(home, home / "site")
    wrong = []
    for name, file in (("report-weeks", "index.html"), ("report-claims", "claims.html")):
        address = (home / "site" / file).as_uri()
        with chromium.opened(browser, address, viewport=chromium.DESKTOP) as (page, outside):
            page.screenshot(path=PICTURES / f"{name}.png")
            wrong += [f"{name} asks {asked}" for asked in outside]
            wrong += [f"{name}: {finding}" for finding in chromium.findings(page)]
    return wrong


def shoot_notebook(browser: Browser) -> list[str]:
    """Take a notebook as an app, once it shows its chart; return which outside hosts it asked."""
    notebook = ROOT / "notebooks" / "china_against_us.py"
    with (
        serving("marimo", "run", f"{notebook}", "--headless", "--port", "{port}") as server,
        chromium.opened(browser, server) as (page, outside),
    ):
        page.locator("svg.marks, canvas.marks").first.wait_for()
        page.screenshot(path=PICTURES / "notebook.png")
        return [f"notebook asks {address}" for address in outside]


def shoot_dagster(browser: Browser, home: Path) -> list[str]:
    """Photograph Dagster's lineage and one mart; return which outside hosts its pages contacted."""
    wrong = []
    shots = {"dagster-lineage": "/asset-groups", "dagster-mart": "/assets/marts/weekly_total"}
    os.environ["DAGSTER_HOME"] = f"{home / 'dagster'}"
    web = ("dagster-webserver", "-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", "{port}")
    with serving(*web) as server:
        for name, path in shots.items():
            with chromium.opened(browser, f"{server}{path}") as (page, outside):
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(1500)
                page.screenshot(path=PICTURES / f"{name}.png")
                wrong += [f"{name} asks {address}" for address in outside]
    return wrong


@contextmanager
def serving(program: str, *words: str) -> Iterator[str]:
    """Run a web server of the environment at a free port of loopback; yield its address."""
    port = free_port()
    running = subprocess.Popen(
        [Path(sys.executable).with_name(program), *(word.format(port=port) for word in words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(10)


def wait_for(address: str, seconds: float = 60) -> None:
    """Return when a server responds; exit if it does not respond in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=2)  # noqa: S310 loopback
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        else:
            return
    sys.exit(f"{address} did not answer within {seconds} seconds")


if __name__ == "__main__":
    main()
