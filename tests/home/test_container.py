"""The image without a builder: its steps, run as they are, give a program that needs one folder.

The program runs as the image's user, with everything else mounted read-only.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.settings import ROOT
from tests.conftest import tokenhouse

FOLDER = ROOT / "container"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
BUILD, FINAL = DOCKERFILE.split("\n\n")
USER = "10001"
SYSTEM_PYTHON = shutil.which("python3.11", path="/usr/bin:/usr/local/bin")
"""A Python that other users can execute."""

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "compose.yaml").read_text())[
    "services"
]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "tokenhouse"}


def may_mount() -> bool:
    program = shutil.which("unshare")
    return program is not None and not subprocess.run([program, "-m", "true"]).returncode


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """The folders of the image, made by its steps: `opt/tokenhouse` and `data`."""
    if not (SYSTEM_PYTHON and (ROOT / ".tools" / "bin" / "uv").exists() and may_mount()):
        pytest.skip("needs root, Python 3.11 of the system, and uv from `make .venv/development`")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        (root / "uv").symlink_to(ROOT / ".tools")
        (root / "python").mkdir()
        (root / "python" / "python").symlink_to(SYSTEM_PYTHON)
        copy_context(root / "src")
        _, *steps = re.findall(r"^RUN (.+)$", BUILD, re.MULTILINE)  # the first installs uv
        for step in steps:
            here = re.sub(r"(?<= )/(uv|dist|opt)(?=/)", f"{root}/\\1", f" {step}")
            here = here.replace(" --out-dir /dist", f" --out-dir {root}/dist")
            path = f"{root / 'python'}:{os.environ['PATH']}"
            done = subprocess.run(
                ["sh", "-ec", here],
                cwd=root / "src",
                env={**os.environ, "PATH": path},
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
        for name in ("data", "tmp"):
            (root / name).mkdir(mode=0o700)
            os.chown(root / name, int(USER), int(USER))
        yield root


def copy_context(target: Path) -> None:
    """Copy what .dockerignore lets into the image."""
    names = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    ignored = shutil.ignore_patterns("__pycache__", "published")
    for name in names:
        source = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=ignored)
        else:
            shutil.copy(source, target / name)


def run(image: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program as the image's user, with `data` and `tmp` as the only writable folders."""
    data, scratch, program = image / "data", image / "tmp", image / "opt" / "tokenhouse" / "bin"
    script = (
        f"mount --bind {data} {data} && mount --bind {scratch} {scratch} && "
        "mount -o remount,ro,bind / && cd / && exec setpriv --reuid=$0 --regid=$0 --clear-groups "
        f"--no-new-privs env -i PATH={program} HOME={scratch} TOKENHOUSE_HOME={data} "
        f'TMPDIR={scratch} "$@"'
    )
    command = ["unshare", "-m", "sh", "-c", script, USER, f"{program / 'tokenhouse'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.accept
def test_the_steps_of_the_image_give_a_program_that_needs_one_folder(image: Path) -> None:
    found = re.search(r'HEALTHCHECK .* CMD \["tokenhouse", (.+)\]', FINAL)
    assert found
    health = [one.strip('"') for one in found[1].split(", ")]
    before = run(image, *health)
    assert (before.returncode, "run `tokenhouse run` first" in before.stderr) == (1, True)
    done = run(image, "run")
    assert done.returncode == 0, done.stderr
    assert f"written: {image / 'data' / 'warehouse.duckdb'}" in done.stdout
    assert run(image, "status").returncode == 0
    old = run(image, *health)  # the sample is of July 2026
    assert (old.returncode, "behind" in old.stderr) == (1, True)
    (line,) = run(image, "export", "--to", "/srv").stderr.splitlines()
    assert "Read-only file system" in line or "Permission denied" in line


@pytest.mark.accept
def test_a_builder_builds_the_image_and_it_starts_read_only() -> None:
    builder = shutil.which("docker") or shutil.which("podman")
    base = re.findall(r"^FROM (\S+)$", FINAL, re.MULTILINE)[0]

    def do(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([f"{builder}", *arguments], cwd=ROOT, capture_output=True, text=True)

    if not builder or do("pull", f"docker.io/library/{base}").returncode:
        pytest.skip(f"there is no builder here that can have {base}")
    built = do("build", "-f", "container/Dockerfile", "-t", "tokenhouse-tested", ".")
    assert built.returncode == 0, built.stderr
    try:
        rights = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]  # noqa: S108
        started = do("run", "--rm", *rights, "tokenhouse-tested", "--version")
        assert started.stdout.startswith("tokenhouse "), started.stderr
    finally:
        do("rmi", "tokenhouse-tested")


def test_the_image_starts_as_a_user_and_takes_locked_packages_only() -> None:
    assert f"\nUSER {USER}\n" in FINAL
    assert "\nVOLUME /data\n" in FINAL
    installs = [
        line for line in re.findall(r"^RUN (.+)$", BUILD, re.MULTILINE) if "install" in line
    ]
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-deps /dist/" in line for line in installs)


def test_services_can_do_nothing_but_write_to_the_home() -> None:
    assert sorted(OURS) == ["daemon", "webserver"]
    for one in OURS.values():
        assert (one["user"], one["read_only"], one["cap_drop"]) == (USER, True, ["ALL"])
        assert one["volumes"] == ["home:/data"]
        assert one["security_opt"] == ["no-new-privileges:true"]
    assert OURS["webserver"]["ports"] == ["127.0.0.1:3000:3000"]
    text = (FOLDER / "compose.yaml").read_text()
    assert not re.search("password|secret|key:", text, re.IGNORECASE)


@pytest.mark.parametrize(("name", "program"), [("webserver", "-webserver"), ("daemon", "-daemon")])
def test_the_command_of_a_service_starts_its_server(
    name: str, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = list[str]()
    monkeypatch.setattr("os.execv", lambda path, arguments: started.extend([str(path), *arguments]))
    monkeypatch.setenv("DAGSTER_HOME", "")
    done = tokenhouse(tmp_path, *OURS[name]["command"])
    assert done.returncode == 0, done.stderr
    assert started[0].endswith(f"/dagster{program}")
    assert Path(started[0]).exists()
    assert started[-2:] == ["-m", "pipelines.definitions"]
