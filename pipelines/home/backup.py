"""A home in one file, and back: what cannot be made again, and nothing else.

The file is a tar archive that ends with a list of its members and their hashes, so that a copy that
broke off or was changed is refused before anything is restored.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from pipelines.errors import RefusalError
from pipelines.home import home_format, paths
from pipelines.home.files import ASIDE, replace, sweep_beside, sync_folder, unwritable
from pipelines.home.lock import writing
from pipelines.reference.files import is_shipped

LIST = "tokenhouse-backup.json"
"""The last member: the home's format, when it was made, and the SHA-256 of every other member."""

MADE_AGAIN = re.compile(
    r"dagster.*|draws|gathered|errors|report/(?!notified\.json|told\.json).*|exports/marts"
    r"|writer\.lock|request-times\.txt|(warehouse|private)\..*|\.restore.*"
)
"""What a run makes again, or what only this machine needs; everything else is kept."""

BEGUN = ".restore"
"""Marks a home whose folders are being moved into place."""

OnFile = Callable[[str], None]
"""Called with the name of every file that is written or checked."""


def kept(home: Path) -> list[Path]:
    """Return the files of a home that a backup contains, in a fixed order.

    Of the home in a checkout, what git keeps is no part: restored, it would replace newer tables.
    """
    of_git = _of_git(home) if is_shipped(paths.reference(home)) else set[Path]()
    return sorted({*_kept(home, home)} - of_git)


