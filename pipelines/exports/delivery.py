"""Write a set of files into a folder, all or nothing, next to files that are not ours.

Our files are those that `manifest.json` in the folder lists with their checksums. No other file is
changed. A set is first written to `.delivery/`, its manifest last. Once that manifest exists, the
set counts as delivered, and the next command after a crash finishes the renames. Without it, the
delivery never happened. The previous set is kept in `.previous/`.

A file that would differ only in the run id that it names is not rewritten, so that watchers are not
woken. The manifest then says which run it names (`older`).
"""

import fcntl
import filecmp
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.errors import RefusalError
from pipelines.exports import hold
from pipelines.home.files import make_folder, replace, sync_folder, write_atomically

MANIFEST = "manifest.json"
STAGING = ".delivery"
PREVIOUS = ".previous"

LINKED = 1_000_000
"""Bytes from which a file of the previous set is kept by a link: few write to those by hand."""

Files = dict[str, bytes]
"""Paths inside the folder, with slashes, and their content."""


def digest(content: bytes) -> str:
    """Return the SHA-256 of a content as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def manifest(run_id: str, files: Files, older: Mapping[str, str] | None = None) -> bytes:
    """Return the manifest of a set: the run it belongs to, and each file's SHA-256.

    `older` contains the files that still name an older run, and that run.
    """
    digests = {name: digest(content) for name, content in sorted(files.items())}
    body = {"run_id": run_id, "sha256": digests} | ({"older": older} if older else {})
    return (json.dumps(body, indent=2) + "\n").encode()


def listed(folder: Path) -> dict[str, str]:
    """Return the files that a folder's manifest lists, with their SHA-256.

    Empty if the manifest is missing or not ours.
    """
    return _listed_in(_read_manifest(folder))


def _listed_in(body: Mapping[str, Any]) -> dict[str, str]:
    names = body.get("sha256")
    if not isinstance(names, dict):
        return {}
    return {name: f"{known}" for name, known in names.items() if _is_inside(name)}


def present_run(folder: Path) -> str | None:
    """Return the run whose set a folder contains; None if its manifest is missing or not ours."""
    run_id = _read_manifest(folder).get("run_id")
    return None if run_id is None else f"{run_id}"


def is_current(folder: Path, run_id: str) -> bool:
    """Return whether a folder contains the set of this run, unaltered."""
    return present_run(folder) == run_id and not altered(folder)


def altered(folder: Path, only: str | None = None) -> list[str]:
    """Return the listed files, or the one named, that are missing, unreadable or altered."""
    return [
        name
        for name, known in listed(folder).items()
        if only in (None, name) and not _matches(folder / name, known)
    ]


def findings(folder: Path, files: Files, run_id: str) -> list[str]:
    """Return how a folder differs from this set; empty if it does not. Writes nothing."""
    _check_folder(folder, files)
    files, content_of_manifest = _settled(folder, files, run_id)
    if (folder / STAGING / MANIFEST).exists():
        return ["an export was interrupted: export again"]
    known = listed(folder)
    found = list[str]()
    for name, content in files.items():
        there = _digest(folder / name)
        if there is None:
            found.append(f"{name} is missing")
        elif there != known.get(name):
            found.append(f"{name} was edited")
        elif there != digest(content):
            found.append(f"{name} is of another run")
    found += [f"{name} is of another run" for name in sorted(known.keys() - files.keys())]
    if not found and _digest(folder / MANIFEST) != digest(content_of_manifest):
        found.append(f"{MANIFEST} is of another run")
    return found


def obstacle(folder: Path, files: Files) -> str | None:
    """Return why a delivery of this set would be refused; None if it would not be."""
    try:
        _check_ownership(folder, files.keys() | listed(folder).keys())
    except RefusalError as error:
        return f"{error}"
    return None


def changes(folder: Path, files: Files, run_id: str) -> dict[str, list[str]]:
    """Return the files that a delivery would change, each with its unified diff. Writes nothing."""
    _check_folder(folder, files)
    files, _ = _settled(folder, files, run_id)
    found = dict[str, list[str]]()
    for name in sorted(files.keys() | listed(folder).keys()):
        path = folder / name
        before = _read(path) if path.exists() else b""
        after = files.get(name, b"")
        if before != after:
            found[name] = _diff(name, before, after)
    return found


def deliver(folder: Path, files: Files, run_id: str, over_edits: bool = False) -> bool:
    """Replace our files in a folder with this set; return whether anything changed.

    Raises RefusalError, and writes nothing, if the folder is held, a file of ours was edited by
    hand, another file has the name of one, a symbolic link is in the way, or the folder cannot be
    read or written. `over_edits` replaces edited files and files with the names of ours, for a
    folder that contains only our files.
    """
    _check_folder(folder, files)
    with _one_writer(folder):
        hold.check_released(folder)
        return _deliver(folder, *_settled(folder, files, run_id), over_edits)


@contextmanager
def _one_writer(folder: Path) -> Iterator[None]:
    """Lock a folder against exports of other homes: the kernel locks the folder itself."""
    with _refuse_unwritable(folder):
        make_folder(folder)
        opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RefusalError(
            f"{folder} is being written by another export: wait until it is done"
        ) from None
    finally:
        os.close(opened)


def _deliver(folder: Path, files: Files, content: bytes, over_edits: bool = False) -> bool:
    """Replace our files by a set with this manifest, as `deliver` does, also in a held folder."""
    names = files.keys() | listed(folder).keys()
    _check_folder(folder, names)
    with _refuse_unwritable(folder):
        recover(folder)
        is_whole = not altered(folder)
        if not over_edits:
            _check_ownership(folder, names - listed(folder).keys() if is_whole else names)
        is_same_set = _digest(folder / MANIFEST) == digest(content)
        if is_same_set and is_whole:
            return False
        _stage(folder, files, content, keep_previous=is_whole and not is_same_set)
        recover(folder)
    return True


def _settled(folder: Path, files: Files, run_id: str) -> tuple[Files, bytes]:
    """Return a set and its manifest, with files that differ only in their run id as they are."""
    there, run_there = listed(folder), present_run(folder)
    older_there = _read_manifest(folder).get("older") or {}
    kept, older = dict[str, bytes](), dict[str, str]()
    for name, content in files.items():
        named = older_there.get(name, run_there)
        if named and named != run_id and name in there:
            as_it_is = content.replace(run_id.encode(), named.encode())
            if as_it_is != content and digest(as_it_is) == there[name]:
                kept[name], older[name] = as_it_is, named
    settled = {**files, **kept}
    return settled, manifest(run_id, settled, older)


def _stage(folder: Path, files: Files, content: bytes, keep_previous: bool) -> None:
    """Write the set next to its folder, the manifest last; on a full disk free its space again."""
    staging = folder / STAGING
    try:
        for name, one in files.items():
            write_atomically(staging / "files" / name, one)
        if keep_previous:
            _keep_as_previous(folder, _listed_in(json.loads(content)), staging / "previous")
        write_atomically(staging / MANIFEST, content)
    except (OSError, RefusalError):
        shutil.rmtree(staging, ignore_errors=True)
        raise


def rollback(folder: Path, reason: str = "") -> str:
    """Restore the previous set, byte for byte, hold the folder at it, and return its run id.

    The present set becomes the previous one. The hold is placed first and names the set to restore:
    a rollback that was killed is finished by the next one, and one that is done is not repeated
    until the folder is released. Raises RefusalError as `deliver` does, and if there is no previous
    set or it was altered.
    """
    previous = folder / PREVIOUS
    _check_folder(folder, [*listed(folder), *listed(previous)])
    if not folder.exists():
        raise RefusalError(f"{previous} contains no export to restore: {folder} does not exist")
    with _one_writer(folder), _refuse_unwritable(folder):
        recover(folder)
        held = hold.read(folder)
        if held and held.is_rollback and present_run(folder) == held.run_id and not altered(folder):
            return held.run_id
        known = listed(previous)
        damaged = altered(previous)
        if not known or damaged:
            why = f"{damaged[0]} was altered" if damaged else "there was only one export"
            raise RefusalError(f"{previous} contains no export to restore: {why}")
        files = {name: (previous / name).read_bytes() for name in known}
        content = (previous / MANIFEST).read_bytes()
        run_id = f"{present_run(previous)}"
        _check_ownership(folder, files.keys() | listed(folder).keys())
        hold.place(folder, run_id, is_rollback=True, reason=reason)
        _deliver(folder, files, content)
    return run_id


def recover(folder: Path) -> None:
    """Finish a delivery that is complete and discard one that is not; safe to interrupt.

    One whose manifest is damaged is discarded too: it would list no file, and all would be removed.
    """
    staging = folder / STAGING
    if present_run(staging) is not None:
        names = listed(staging)
        gone = listed(folder).keys() - names.keys()
        _replace_previous(folder)
        for name in sorted(names):
            source, target = staging / "files" / name, folder / name
            if source.exists() and not _same(source, target):
                make_folder(target.parent)
                replace(source, target)
        for name in sorted(gone):
            (folder / name).unlink(missing_ok=True)
            _remove_empty(folder, name)
        replace(staging / MANIFEST, folder / MANIFEST)
    if staging.exists():
        shutil.rmtree(staging)


@contextmanager
def _refuse_unwritable(folder: Path) -> Iterator[None]:
    """Raise RefusalError in one line if a folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise RefusalError(f"{folder} cannot be written: {error.strerror or error}") from None


