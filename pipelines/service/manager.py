"""Installing the service's files for this user, asking the system about them, removing them."""

import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypedDict

from pipelines.errors import RefusalError
from pipelines.home.files import sweep_beside, write_atomically
from pipelines.service import units

PATIENCE = 30
"""Seconds that the system's manager has for an answer."""


class FileStatus(TypedDict):
    """One file of the service: `state` is installed, outdated, edited or missing."""

    file: Path
    state: str


class JobStatus(TypedDict):
    """One job: what the system says of it, in the system's words; None where it was not asked."""

    job: str
    enabled: str | None
    last_result: str | None
    next_run: str | None


def is_macos() -> bool:
    """Whether launchd runs this machine."""
    return sys.platform == "darwin"


def files(home: Path) -> dict[Path, str]:
    """Return the service's files by their path, as `install` writes them."""
    program = units.command()
    if is_macos():
        library = Path.home() / "Library"
        offset = datetime.now().astimezone().utcoffset() or timedelta(0)
        agents = units.launchd(program, home, library / "Logs" / "tokenhouse", offset)
        return {library / "LaunchAgents" / name: text for name, text in agents.items()}
    folder = Path("~/.config/systemd/user").expanduser()
    return {folder / name: text for name, text in units.systemd(program, home).items()}


def install(home: Path) -> list[Path]:
    """Write the service's files and enable its jobs; return the files that changed.

    Raises RefusalError, before anything is written, if somebody edited one of the files, if others
    may read the settings, or if the system's manager does not answer.
    """
    wanted = files(home)
    edited = [one["file"] for one in file_status(home) if one["state"] == "edited"]
    if edited:
        raise RefusalError(
            f"{edited[0]} was edited: nothing was changed; move it away, then install again"
        )
    _check_settings(Path(units.SETTINGS_FILE).expanduser())
    _check_manager()
    if is_macos():
        (Path.home() / "Library" / "Logs" / "tokenhouse").mkdir(parents=True, exist_ok=True)
    for path in wanted:
        sweep_beside(path)
    changed = [path for path, text in wanted.items() if write_atomically(path, text.encode())]
    if is_macos():
        for path in changed:
            _manager("unload", f"{path}", may_fail=True)
            _manager("load", "-w", f"{path}")
    else:
        _manager("daemon-reload")
        _manager("enable", "--now", *(path.name for path in wanted if path.suffix == ".timer"))
    return changed


def uninstall(home: Path) -> tuple[list[Path], list[Path]]:
    """Disable the jobs and remove the files; return those removed, and those left as edited."""
    found = [one for one in file_status(home) if one["state"] != "missing"]
    removed = [one["file"] for one in found if one["state"] != "edited"]
    if found:
        _check_manager()
    for path in removed:
        if is_macos():
            _manager("unload", "-w", f"{path}", may_fail=True)
        elif path.suffix == ".timer":
            _manager("disable", "--now", path.name, may_fail=True)
    for path in removed:
        path.unlink()
    if removed and not is_macos():
        _manager("daemon-reload")
    return removed, [one["file"] for one in found if one["state"] == "edited"]


def file_status(home: Path) -> list[FileStatus]:
    """Return the state of each file of the service."""
    return [{"file": path, "state": _state(path, text)} for path, text in files(home).items()]


def _state(path: Path, wanted: str) -> str:
    if not path.exists():
        return "missing"
    found = path.read_text(encoding="utf-8", errors="replace")
    if found == wanted:
        return "installed"
    return "outdated" if units.is_sealed(found) else "edited"


def job_status() -> list[JobStatus]:
    """Return what systemd says of each job; launchd reports no times and is not asked."""
    answers: list[JobStatus] = []
    for job in units.JOBS:
        timer = {} if is_macos() else _properties(f"tokenhouse-{job.name}.timer")
        service = {} if is_macos() else _properties(f"tokenhouse-{job.name}.service")
        has_run = service.get("ExecMainStartTimestamp")
        answers.append(
            {
                "job": job.name,
                "enabled": timer.get("UnitFileState") or None,
                "last_result": service.get("Result") if has_run else None,
                "next_run": timer.get("NextElapseUSecRealtime") or None,
            }
        )
    return answers


def _properties(unit: str) -> dict[str, str]:
    """Return what systemd says of a unit; nothing where no systemd answers."""
    names = "UnitFileState,NextElapseUSecRealtime,Result,ExecMainStartTimestamp"
    text = _manager("show", unit, "--property", names, may_fail=True)
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _check_manager() -> None:
    """Raise RefusalError if the system's manager does not answer for this user."""
    _manager("list" if is_macos() else "show-environment")


def _manager(*arguments: str, may_fail: bool = False) -> str:
    """Run systemctl or launchctl for this user; return what it printed.

    Raises RefusalError if it is missing or fails, unless it may.
    """
    command = ["launchctl"] if is_macos() else ["systemctl", "--user"]
    program = shutil.which(command[0])
    try:
        done = subprocess.run(  # noqa: S603
            [program or command[0], *command[1:], *arguments],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        fault = f"{done.stderr.strip() or done.stdout.strip()}" if done.returncode else ""
        output = done.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        fault, output = f"{error}", ""
    if fault and not may_fail:
        raise RefusalError(
            f"{' '.join(command)} {arguments[0]}: {' '.join(fault.split())}: `tokenhouse service "
            "install --print` shows the files, and docs/operations.md how cron does the same"
        )
    return output


def _check_settings(path: Path) -> None:
    """Refuse settings that other users may read: they contain keys."""
    if path.exists() and path.stat().st_mode & 0o077:
        raise RefusalError(f"{path} can be read by others: `chmod 600 {path}` first")
