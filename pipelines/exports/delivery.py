"""Putting a set of files into a folder, all or nothing, beside files that are not ours.

What is ours is what `manifest.json` there lists with its checksum; nothing else is ever touched.
A set is first written whole to `.delivery/`, whose manifest comes last: from then on it counts as
delivered, and whoever finds it after a crash finishes the renames. Without that manifest it never
happened. The set before it is kept in `.previous/`.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path, PurePosixPath

from pipelines.errors import RefusalError
from pipelines.home.files import replace, write_atomically

MANIFEST = "manifest.json"
ASIDE = ".delivery"
PREVIOUS = ".previous"

Files = dict[str, bytes]
"""Paths inside the folder, with slashes, and their content."""


def digest(content: bytes) -> str:
    """Return the SHA-256 of a content."""
    return hashlib.sha256(content).hexdigest()


def manifest(run_id: str, files: Files) -> bytes:
    """Return the manifest of a set: the run it belongs to, and each file's SHA-256."""
    digests = {name: digest(content) for name, content in sorted(files.items())}
    return (json.dumps({"run_id": run_id, "sha256": digests}, indent=2) + "\n").encode()


def listed(folder: Path) -> dict[str, str]:
    """Return what the manifest of a folder lists; nothing where it is missing or not ours."""
    try:
        names = json.loads((folder / MANIFEST).read_bytes())["sha256"]
        return {f"{name}": f"{known}" for name, known in names.items() if _is_inside(name)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def is_current(folder: Path, run_id: str) -> bool:
    """Whether a folder holds a set of this run and nobody has touched it since."""
    try:
        known = json.loads((folder / MANIFEST).read_bytes())["run_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(known == run_id) and not touched(folder)


def touched(folder: Path) -> list[str]:
    """Return the listed files that are missing, unreadable or not as they were written."""
    return [name for name, known in listed(folder).items() if not _is_as(folder / name, known)]


def findings(folder: Path, files: Files, run_id: str) -> list[str]:
    """Return what keeps a folder from holding exactly this set; empty is good. Writes nothing."""
    _check_folder(folder, files)
    if (folder / ASIDE / MANIFEST).exists():
        return ["an export was interrupted: export once more"]
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
    if not found and _digest(folder / MANIFEST) != digest(manifest(run_id, files)):
        found.append(f"{MANIFEST} is of another run")
    return found


def changes(folder: Path, files: Files) -> list[str]:
    """Return the lines of unified diffs of what a delivery would change. Writes nothing."""
    _check_folder(folder, files)
    lines = list[str]()
    for name in sorted(files.keys() | listed(folder).keys()):
        path = folder / name
        before = _read(path) if path.exists() else b""
        after = files.get(name, b"")
        if before != after:
            lines += _diff(name, before, after)
    return lines


def deliver(folder: Path, files: Files, run_id: str, over_edits: bool = False) -> bool:
    """Make a folder hold exactly this set of ours; return whether anything changed.

    Raises RefusalError, with nothing written, where a file of ours was edited by hand, another
    file stands in the place of one, a symbolic link lies in the way, or the folder cannot be used.
    `over_edits` replaces edited and other files instead: for a folder that is ours alone.
    """
    names = files.keys() | listed(folder).keys()
    _check_folder(folder, names)
    with _refusing(folder):
        recover(folder)
        if not over_edits:
            _check_ownership(folder, names)
        content = manifest(run_id, files)
        is_same_set = _digest(folder / MANIFEST) == digest(content)
        is_whole = not touched(folder)
        if is_same_set and is_whole:
            return False
        aside = folder / ASIDE
        for name, one in files.items():
            write_atomically(aside / "files" / name, one)
        if is_whole and not is_same_set:
            _copy_set(folder, aside / "previous")
        write_atomically(aside / MANIFEST, content)
        recover(folder)
    return True


def rollback(folder: Path) -> str:
    """Restore the set before the present one, byte for byte; return its run id.

    The present set becomes the previous one. Raises RefusalError as `deliver` does, and where there
    is no previous set or somebody has touched it.
    """
    previous = folder / PREVIOUS
    _check_folder(folder, [*listed(folder), *listed(previous)])
    with _refusing(folder):
        recover(folder)
        known = listed(previous)
        damaged = touched(previous)
        if not known or damaged:
            what = f"{damaged[0]} in it was touched" if damaged else "none was exported before"
            raise RefusalError(f"{previous} holds no set to go back to: {what}")
        run_id = str(json.loads((previous / MANIFEST).read_bytes())["run_id"])
        files = {name: (previous / name).read_bytes() for name in known}
    deliver(folder, files, run_id)
    return run_id


def recover(folder: Path) -> None:
    """Finish a delivery whose set is whole, forget one that is not; may itself be interrupted."""
    aside = folder / ASIDE
    if (aside / MANIFEST).exists():
        names = listed(aside)
        gone = listed(folder).keys() - names.keys()
        _settle_previous(folder)
        for name in sorted(names):
            source, target = aside / "files" / name, folder / name
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                replace(source, target)
        for name in sorted(gone):
            (folder / name).unlink(missing_ok=True)
            _remove_empty(folder, name)
        replace(aside / MANIFEST, folder / MANIFEST)
    if aside.exists():
        shutil.rmtree(aside)


@contextmanager
def _refusing(folder: Path) -> Iterator[None]:
    """Say in one line that a folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise RefusalError(f"{folder} cannot be written: {error.strerror or error}") from None


def _settle_previous(folder: Path) -> None:
    kept = folder / ASIDE / "previous"
    if kept.exists():
        if (folder / PREVIOUS).exists():
            shutil.rmtree(folder / PREVIOUS)
        replace(kept, folder / PREVIOUS)


def _copy_set(folder: Path, target: Path) -> None:
    """Copy the listed files and then the manifest; nothing where there is none."""
    for name in [*listed(folder), *([MANIFEST] if listed(folder) else [])]:
        write_atomically(target / name, (folder / name).read_bytes())


def _check_folder(folder: Path, names: Iterable[str]) -> None:
    """Refuse a folder that cannot be read, and a symbolic link in the way of a file of ours."""
    ways = {way for name in names for way in [name, *map(str, PurePosixPath(name).parents)]}
    try:
        if folder.is_symlink():
            raise RefusalError(f"{folder} is a symbolic link: give the folder it points to")
        if not folder.exists():
            return
        next(folder.iterdir(), None)
        for way in sorted({*ways, MANIFEST, ASIDE, PREVIOUS} - {"."}):
            if (folder / way).is_symlink():
                raise RefusalError(f"{folder / way} is a symbolic link: nothing was written")
    except OSError as error:
        raise RefusalError(f"{folder} cannot be read: {error.strerror or error}") from None


def _check_ownership(folder: Path, names: Iterable[str]) -> None:
    """Refuse to replace what somebody else wrote."""
    known = listed(folder)
    if (folder / MANIFEST).exists() and not known:
        raise RefusalError(f"{folder / MANIFEST} is not ours: move it away; nothing was written")
    for name in sorted(names):
        path = folder / name
        if path.exists() and name not in known:
            raise RefusalError(f"{path} is not ours: move it away; nothing was written")
        if path.exists() and _digest(path) != known[name]:
            raise RefusalError(f"{path} was edited by hand: move it away; nothing was written")


def _is_as(path: Path, known: str) -> bool:
    try:
        return _digest(path) == known
    except RefusalError:  # a folder in its place, say
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
    return not path.is_absolute() and ".." not in path.parts and path.parts[:1] != (ASIDE,)


def _remove_empty(folder: Path, name: str) -> None:
    """Remove the folders that the last file of ours has left."""
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
