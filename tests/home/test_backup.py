"""A home in one file and back: the same published bytes, or a refusal that changes nothing."""

import errno
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.home import backup, files, home_format, paths
from pipelines.home.lock import writing
from tests.conftest import tokenhouse
from tests.support import interruptions


def contents(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.fixture
def home(ingested: Path, tmp_path: Path) -> Path:
    """Return a home with a lake, a table of its own, an acceptance and exports."""
    made = Path(shutil.copytree(ingested, tmp_path / "home"))
    (made / "reference").mkdir()
    (made / "reference" / "billed.csv").write_text("week,model_permaslug,tokens,billed_usd\n")
    (made / "exports").mkdir()
    (made / "exports" / ".hold").write_text("{}")
    return made


def test_what_cannot_be_made_again_comes_back_byte_for_byte(home: Path, tmp_path: Path) -> None:
    for made_again in ("warehouse.duckdb", "dagster/history/runs.db", "report/index.html"):
        (home / made_again).parent.mkdir(parents=True, exist_ok=True)
        (home / made_again).write_bytes(b"made again")
    file, other = tmp_path / "a.tar", tmp_path / "other"
    count = backup.write(home, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert backup.restore(file, other) == count
    names = [path.relative_to(home).as_posix() for path in backup.kept(home)]
    assert names == [path.relative_to(other).as_posix() for path in backup.kept(other)]
    assert all((home / name).read_bytes() == (other / name).read_bytes() for name in names)
    assert {"lake/log.jsonl", "reference/billed.csv", "exports/.hold"} < set(names)
    assert not any(name.startswith(("warehouse", "dagster", "report")) for name in names)
    assert sorted(path.name for path in other.iterdir()) == sorted(
        {name.split("/")[0] for name in names} | {"writer.lock"}
    )


@pytest.mark.accept
def test_the_commands_publish_the_same_rows_again(published: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "a.tar", tmp_path / "other"
    assert json.loads(tokenhouse(published, "backup", f"{file}", "--json").stdout)["files"] > 10
    done = tokenhouse(other, "restore", f"{file}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("restored and published")
    for name in ("routing.json", "marts/weekly_model.parquet", "digest.md", "manifest.json"):
        assert (other / "exports" / name).read_bytes() == (
            published / "exports" / name
        ).read_bytes()
    again = tokenhouse(other, "restore", f"{file}")
    assert again.returncode == 1
    assert "would replace it" in again.stderr


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    at = content.index(b"billed_usd")
    return content[:at] + b"BILLED" + content[at + 6 :]


@pytest.mark.parametrize("spoil", [cut, flipped, lambda _: b"", lambda _: b"no archive" * 99])
def test_what_is_no_whole_backup_is_refused_and_nothing_is_made(
    home: Path, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    file, other = tmp_path / "a.tar", tmp_path / "other"
    backup.write(home, file)
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(RefusalError, match=r"a\.tar"):
        backup.restore(file, other)
    assert not other.exists()
    other.mkdir()  # of the person, such as a volume
    with pytest.raises(RefusalError, match=r"a\.tar"):
        backup.restore(file, other)
    assert not any(other.iterdir())


def test_a_backup_that_cannot_be_read_is_named_and_not_the_home(tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "none.tar"):
        with pytest.raises(RefusalError, match=f"^{source} cannot be read: "):
            backup.restore(source, tmp_path / "other")
    assert not any(tmp_path.iterdir())


def test_a_member_that_leads_outside_the_home_is_refused(tmp_path: Path) -> None:
    file, other = tmp_path / "a.tar", tmp_path / "other"
    with tarfile.open(file, "w") as archive:
        archive.addfile(tarfile.TarInfo("../outside"))
    with pytest.raises(RefusalError, match="leads outside"):
        backup.restore(file, other)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    "said",
    [b"{}", b"[]", b"no JSON", b'{"format": "x", "files": {}}', b'{"files": 5, "format": 2}'],
)
def test_an_archive_of_another_program_is_refused_by_name(tmp_path: Path, said: bytes) -> None:
    file = tmp_path / "a.tar"
    with tarfile.open(file, "w") as archive:
        member = tarfile.TarInfo(backup.LIST)
        member.size = len(said)
        archive.addfile(member, io.BytesIO(said))
    with pytest.raises(RefusalError, match=r"a\.tar is no backup of Tokenhouse"):
        backup.restore(file, tmp_path / "other")
    link = tarfile.TarInfo("lake")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    with tarfile.open(file, "w") as archive:
        archive.addfile(link)
    with pytest.raises(RefusalError, match=r"a\.tar is no backup of Tokenhouse"):
        backup.restore(file, tmp_path / "other")


def test_a_home_or_a_backup_of_a_newer_version_is_refused_by_name(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.tar"
    with monkeypatch.context() as newer:
        newer.setattr(home_format, "CURRENT", 99)
        backup.write(home, file)
    before = contents(home)
    said = rf"{home} was written by a newer version of Tokenhouse .format 99"
    with pytest.raises(RefusalError, match=said), writing(home):
        pytest.fail("an older program must not write")
    assert contents(home) == before
    with pytest.raises(RefusalError, match=r"a\.tar was written by a newer version"):
        backup.restore(file, tmp_path / "other")
    done = tokenhouse(home, "run")
    assert (done.returncode, "newer version" in done.stderr) == (1, True)


def test_a_restore_that_is_killed_is_finished_by_the_next(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    backup.write(home, file)
    names = {path.relative_to(home).as_posix() for path in backup.kept(home)}
    for step in range(1, 6):
        other = tmp_path / f"other{step}"
        if os.fork() == 0:
            exit_at_rename(step)
            backup.restore(file, other)
            os._exit(0)
        os.wait()
        is_whole = paths.lake(other).exists()
        if not is_whole:
            backup.restore(file, other)
        assert {path.relative_to(other).as_posix() for path in backup.kept(other)} >= names
        assert not list(other.glob(".restore*"))


def exit_at_rename(number: int) -> None:
    """End this process, as a kill would, before the n-th folder is moved."""
    left, rename = [number], Path.replace

    def counted(path: Path, target: Path) -> Path:
        left[0] -= 1
        if not left[0]:
            os._exit(9)
        return rename(path, target)

    Path.replace = counted  # type: ignore[method-assign,assignment]


def test_there_must_be_something_to_back_up_and_a_place_elsewhere(
    home: Path, tmp_path: Path
) -> None:
    with pytest.raises(RefusalError, match="nothing to back up"):
        backup.write(tmp_path / "none", tmp_path / "a.tar")
    with pytest.raises(RefusalError, match="inside the home"):
        backup.write(home, home / "a.tar")
    os.mkfifo(tmp_path / "pipe")
    for target in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(RefusalError, match="is a folder or a device"):
            backup.write(home, target)
    assert (tmp_path / "pipe").is_fifo()
    with pytest.raises(RefusalError, match="cannot be read"):
        backup.restore(tmp_path / "none.tar", tmp_path / "other")
    assert not (tmp_path / "none").exists()
    for command, file in [("backup", "a.tar"), ("restore", "none.tar")]:
        refused = tokenhouse(tmp_path / "none", command, f"{tmp_path / file}")
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)


def test_a_file_that_cannot_be_read_is_named_and_the_older_backup_stays(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, lost = tmp_path / "a.tar", home / "reference" / "billed.csv"
    backup.write(home, file)
    before = file.read_bytes()
    found = backup.kept(home)
    monkeypatch.setattr(backup, "kept", lambda _: found)
    lost.unlink()  # as one of another user: root may read those
    with pytest.raises(RefusalError, match=r"billed\.csv cannot be read"):
        backup.write(home, file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.glob("*.tmp")] == []


def test_a_backup_replaces_an_older_one_and_nothing_else(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    backup.write(home, file)
    (home / "reference" / "billed.csv").write_text("newer")
    backup.write(home, file)
    with tarfile.open(file) as archive:
        newer = archive.extractfile("reference/billed.csv")
        assert newer is not None
        assert newer.read() == b"newer"
    with tarfile.open(tmp_path / "foreign.tar", "w") as foreign:
        foreign.add(file, "of-another-program")
    half = file.read_bytes()[:5000]
    for name, content in [("thesis.txt", b"a year"), ("empty", b""), ("half.tar", half)]:
        (tmp_path / name).write_bytes(content)
    for name in ("thesis.txt", "empty", "half.tar", "foreign.tar"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(RefusalError, match=f"{name} exists and is no backup"):
            backup.write(home, tmp_path / name)
        assert (tmp_path / name).read_bytes() == before


def test_a_backup_of_a_checkouts_home_leaves_out_what_git_keeps(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = home / "reference"
    monkeypatch.setattr("pipelines.reference.files.REFERENCE", own)
    (own / "vendors.csv").write_text("author\n")
    (home / "sample").mkdir()
    (home / "sample" / "recorded.json").write_text("{}")

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", f"{home}", *arguments], check=True, capture_output=True)

    git("init")
    git("add", "reference", "sample")
    (own / "billed.csv").write_text("edited since\n")
    (own / "mine.csv").write_text("never added\n")
    names = {path.relative_to(home).as_posix() for path in backup.kept(home)}
    names -= {name for name in names if name.startswith(".git/")}
    assert {"reference/billed.csv", "reference/mine.csv", "lake/log.jsonl"} < names
    assert not names & {"reference/vendors.csv", "sample/recorded.json"}
    monkeypatch.setenv("PATH", "")
    assert own / "vendors.csv" in backup.kept(home)


def test_a_restore_replaces_nothing_that_is_in_the_folder(home: Path, tmp_path: Path) -> None:
    (home / "drills").mkdir()
    (home / "drills" / "run.json").write_text("{}")
    file, other = tmp_path / "a.tar", tmp_path / "other"
    backup.write(home, file)
    (other / "drills").mkdir(parents=True)
    (other / "drills" / "of-a-power-tool.txt").write_text("another program's")
    (other / "mine.txt").write_text("mine")
    with pytest.raises(RefusalError, match="drills exists, and a restore would replace it"):
        backup.restore(file, other)
    assert (other / "drills" / "of-a-power-tool.txt").read_text() == "another program's"
    assert not paths.lake(other).exists()
    (other / "drills").rename(tmp_path / "moved away")
    backup.restore(file, other)
    assert (other / "mine.txt").read_text() == "mine"


def test_what_a_killed_restore_left_lets_no_later_one_replace_the_home(
    home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.tar"
    backup.write(home, file)
    (home / backup.BEGUN).touch()  # killed after the lake was there
    before = contents(home)
    with pytest.raises(RefusalError, match="exists, and a restore would replace it"):
        backup.restore(file, home)
    assert contents(home) == before


@pytest.mark.accept
@pytest.mark.parametrize("kind", interruptions.KINDS)
def test_whatever_call_a_restore_fails_at_it_is_whole_before_or_whole_after(
    home: Path, tmp_path: Path, kind: str
) -> None:
    file, whole = tmp_path / "a.tar", tmp_path / "whole"
    backup.write(home, file)
    wanted = {path.relative_to(home): path.read_bytes() for path in backup.kept(home)}
    whole.mkdir()
    never = interruptions.interrupted(whole, sys.maxsize, kind, lambda: backup.restore(file, whole))
    for point in range(1, never.calls + 1, 7):
        other = tmp_path / f"{point}"
        other.mkdir()
        with suppress(interruptions.KilledError, RefusalError):
            interruptions.interrupted(other, point, kind, partial(backup.restore, file, other))
        if not paths.lake(other).exists():
            backup.restore(file, other)
        found = {path.relative_to(other): path.read_bytes() for path in backup.kept(other)}
        assert {name: found.get(name) for name in wanted} == wanted, point
        shutil.rmtree(other)


def test_a_full_disk_under_the_backup_is_named_and_not_the_home(home: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with (
        pytest.raises(RefusalError, match=r"/media/a\.tar cannot be written") as refused,
        files.naming_disk_faults(home),
    ):
        raise files.unwritable(Path("/media/a.tar"), full)
    assert refused.value.reason == "no_space"


def test_what_a_killed_backup_left_is_removed_by_the_next(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    (tmp_path / ".a.tar.12.tmp").write_bytes(b"torn")
    backup.write(home, file)
    assert {path.name for path in tmp_path.iterdir()} == {"a.tar", "home"}


def test_a_disk_that_fills_during_a_restore_is_one_line_and_leaves_no_home(
    home: Path, tmp_path: Path
) -> None:
    file, other = tmp_path / "a.tar", tmp_path / "other"
    backup.write(home, file)
    other.mkdir()
    with pytest.raises(RefusalError, match="no space left") as refused:
        interruptions.interrupted(other, 30, "ENOSPC", lambda: backup.restore(file, other))
    assert refused.value.reason == "no_space"
    assert not any(other.iterdir())
