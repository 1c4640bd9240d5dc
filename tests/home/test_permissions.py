"""Who may read the files of a home that was really used."""

import shutil
from pathlib import Path
from unittest.mock import patch

import pytest

from pipelines.home.lock import writing
from pipelines.lake import acceptances
from tests.conftest import tokenhouse
from tests.support import ingesting
from tests.support.usage import FILES

PUBLIC = (
    *("warehouse.duckdb", "exports/", "report/", "lake/app_rankings/", "lake/models/"),
    *("lake/rankings_daily/", "lake/raw/app_rankings/", "lake/raw/rankings_daily/"),
)
"""What TOKENHOUSE_SHARED can open, and contains nothing of one's own; catalogues have scores."""


def open_files(home: Path) -> set[str]:
    """Return the files of a home that others could read if they could enter it."""
    return {
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.is_file() and path.stat().st_mode & 0o077
    }


@pytest.mark.accept
def test_nobody_else_reads_what_is_ones_own(ran: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(ran, tmp_path / "home"))
    assert home.stat().st_mode & 0o777 == 0o700
    with writing(home):
        acceptances.accept(home / "lake", "unpriced:x", 0.1, "ours")
    vintage = next((home / "lake" / "models").rglob("*.parquet")).name
    for arguments in (
        ("init",),
        ("usage", "add", f"{FILES / 'litellm' / 'callback.jsonl'}"),
        ("retract", vintage, "--why", "ours"),
        ("retract", vintage, "--undo", "--why", "ours"),
        ("replay",),
        ("runbook",),
        ("backup", f"{tmp_path / 'a.tar'}"),
    ):
        with patch("pipelines.cli.jobs.rebuild", ingesting.rebuild):
            done = tokenhouse(home, *arguments)
        assert done.returncode == 0, done.stderr
    found = open_files(home)
    assert {name for name in found if not name.startswith(PUBLIC)} == set()
    assert "report/notified.json" not in found
    assert (tmp_path / "a.tar").stat().st_mode & 0o777 == 0o600
