"""Dagster's page, as `tokenhouse ui` opens it, in a real browser."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.browser.shots import wait_for
from tests.support import browser as chromium
from tests.support.ports import free_port

pytestmark = [
    pytest.mark.accept,
    pytest.mark.skipif(
        chromium.executable() is None,
        reason="no Chromium on this machine: Dagster's page was not opened",
    ),
]

SLOWEST = 600
"""Seconds that all weeks of the sample may take on a busy machine."""

ENDED = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"}
STATUS = "{ partitionBackfillsOrError { ... on PartitionBackfills { results { status } } } }"
"""What Dagster's page asks for, too."""


@contextmanager
def dagster(home: Path) -> Iterator[str]:
    """Run `tokenhouse ui` for a home without a key; yield its address."""
    port = free_port()
    running = subprocess.Popen(
        [Path(sys.executable).with_name("tokenhouse"), "ui", "--port", f"{port}"],
        env={**os.environ, "TOKENHOUSE_HOME": f"{home}", "OPENROUTER_API_KEY": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/server_info")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(30)


def wait_until_ended(server: str) -> None:
    """Wait until the backfill has ended, however."""
    asked = urllib.request.Request(  # noqa: S310
        f"{server}/graphql",
        json.dumps({"query": STATUS}).encode(),
        {"Content-Type": "application/json"},
    )
    end = time.monotonic() + SLOWEST
    while time.monotonic() < end:
        with urllib.request.urlopen(asked) as answer:  # noqa: S310
            (one,) = json.load(answer)["data"]["partitionBackfillsOrError"]["results"]
        if one["status"] in ENDED:
            return
        time.sleep(2)
    raise TimeoutError(f"still {one['status']} after {SLOWEST} seconds")


def test_all_weeks_of_the_sample_are_materialized_from_the_page(tmp_path: Path) -> None:
    with (
        dagster(tmp_path) as server,
        chromium.browsing() as browser,
        chromium.opened(browser, f"{server}/asset-groups") as (page, outside),
    ):
        page.get_by_role("button", name="Materialize all").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="All", exact=True).click()
        dialog.get_by_text("13 partitions", exact=True).wait_for()
        dialog.get_by_role("button", name="Launch backfill").click()
        dialog.wait_for(state="hidden")
        page.goto("about:blank")  # a page that shows how far it is works as hard as the run
        wait_until_ended(server)
        page.goto(f"{server}/runs/?tab=backfills")
        page.get_by_text("Success", exact=True).wait_for()
        assert outside == []
    with duckdb.connect(tmp_path / "warehouse.duckdb", read_only=True) as database:
        answer = database.sql("SELECT count(*) FROM marts.weekly_total WHERE source = 'daily_rows'")
        assert answer.fetchall() == [(13,)]
