"""The service's files, and a systemctl that records what it is asked to do."""

import os
import plistlib
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.cli.service import status
from pipelines.errors import RefusalError
from pipelines.service import manager, units
from pipelines.settings import settings
from tests.support import interruptions

HOME = Path("/srv/a home/100%")
PROGRAM = Path("/opt/venv/bin/tokenhouse")


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Put a systemctl on the PATH; return what it was asked so far."""
    program, log = tmp_path / "bin" / "systemctl", tmp_path / "asked"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >>{log}\necho UnitFileState=enabled\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", f"{tmp_path}")
    monkeypatch.setattr(sys, "platform", "linux")
    return lambda: log.read_text().splitlines() if log.exists() else []


def test_installing_twice_changes_nothing_and_uninstalling_leaves_nothing(
    systemctl: Callable[[], list[str]],
) -> None:
    written = manager.install(HOME)
    assert sorted(written) == sorted(manager.files(HOME))
    assert {one["state"] for one in manager.file_status(HOME)} == {"installed"}
    timers = " ".join(f"tokenhouse-{job.name}.timer" for job in units.JOBS)
    assert systemctl()[-1] == f"--user enable --now {timers}"
    assert manager.install(HOME) == []
    assert [one["enabled"] for one in manager.job_status()] == ["enabled"] * len(units.JOBS)
    removed, edited = manager.uninstall(HOME)
    assert (sorted(removed), edited) == (sorted(written), [])
    assert {one["state"] for one in manager.file_status(HOME)} == {"missing"}
    assert manager.uninstall(HOME) == ([], [])


def test_a_unit_starts_the_program_whatever_the_name_of_its_folder() -> None:
    text = units.systemd(Path("/opt/my $tools/50%/tokenhouse"), HOME)["tokenhouse-daily.service"]
    assert 'ExecStart="/opt/my $$tools/50%%/tokenhouse" fetch\n' in text
    assert 'Environment="TOKENHOUSE_HOME=/srv/a home/100%%"\n' in text


@pytest.mark.usefixtures("systemctl")
def test_an_edited_file_is_never_overwritten_or_removed_and_an_outdated_one_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manager.install(HOME)
    paths = sorted(manager.files(HOME))
    edited, other = paths[0], paths[1]
    edited.write_text(edited.read_text().replace("Persistent=true", "Persistent=false") + "\n")
    before = {path: path.read_bytes() for path in paths}
    with pytest.raises(RefusalError, match=f"{edited.name} was edited"):
        manager.install(Path("/srv/another"))
    assert {path: path.read_bytes() for path in paths} == before
    monkeypatch.setenv("TOKENHOUSE_HOME", f"{HOME}")
    settings.cache_clear()
    with pytest.raises(RefusalError, match=f"{edited.name} is edited: move it away first, then"):
        status(json=True)
    settings.cache_clear()
    edited.unlink()
    states = {one["file"]: one["state"] for one in manager.file_status(Path("/srv/another"))}
    assert states[edited] == "missing"
    assert "outdated" in states.values()
    assert manager.install(Path("/srv/another"))
    other.write_text("mine\n")
    removed, left = manager.uninstall(Path("/srv/another"))
    assert left == [other]
    assert other.exists()
    assert other not in removed


def test_without_a_manager_nothing_is_written(
    systemctl: Callable[[], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "bin" / "systemctl").write_text("#!/bin/sh\necho no bus >&2\nexit 1\n")
    with pytest.raises(RefusalError, match=r"show-environment: no bus: .*--print"):
        manager.install(HOME)
    assert systemctl() == []
    assert {one["state"] for one in manager.file_status(HOME)} == {"missing"}


def test_settings_that_others_can_read_are_refused(
    systemctl: Callable[[], list[str]], tmp_path: Path
) -> None:
    file = tmp_path / ".config" / "tokenhouse" / "env"
    file.parent.mkdir(parents=True)
    file.write_text("OPENROUTER_API_KEY=sk-or-secret\n")
    file.chmod(0o644)
    with pytest.raises(RefusalError, match="chmod 600"):
        manager.install(HOME)
    assert systemctl() == []
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    manager.install(HOME)
    assert not any("sk-or" in path.read_text() for path in manager.files(HOME))


@pytest.mark.accept
@pytest.mark.parametrize("kind", interruptions.KINDS)
def test_whatever_call_an_installation_fails_at_no_job_starts_before_every_file_is_whole(
    systemctl: Callable[[], list[str]], tmp_path: Path, kind: str
) -> None:
    folder, log = tmp_path / ".config", tmp_path / "asked"
    wanted = manager.files(HOME)
    assert all(path.is_relative_to(folder) for path in wanted)
    for point in range(1, 40):
        folder.mkdir()
        log.unlink(missing_ok=True)
        with suppress(interruptions.KilledError, RefusalError):
            interruptions.interrupted(folder, point, kind, lambda: manager.install(HOME))
        found = {path: path.read_text() for path in wanted if path.exists()}
        assert found.items() <= wanted.items()
        is_enabled = any(line.startswith("--user enable") for line in systemctl())
        assert not is_enabled or found == wanted
        manager.install(HOME)
        assert {one["state"] for one in manager.file_status(HOME)} == {"installed"}
        assert systemctl()[-1].startswith("--user enable --now")
        shutil.rmtree(folder)


@pytest.mark.accept
def test_an_installation_that_is_really_killed_is_finished_by_the_next(
    systemctl: Callable[[], list[str]], tmp_path: Path
) -> None:
    """SIGKILL some milliseconds after the first question to systemctl, or at a later one."""
    program = tmp_path / "bin" / "systemctl"
    answers = program.read_text()
    install = f"from pipelines.service import manager; manager.install(manager.Path('{HOME}'))"
    wanted, ends = manager.files(HOME), list[int]()
    for at in [*(f"{wait / 1000}" for wait in range(0, 60, 3)), "daemon-reload", "enable"]:
        kill = f"(sleep {at}; kill -9 $PPID) &" if at[0] == "0" else "kill -9 $PPID"
        asked = "show-environment" if at[0] == "0" else at
        program.write_text(f'{answers}[ "$2" = {asked} ] && {kill}\n')
        done = subprocess.run([sys.executable, "-c", install], capture_output=True, check=False)
        ends.append(done.returncode)
        found = {path: path.read_text() for path in wanted if path.exists()}
        assert found.items() <= wanted.items()
        is_enabled = any(line.startswith("--user enable") for line in systemctl())
        assert not is_enabled or found == wanted
        program.write_text(answers)
        manager.install(HOME)
        folder = tmp_path / ".config" / "systemd" / "user"
        assert sorted(folder.iterdir()) == sorted(wanted)
        assert systemctl()[-1].startswith("--user enable --now")
        shutil.rmtree(folder)
        (tmp_path / "asked").unlink()
    assert ends.count(-signal.SIGKILL) >= 3, ends


@pytest.mark.parametrize(
    ("hours", "local"),
    [
        (0, {"Weekday": 1, "Hour": 9, "Minute": 0}),
        (-11, {"Weekday": 0, "Hour": 22, "Minute": 0}),
        (14, {"Weekday": 1, "Hour": 23, "Minute": 0}),
    ],
)
def test_launchd_starts_after_the_week_is_closed(hours: int, local: dict[str, int]) -> None:
    agents = units.launchd(PROGRAM, HOME, Path("/logs"), timedelta(hours=hours))
    text = agents["org.tokenhouse.weekly.plist"]
    agent = plistlib.loads(text.encode())
    assert agent["StartCalendarInterval"] == local
    assert agent["ProgramArguments"][-2:] == [f"{PROGRAM}", "run"]
    assert agent["EnvironmentVariables"] == {"TOKENHOUSE_HOME": f"{HOME}"}
    assert units.is_sealed(text)
    assert not units.is_sealed(text.replace("<integer>0<", "<integer>1<"))


def test_a_log_of_an_agent_is_replaced_and_the_one_before_kept(tmp_path: Path) -> None:
    agents = units.launchd(Path("/bin/echo"), HOME, tmp_path, timedelta(0))
    agent = plistlib.loads(agents["org.tokenhouse.daily.plist"].encode())
    for _ in range(3):
        subprocess.run(agent["ProgramArguments"], check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["daily.log", "daily.log.1"]
    assert (tmp_path / "daily.log").read_text() == "fetch\n"


@pytest.mark.accept
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_reads_the_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", f"{tmp_path}")
    names = units.systemd(Path("/bin/echo"), HOME)
    for name, text in names.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *(f"{tmp_path / name}" for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "tokenhouse" in line]
    assert (done.returncode, ours) == (0, [])