def _of_git(home: Path) -> set[Path]:
    """Return the files below a folder that git keeps as they are; none where it does not answer."""
    git = shutil.which("git")
    if git is None:
        return set()

    def listed(*options: str) -> set[Path]:
        command = [git, "-C", f"{home}", "ls-files", "-z", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        return {home / name for name in done.stdout.split("\0")[:-1]}

    return listed() - listed("--modified")


def _kept(home: Path, folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        name = path.relative_to(home).as_posix()
        if MADE_AGAIN.fullmatch(name) or ASIDE.fullmatch(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _kept(home, path)
        elif path.is_file():
            yield path


def write(home: Path, target: Path, on_file: OnFile = lambda _: None) -> int:
    """Write a backup of a home; return how many files it contains.

    No run can write meanwhile. `target` appears whole or not at all, and replaces a backup only.
    Raises RefusalError as `check` does, or if the file cannot be written.
    """
    check(home, target)
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    with writing(home):
        try:
            with aside.open("xb") as file:
                aside.chmod(0o600)  # own usage may be in it
                hashes = _pack(home, file, on_file)
                file.flush()
                os.fsync(file.fileno())
            replace(aside, target)
        except OSError as error:
            raise unwritable(target, error) from None
        finally:
            sweep_beside(target)  # ours, and what a killed backup left
    return len(hashes)


def check(home: Path, target: Path) -> None:
    """Raise RefusalError if there is no home, or no backup of it may be written there."""
    if not paths.lake(home).exists():
        raise RefusalError(f"{home} has no lake: there is nothing to back up")
    if target.resolve().is_relative_to(home.resolve()):
        raise RefusalError(f"{target} is inside the home: name a file elsewhere")
    if target.exists() and not target.is_file():
        raise RefusalError(f"{target} is a folder or a device: name a file")
    if target.exists() and not _is_backup(target):
        raise RefusalError(f"{target} exists and is no backup: name another file, or move it away")


def _is_backup(path: Path) -> bool:
    try:
        with tarfile.open(path, mode="r:") as archive:
            return archive.getnames()[-1:] == [LIST]
    except (tarfile.TarError, OSError):
        return False


def _pack(home: Path, file: Any, on_file: OnFile) -> dict[str, str]:
    hashes = {}
    with tarfile.open(fileobj=file, mode="w") as archive:
        for path in kept(home):
            name = path.relative_to(home).as_posix()
            content = _content(path)
            hashes[name] = hashlib.sha256(content).hexdigest()
            _add(archive, name, content, path.stat().st_mode)
            on_file(name)
        made_at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        listed = {"format": home_format.CURRENT, "made_at": made_at, "files": hashes}
        _add(archive, LIST, json.dumps(listed, indent=1).encode(), 0o600)
    return hashes


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RefusalError(f"{path} cannot be read: {error.strerror}") from None


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode & 0o777
    archive.addfile(member, io.BytesIO(content))


def restore(source: Path, home: Path, on_file: OnFile = lambda _: None) -> int:
    """Make a home from a backup; return how many files it has. `home` must be new.

    Everything is unpacked and checked aside first. The lake is moved into place last: until then
    there is no home, and the same command can be repeated.
    Raises RefusalError, with the home unchanged, if the file is no whole backup, was changed or
    comes from a newer version, or if the home has a lake, tables or exports.
    """
    with _opened(source) as file, _nothing_half_made(home), writing(home):
        # A restore was killed while it moved folders; with a lake, which is the last, it was done.
        has_begun = (home / BEGUN).exists() and not paths.lake(home).exists()
        if not has_begun:
            _check_free(paths.lake(home), paths.reference(home), paths.exports(home))
        for left in home.glob(".restored.*"):
            shutil.rmtree(left)
        aside = home / f".restored.{os.getpid()}"
        try:
            aside.mkdir(mode=0o700)
            count = _unpack(source, file, aside, on_file)
            if not has_begun:
                ours = {paths.home_format(home)}
                _check_free(*({home / path.name for path in aside.iterdir()} - ours))
            (home / BEGUN).touch()
            _move(aside, home)
            (home / BEGUN).unlink()
        except OSError as error:
            raise unwritable(home, error) from None
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return count


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise RefusalError(f"{path} cannot be read: {error.strerror}") from None


@contextmanager
def _nothing_half_made(home: Path) -> Iterator[None]:
    """If the block fails, remove what a writer makes first in a folder that had nothing else."""
    existed = home.exists()
    by_writers = (paths.home_format(home), paths.writer_lock(home))
    is_new = not existed or {*home.iterdir()} <= {*by_writers}
    try:
        yield
    except BaseException:
        if is_new:
            for path in by_writers:
                path.unlink(missing_ok=True)
        if not existed:
            with suppress(OSError):
                home.rmdir()
        raise


def _check_free(*targets: Path) -> None:
    """Refuse to replace what is in the home, whoever wrote it."""
    for path in sorted(targets):
        if path.exists():
            raise RefusalError(
                f"{path} exists, and a restore would replace it: move it away, or name another "
                "home with TOKENHOUSE_HOME"
            )


def _unpack(source: Path, file: BinaryIO, folder: Path, on_file: OnFile) -> int:
    """Unpack a backup into an empty folder; RefusalError unless it is whole and unchanged."""
    found: dict[str, str] = {}
    listed: dict[str, str] | None = None
    written = 0
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for member in archive:
                extracted = archive.extractfile(member) if member.isreg() else None
                if extracted is None or listed is not None:
                    raise RefusalError(f"{source} is no backup of Tokenhouse: nothing was restored")
                content = extracted.read()
                if member.name == LIST:
                    body = json.loads(content)
                    listed, written = dict(body["files"]), int(body["format"])
                else:
                    _write(folder, member, content)
                    found[member.name] = hashlib.sha256(content).hexdigest()
                    on_file(member.name)
    except (tarfile.TarError, ValueError, EOFError, KeyError, TypeError) as error:
        raise RefusalError(f"{source} is no backup of Tokenhouse: {error}") from None
    if listed is None:
        raise RefusalError(f"{source} is only the beginning of a backup: nothing was restored")
    home_format.check(source, written)
    if found != listed:
        wrong = min(name for name in found.keys() | listed if found.get(name) != listed.get(name))
        raise RefusalError(f"{source}: {wrong} was changed: nothing was restored")
    return len(found)


def _write(folder: Path, member: tarfile.TarInfo, content: bytes) -> None:
    """Write a member below the folder, synced; a name that leads elsewhere is refused."""
    path = folder / member.name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise RefusalError(f"{member.name!r} in the backup leads outside the home")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(member.mode)


def _move(aside: Path, home: Path) -> None:
    """Move what was unpacked into the home, the lake last."""
    lake = paths.lake(aside)
    for path in sorted(aside.iterdir(), key=lambda one: one == lake):
        target = home / path.name
        if target.is_dir():
            shutil.rmtree(target)
        path.replace(target)
    sync_folder(home)