def _replace_previous(folder: Path) -> None:
    kept = folder / STAGING / "previous"
    if kept.exists():
        if (folder / PREVIOUS).exists():
            shutil.rmtree(folder / PREVIOUS)
        replace(kept, folder / PREVIOUS)


def _keep_as_previous(folder: Path, coming: Mapping[str, str], kept: Path) -> None:
    """Keep the listed files, and then the manifest, of a set that is about to be replaced.

    A large one of which another content comes is kept by a link, as that gets another file: only
    who holds it open can still write to it. What stays in both sets is copied, so that editing it
    changes one of them.
    """
    for name, known in listed(folder).items():
        path = folder / name
        is_copied = coming.get(name) == known or path.stat().st_size < LINKED
        if is_copied or not _linked(path, kept / name):
            write_atomically(kept / name, path.read_bytes())
    if listed(folder):
        write_atomically(kept / MANIFEST, (folder / MANIFEST).read_bytes())


def _linked(source: Path, target: Path) -> bool:
    """Link a file; return whether the disk can."""
    make_folder(target.parent)
    try:
        os.link(source, target)
    except OSError:
        return False
    sync_folder(target.parent)
    return True


def _check_folder(folder: Path, names: Iterable[str]) -> None:
    """Refuse a folder that cannot be read, and a symbolic link in the path of a file of ours."""
    paths = {path for name in names for path in [name, *map(str, PurePosixPath(name).parents)]}
    try:
        if folder.is_symlink():
            raise RefusalError(f"{folder} is a symbolic link: give the folder it points to")
        if not folder.exists():
            return
        next(folder.iterdir(), None)
        for path in sorted({*paths, MANIFEST, STAGING, PREVIOUS, hold.HOLD} - {"."}):
            if (folder / path).is_symlink():
                raise RefusalError(
                    f"{folder / path} is a symbolic link: remove it; nothing was written"
                )
    except OSError as error:
        raise RefusalError(f"{folder} cannot be read: {error.strerror or error}") from None


