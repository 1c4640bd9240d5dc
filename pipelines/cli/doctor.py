"""Check what a home and its machine need, with what to do where something is missing."""

import shutil
import socket
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.settings import Settings, settings

LEAST_FREE = 1_000_000_000
"""Bytes of disk below which a run may not end."""

SECONDS = 3
"""How long a source may take to accept a connection."""


class Check(NamedTuple):
    """What was checked, whether it is as needed, what was found, and what to do if not."""

    name: str
    is_fine: bool
    found: str
    fix: str | None


@app.command()
def doctor(json: Json = False) -> None:
    """Check key, source, home, disk, schedule, freshness and browser; exit with 1 for a fault."""
    try:
        found = list(_checks(settings()))
    except RefusalError as error:  # a setting that is wrong, or a home that nothing here can read
        found = [Check("settings", False, "refused", f"{error}")]
    checks = [one._replace(fix=None) if one.is_fine else one for one in found]
    if json:
        console.as_json({"checks": [check._asdict() for check in checks]})
    else:
        console.table(
            "",
            ["", "check", "found", "what to do"],
            [["ok" if one.is_fine else "!", one.name, one.found, one.fix or ""] for one in checks],
        )
    faults = [check.name for check in checks if not check.is_fine and check.name in NEEDED]
    if faults:
        raise RefusalError(f"not as needed: {', '.join(faults)}")


NEEDED = ("settings", "home", "disk", "published")
"""Checks without which nothing works; the others are only reported."""


def _checks(chosen: Settings) -> Iterator[Check]:
    """Yield every check, what is needed first."""
    from pipelines.orchestration.status import status
    from pipelines.report.pdf import browser
    from pipelines.service import manager

    home = chosen.tokenhouse_home
    disk = next(one for one in (home, *home.parents) if one.exists())
    free = shutil.disk_usage(disk).free
    answer = status(chosen)
    behind = answer["weeks_behind"]
    yield Check("home", home.is_dir(), f"{home}", "`tokenhouse run`, or set TOKENHOUSE_HOME")
    yield Check("disk", free >= LEAST_FREE, f"{free / 1e9:.1f} GB free", "free a gigabyte")
    newest = answer["newest_week"]
    yield Check("published", newest is not None, console.plain(newest), "`tokenhouse run`")
    yield Check(
        "freshness",
        behind == 0,
        "unknown" if behind is None else f"{console.counted(behind, 'week')} behind",
        "`tokenhouse run` with a key; the sample does not grow",
    )
    key = "set" if chosen.openrouter_api_key else "none"
    yield Check("key", key == "set", key, "OPENROUTER_API_KEY in .env; without it, the sample")
    address = urlsplit(chosen.openrouter_base_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    reachable = _accepts(f"{address.hostname}", port)
    yield Check("source", reachable, f"{address.hostname}", "check network and proxy")
    installed = [
        f"{one['file']}" for one in manager.file_status(home) if one["state"] == "installed"
    ]
    found = f"{console.counted(len(installed), 'file')} installed"
    yield Check("schedule", bool(installed), found, "`tokenhouse service install`")
    program = browser()
    wanted = "Chromium, for `report --format pdf`"
    yield Check("browser", program is not None, program or "none", wanted)


def _accepts(host: str, port: int) -> bool:
    """Whether a machine accepts a connection; nothing is sent."""
    try:
        with socket.create_connection((host, port), SECONDS):
            return True
    except OSError:
        return False
