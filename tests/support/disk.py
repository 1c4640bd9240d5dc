"""A disk below the program: it fails at its n-th sync, or loses its power there.

After a power cut it contains what POSIX promises and no more: of a file the bytes at its last sync,
of a folder the names at its last sync. What was there at the beginning is safe.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

Names = dict[str, int | None]
"""The entries of a folder: the inode of a file, None for a folder."""


class PowerCutError(BaseException):
    """The machine is off: nothing can handle that."""


class Disk:
    """The state of a folder that would survive a power cut."""

    def __init__(self, root: Path, fails_at: int, cut: bool) -> None:
        """Fail at a sync, counted from one: with an I/O error, or by a power cut."""
        self.root, self.fails_at, self.cut, self.syncs = root, fails_at, cut, 0
        self._content: dict[int, bytes] = {}
        self._names: dict[Path, Names] = {}
        for folder, _, files in os.walk(root):
            self._names[Path(folder)] = _names(Path(folder))
            for name in files:
                path = Path(folder, name)
                self._content[path.stat().st_ino] = path.read_bytes()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Sync through this disk."""
        sync = os.fsync

        def fsync(file: int) -> None:
            path = Path(f"/proc/self/fd/{file}").readlink()
            if path.is_relative_to(self.root):
                self._count(path)
            sync(file)

        with patch.object(os, "fsync", fsync):
            yield

    def _count(self, path: Path) -> None:
        self.syncs += 1
        if self.syncs == self.fails_at and self.cut:
            raise PowerCutError
        if self.syncs == self.fails_at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if path.is_dir():
            self._names[path] = _names(path)
        else:
            self._content[path.stat().st_ino] = path.read_bytes()

    def survivors(self, target: Path) -> Path:
        """Write what a power cut would leave into another folder, and return that."""
        self._restore(self.root, target)
        return target

    def _restore(self, folder: Path, target: Path) -> None:
        target.mkdir()
        for name, inode in self._names.get(folder, {}).items():
            if inode is None:
                self._restore(folder / name, target / name)
            else:
                (target / name).write_bytes(self._content.get(inode, b""))


def _names(folder: Path) -> Names:
    return {path.name: None if path.is_dir() else path.stat().st_ino for path in folder.iterdir()}


def syncs_of(root: Path, act: Callable[[], object]) -> int:
    """Return how often an undisturbed action syncs."""
    disk = Disk(root, 0, cut=False)
    with disk.running():
        act()
    return disk.syncs