def _check_ownership(folder: Path, names: Iterable[str]) -> None:
    """Refuse to replace a file that somebody else wrote or edited."""
    known = listed(folder)
    if (folder / MANIFEST).exists() and not known:
        raise RefusalError(f"{folder / MANIFEST} is not ours: move it away; nothing was written")
    for name in sorted(names):
        path = folder / name
        if path.exists() and name not in known:
            raise RefusalError(f"{path} is not ours: move it away; nothing was written")
        if path.exists() and _digest(path) != known[name]:
            raise RefusalError(f"{path} was edited by hand: move it away; nothing was written")


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a folder's manifest says; empty if it is missing or not ours."""
    try:
        body = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}


def _matches(path: Path, known: str) -> bool:
    try:
        return _digest(path) == known
    except RefusalError:  # for example a folder with that name
        return False


def _same(source: Path, target: Path) -> bool:
    """Whether two files have the same bytes; those of another size are not read."""
    filecmp.clear_cache()  # it goes by times, and on some disks two deliveries have the same
    try:
        return filecmp.cmp(source, target, shallow=False)
    except OSError:  # for example none is there yet
        return False


def _digest(path: Path) -> str | None:
    return digest(_read(path)) if path.exists() else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RefusalError(f"{path} cannot be read: {error.strerror}") from None


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.parts[:1] != (STAGING,)


def _remove_empty(folder: Path, name: str) -> None:
    """Remove the folders that became empty when a file of ours was removed."""
    for parent in list(PurePosixPath(name).parents)[:-1]:
        path = folder / parent
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _diff(name: str, before: bytes, after: bytes) -> list[str]:
    try:
        old, new = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        return [f"{name}: {len(before)} bytes become {len(after)}"]
    return list(unified_diff(old, new, f"{name} (there)", f"{name} (new)", lineterm=""))
