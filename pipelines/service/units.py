"""The files that let systemd or launchd run Tokenhouse, as text; nothing here touches the system.

No file contains a key: the program reads it from the settings file of its user.
"""

import hashlib
import plistlib
import re
import sysconfig
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

SETTINGS_FILE = "~/.config/tokenhouse/env"
"""Where the service's keys belong; only their owner may read it."""


class Job(NamedTuple):
    """What is started, and when: an hour in UTC, of every day or of Mondays."""

    name: str
    arguments: tuple[str, ...]
    hour: int
    is_weekly: bool
    meaning: str


JOBS = (
    Job("weekly", ("run",), 8, True, "publish the week that has just closed"),
    Job("daily", ("fetch",), 6, False, "fetch prices and the last closed days"),
    Job(
        "freshness",
        ("status", "--max-behind", "0", "--notify"),
        12,
        False,
        "notify if anything is stale",
    ),
)

SEAL = re.compile(r"^(?:#|<!--) tokenhouse service ([0-9a-f]{64})(?: -->)?\n", re.MULTILINE)
"""A line of our files: the SHA-256 of the others shows whether somebody edited them."""


def command() -> Path:
    """Return the program of this installation, wherever it was started from."""
    return Path(sysconfig.get_path("scripts")) / "tokenhouse"


def is_sealed(text: str) -> bool:
    """Whether a file is ours and nobody has edited it since."""
    found = SEAL.search(text)
    return found is not None and _digest(SEAL.sub("", text)) == found[1]


def systemd(program: Path, home: Path) -> dict[str, str]:
    """Return the user units by file name: for each job a service and its timer.

    A timer catches up after sleep. A run that fails is tried again twice, half an hour apart.
    """
    files = {}
    for job in JOBS:
        words = [_quoted(word).replace("$", "$$") for word in (f"{program}", *job.arguments)]
        files[f"tokenhouse-{job.name}.service"] = f"""\
[Unit]
Description=Tokenhouse: {job.meaning}
StartLimitIntervalSec=6h
StartLimitBurst=3

[Service]
Type=oneshot
Environment={_quoted(f"TOKENHOUSE_HOME={home}")}
EnvironmentFile=-{SETTINGS_FILE.replace("~", "%h")}
ExecStart={" ".join(words)}
Restart={"no" if job.name == "freshness" else "on-failure"}
RestartSec=30min
TimeoutStartSec=2h
UMask=0077
NoNewPrivileges=yes
"""
        day = "Mon " if job.is_weekly else ""
        files[f"tokenhouse-{job.name}.timer"] = f"""\
[Unit]
Description=Tokenhouse: when to {job.meaning}

[Timer]
OnCalendar={day}*-*-* {job.hour:02}:00:00 UTC
Persistent=true

[Install]
WantedBy=timers.target
"""
    return {name: f"# tokenhouse service {_digest(text)}\n{text}" for name, text in files.items()}


def launchd(program: Path, home: Path, logs: Path, offset: timedelta) -> dict[str, str]:
    """Return the agents by file name; `offset` is the local time's distance from UTC.

    launchd knows local time only, and starts a missed run after sleep. An hour is added, so that
    a change of summer time brings no run before its week is closed. Each run writes a log of its
    own and keeps the one before.
    """
    files = {}
    for job in JOBS:
        log = logs / f"{job.name}.log"
        script = 'mv -f "$0" "$0.1" 2>/dev/null; umask 077; exec "$@" >"$0" 2>&1'
        agent = {
            "Label": f"org.tokenhouse.{job.name}",
            "ProgramArguments": ["/bin/sh", "-c", script, f"{log}", f"{program}", *job.arguments],
            "EnvironmentVariables": {"TOKENHOUSE_HOME": f"{home}"},
            "StartCalendarInterval": _local_time(job, offset),
            "ProcessType": "Background",
        }
        text = plistlib.dumps(agent).decode()
        head, _, rest = text.partition("\n")  # the XML declaration must stay first
        seal = f"<!-- tokenhouse service {_digest(text)} -->"
        files[f"org.tokenhouse.{job.name}.plist"] = f"{head}\n{seal}\n{rest}"
    return files


def _local_time(job: Job, offset: timedelta) -> Mapping[str, int]:
    """Return a job's hour, and the day of weekly ones, in local time; Sunday is 0."""
    monday = datetime(2026, 1, 5, job.hour + 1) + offset
    day = {"Weekday": monday.isoweekday() % 7} if job.is_weekly else {}
    return {**day, "Hour": monday.hour, "Minute": monday.minute}


def _quoted(word: str) -> str:
    """Return a word as systemd reads it back; a home with quotes is refused by the settings."""
    text = word.replace("\\", "\\\\").replace("%", "%%")
    return f'"{text}"' if re.search(r"\s", text) else text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
