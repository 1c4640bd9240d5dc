"""Claude Code's logs have the totals that the real ccusage computes, on 240,000 lines."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.usage import claude_logs
from tests.unit.usage.test_importing import add, ledger_of

CCUSAGE = shutil.which("ccusage")


@pytest.mark.accept
@pytest.mark.skipif(not CCUSAGE, reason="ccusage is not on PATH: npm install --global ccusage")
def test_claude_codes_logs_have_ccusages_totals(tmp_path: Path) -> None:
    claude_logs.write(tmp_path / "claude", 240_000)
    add(tmp_path / "home", tmp_path / "claude" / "projects")
    found = ledger_of(tmp_path / "home")
    read = sum(row["cache_read_tokens"] for row in found)
    written = sum(row["cache_write_tokens"] for row in found)
    ours = {
        "inputTokens": sum(row["prompt_tokens"] for row in found) - read - written,
        "cacheCreationTokens": written,
        "cacheReadTokens": read,
        "outputTokens": sum(row["completion_tokens"] for row in found),
    }
    done = subprocess.run(
        [f"{CCUSAGE}", "daily", "--json", "--offline"],
        env={**os.environ, "CLAUDE_CONFIG_DIR": f"{tmp_path / 'claude'}", "TZ": "UTC"},
        capture_output=True,
        check=True,
    )
    totals = json.loads(done.stdout)["totals"]
    assert {name: totals[name] for name in ours} == ours
