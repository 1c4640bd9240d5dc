import errno
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.exports import delivery, hold
from pipelines.exports.delivery import Files
from pipelines.home.files import write_atomically

OLD: Files = {"a/same.txt": b"same", "a/changed.txt": b"old", "b/gone.txt": b"gone"}
NEW: Files = {"a/same.txt": b"same", "a/changed.txt": b"new", "c/come.txt": b"come"}

WRITES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link"}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def as_set(files: Files, run_id: str) -> dict[str, bytes]:
    return {**files, "manifest.json": delivery.manifest(run_id, files)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A person's folder with the old set and files of their own."""
    (tmp_path / "there" / "a").mkdir(parents=True)
    (tmp_path / "there" / "openclaw.json").write_text("// mine")
    (tmp_path / "there" / "a" / "mine.txt").write_text("mine")
    delivery.deliver(tmp_path / "there", OLD, "first")
    return tmp_path / "there"


MINE = {"openclaw.json": b"// mine", "a/mine.txt": b"mine"}


def test_a_delivery_replaces_the_set_and_keeps_the_one_before(folder: Path) -> None:
    assert tree(folder) == {**as_set(OLD, "first"), **MINE}
    assert delivery.deliver(folder, NEW, "second")
    kept = {f".previous/{name}": content for name, content in as_set(OLD, "first").items()}
    assert tree(folder) == {**as_set(NEW, "second"), **MINE, **kept}
    assert not (folder / "b").exists()


@pytest.mark.parametrize("has_links", [True, False])
def test_editing_a_file_in_place_leaves_the_previous_set_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    def no_link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not has_links:
        monkeypatch.setattr(os, "link", no_link)
    monkeypatch.setattr(delivery, "LINKED", 0)
    replaced = (folder / "a" / "changed.txt").stat().st_ino
    delivery.deliver(folder, NEW, "second")
    previous = folder / ".previous"
    assert ((previous / "a" / "changed.txt").stat().st_ino == replaced) is has_links
    for name in NEW:
        (folder / name).write_text("edited in place")
    assert tree(previous) == as_set(OLD, "first")


def test_who_holds_a_small_file_open_writes_to_no_previous_set(folder: Path) -> None:
    with (folder / "a" / "changed.txt").open("ab") as held:
        delivery.deliver(folder, NEW, "second")
        held.write(b"late")
    assert tree(folder / ".previous") == as_set(OLD, "first")


def test_the_same_set_again_changes_nothing(folder: Path) -> None:
    delivery.deliver(folder, NEW, "second")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert not delivery.deliver(folder, NEW, "second")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_rollback_restores_byte_for_byte_and_back(folder: Path) -> None:
    delivery.deliver(folder, NEW, "second")
    after = tree(folder)
    assert delivery.rollback(folder) == "first"
    rolled = tree(folder)
    assert {name: one for name, one in rolled.items() if not name.startswith(".")} == {
        **as_set(OLD, "first"),
        **MINE,
    }
    assert delivery.rollback(folder) == "first"  # a repeat changes nothing
    assert tree(folder) == rolled
    assert hold.release(folder)
    assert delivery.rollback(folder) == "second"
    assert hold.release(folder)
    assert tree(folder) == after


def test_a_hold_of_a_person_does_not_make_a_rollback_a_repeat(folder: Path) -> None:
    delivery.deliver(folder, NEW, "second")
    hold.place(folder, "second")
    assert delivery.rollback(folder) == "first"


@pytest.mark.parametrize("way", ["deliver", "rollback"])
def test_two_homes_do_not_write_to_one_folder_at_once(folder: Path, way: str) -> None:
    delivery.deliver(folder, NEW, "second")
    opened = os.open(folder, os.O_RDONLY)
    fcntl.flock(opened, fcntl.LOCK_EX)  # as another home's export does
    try:
        refused(
            folder,
            lambda: (
                delivery.deliver(folder, OLD, "third")
                if way == "deliver"
                else delivery.rollback(folder)
            ),
            "is being written by another export: wait",
        )
    finally:
        os.close(opened)
    assert delivery.deliver(folder, OLD, "third")


def test_a_rolled_back_folder_is_held_until_it_is_released(folder: Path) -> None:
    delivery.deliver(folder, NEW, "second")
    delivery.rollback(folder)
    held = hold.read(folder)
    assert held
    assert held.run_id == "first"
    refused(folder, lambda: delivery.deliver(folder, NEW, "third"), "is held at run first")
    assert hold.release(folder)
    assert not hold.release(folder)
    assert delivery.deliver(folder, NEW, "third")


SINCE = "2026-07-06T00:00:00Z"


@pytest.mark.parametrize(
    "written",
    [
        "{",
        "[]",
        '{"run_id": "first"}',
        '{"run_id": "first", "since": "garbage"}',
        '{"run_id": "first", "since": "2026-07-06T00:00:00"}',
        '{"run_id": "first", "since": 7}',
        *(
            f'{{"run_id": "first", "since": "{SINCE}", "canary": {canary}}}'
            for canary in ('["batch_refactor", "7"]', '"ab"', '["a", -1]', '["a", 1e99]', "[[], 7]")
        ),
    ],
)
def test_a_hold_that_cannot_be_read_is_a_hold(folder: Path, written: str) -> None:
    (folder / ".hold").write_text(written)
    assert hold.read(folder) == hold.Hold("unknown", "unknown")
    refused(folder, lambda: delivery.deliver(folder, NEW, "second"), "is held at run unknown")


def test_files_of_one_size_and_time_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that keeps times in seconds, for deliveries of one process."""

    def write(path: Path, content: bytes) -> None:
        write_atomically(path, content)
        os.utime(path, (0, 0))

    monkeypatch.setattr(delivery, "write_atomically", write)
    for run_id, content in {"first": b"old", "second": b"old", "third": b"new"}.items():
        delivery.deliver(tmp_path, {"changed.txt": content}, run_id)
    assert (tmp_path / "changed.txt").read_bytes() == b"new"


def test_a_file_that_differs_only_in_its_run_id_is_not_rewritten(folder: Path) -> None:
    """Over several runs too, and a rollback still restores byte for byte."""

    def made_by(run_id: str, cost: int = 1) -> Files:
        return {"same.txt": f"run {run_id}".encode(), "cost.txt": f"{cost}, run {run_id}".encode()}

    delivery.deliver(folder, made_by("run-1"), "run-1")
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.txt")}
    assert delivery.changes(folder, made_by("run-2"), "run-2") == {}
    assert delivery.findings(folder, made_by("run-2"), "run-2") == [
        "manifest.json is of another run"
    ]
    assert delivery.deliver(folder, made_by("run-2"), "run-2")
    assert delivery.is_current(folder, "run-2")
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.txt")} == before
    second = tree(folder)
    assert delivery.deliver(folder, made_by("run-3", cost=2), "run-3")
    assert (folder / "same.txt").read_text() == "run run-1"
    assert (folder / "cost.txt").read_text() == "2, run run-3"
    assert delivery.findings(folder, made_by("run-3", cost=2), "run-3") == []
    assert delivery.rollback(folder) == "run-2"
    for name in ("same.txt", "cost.txt", "manifest.json"):
        assert (folder / name).read_bytes() == second[name]


def test_a_file_that_somebody_deleted_comes_back_and_the_previous_set_stays(folder: Path) -> None:
    delivery.deliver(folder, NEW, "second")
    before = tree(folder)
    (folder / "a" / "changed.txt").unlink()
    assert delivery.deliver(folder, NEW, "second")
    assert tree(folder) == before


def test_findings_and_changes_say_what_is_wrong_and_write_nothing(folder: Path) -> None:
    before = tree(folder)
    assert delivery.findings(folder, OLD, "first") == []
    assert delivery.changes(folder, OLD, "first") == {}
    assert delivery.findings(folder, OLD, "other") == ["manifest.json is of another run"]
    assert set(delivery.findings(folder, NEW, "second")) == {
        "c/come.txt is missing",
        "a/changed.txt is of another run",
        "b/gone.txt is of another run",
    }
    diff = delivery.changes(folder, NEW, "second")
    assert set(diff) == {"a/changed.txt", "b/gone.txt", "c/come.txt"}
    assert {"-old", "+new", "-gone", "+come"} <= {line for one in diff.values() for line in one}
    assert tree(folder) == before
    (folder / "a" / "changed.txt").write_text("edited")
    assert delivery.findings(folder, OLD, "first") == ["a/changed.txt was edited"]


def refused(folder: Path, act: Callable[[], object], said: str) -> None:
    before = tree(folder)
    with pytest.raises(RefusalError, match=said):
        act()
    assert tree(folder) == before


@pytest.mark.parametrize("name", ["a/changed.txt", "b/gone.txt"])
def test_a_hand_edited_file_is_refused_by_name(folder: Path, name: str) -> None:
    (folder / name).write_text("edited")
    said = f"{name} was edited by hand"
    refused(folder, lambda: delivery.deliver(folder, NEW, "second"), said)


def test_a_hand_edited_file_is_not_rolled_over(folder: Path) -> None:
    delivery.deliver(folder, NEW, "second")
    (folder / "a" / "changed.txt").write_text("edited")
    refused(folder, lambda: delivery.rollback(folder), "changed.txt was edited by hand")


def test_another_file_in_the_place_of_ours_is_refused_by_name(folder: Path) -> None:
    (folder / "c").mkdir()
    (folder / "c" / "come.txt").write_text("mine")
    said = r"c/come\.txt is not ours"
    refused(folder, lambda: delivery.deliver(folder, NEW, "second"), said)


@pytest.mark.parametrize(
    "content", ["{}", '{"name": "my app"}', "[1]", "not json", '{"sha256": 1}']
)
def test_a_manifest_that_is_not_ours_is_refused(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    said = r"manifest\.json is not ours"
    refused(folder, lambda: delivery.deliver(folder, NEW, "second"), said)


def test_a_manifest_cannot_name_a_file_outside(folder: Path) -> None:
    outside = folder.parent / "outside.txt"
    outside.write_text("precious")
    for name in ("../outside.txt", f"{outside}"):
        content = delivery.manifest("first", {**OLD, name: b"precious"})
        (folder / "manifest.json").write_bytes(content)
        delivery.deliver(folder, NEW, "second")
        assert outside.read_text() == "precious"
        delivery.rollback(folder)
        hold.release(folder)


@pytest.mark.parametrize("name", ["", "a", "a/changed.txt", "c", ".previous", "manifest.json"])
def test_a_symbolic_link_out_of_the_tree_is_refused_by_name(folder: Path, name: str) -> None:
    outside = folder.parent / "outside"
    there = folder / name if name else folder
    if there.exists():
        there.rename(outside)
    else:
        outside.mkdir()
    there.symlink_to(outside)
    before = tree(folder.parent)
    with pytest.raises(RefusalError, match=f"{there} is a symbolic link"):
        delivery.deliver(folder, NEW, "second")
    with pytest.raises(RefusalError, match=f"{there} is a symbolic link"):
        delivery.findings(folder, NEW, "second")
    assert tree(folder.parent) == before


@contextmanager
def without_rights(path: Path) -> Iterator[None]:
    """Be somebody who may neither read nor write `path`, whoever runs the tests."""
    if os.geteuid() == 0:
        os.chmod(path, 0o700)  # noqa: PTH101
        os.seteuid(65534)
    else:
        os.chmod(path, 0)  # noqa: PTH101
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        os.chmod(path, 0o700)  # noqa: PTH101


@pytest.mark.parametrize("way", ["deliver", "findings", "changes", "rollback"])
def test_an_unreadable_folder_is_refused_by_name(folder: Path, way: str) -> None:
    acts: dict[str, Callable[[], object]] = {
        "deliver": lambda: delivery.deliver(folder, NEW, "second"),
        "findings": lambda: delivery.findings(folder, NEW, "second"),
        "changes": lambda: delivery.changes(folder, NEW, "second"),
        "rollback": lambda: delivery.rollback(folder),
    }
    before = tree(folder)
    with without_rights(folder), pytest.raises(RefusalError, match=f"{folder}.* cannot be read"):
        acts[way]()
    assert tree(folder) == before


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RefusalError, match="file cannot be read: Not a directory"):
        delivery.deliver(tmp_path / "file", NEW, "second")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("damage", ["edit", "delete", "none there"])
def test_a_previous_set_that_is_not_whole_is_not_restored(folder: Path, damage: str) -> None:
    if damage != "none there":
        delivery.deliver(folder, NEW, "second")
        kept = folder / ".previous" / "a" / "changed.txt"
        kept.write_text("edited") if damage == "edit" else kept.unlink()
    refused(folder, lambda: delivery.rollback(folder), "contains no export to restore")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\x00" * 99])
def test_a_staged_set_with_a_damaged_manifest_removes_nothing(folder: Path, content: bytes) -> None:
    write_atomically(folder / ".delivery" / "manifest.json", content)
    write_atomically(folder / ".delivery" / "files" / "a" / "changed.txt", b"new")
    assert not delivery.deliver(folder, OLD, "first")
    assert tree(folder) == {**as_set(OLD, "first"), **MINE}


@pytest.mark.parametrize("way", ["deliver", "rollback"])
def test_an_interrupted_delivery_that_cannot_be_finished_is_one_line(
    folder: Path, way: str
) -> None:
    for name, content in NEW.items():
        write_atomically(folder / ".delivery" / "files" / name, content)
    write_atomically(folder / ".delivery" / "manifest.json", delivery.manifest("second", NEW))
    (folder / "c").write_text("mine, where a folder of ours belongs")
    with pytest.raises(RefusalError, match=f"{folder} cannot be written: "):
        delivery.deliver(folder, NEW, "second") if way == "deliver" else delivery.rollback(folder)
    assert (folder / "c").read_text() == "mine, where a folder of ours belongs"


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Do something in a process that is killed at its n-th write; return whether it was."""
    child = os.fork()
    if child == 0:
        count = 0

        def count_down(event: str, _: tuple[object, ...]) -> None:
            nonlocal count
            if event in WRITES:
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count_down)
        try:
            act()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(
    ("way", "stride"),
    [
        ("deliver", 13),
        ("rollback", 15),
        pytest.param("deliver", 4, marks=pytest.mark.accept),
        pytest.param("rollback", 7, marks=pytest.mark.accept),
        pytest.param("deliver", 1, marks=pytest.mark.torture),
        pytest.param("rollback", 1, marks=pytest.mark.torture),
    ],
)
def test_killed_at_any_step_nothing_is_half_written_and_a_second_run_repairs(
    folder: Path, tmp_path: Path, way: str, stride: int
) -> None:
    """Kill it at every so many writes, and the repair too."""
    if way == "rollback":
        delivery.deliver(folder, NEW, "second")
    before, after = (OLD, NEW) if way == "deliver" else (NEW, OLD)
    run_id = {"deliver": "second", "rollback": "first"}[way]
    step, killed = 0, True
    while killed:
        step += stride
        copy = Path(shutil.copytree(folder, tmp_path / f"{step}"))

        def act(copy: Path = copy) -> object:
            if way == "deliver":
                return delivery.deliver(copy, NEW, "second")
            return delivery.rollback(copy)

        killed = killed_at(step, act)
        for name, content in tree(copy).items():
            if not name.startswith(".") and "/." not in name and name != "manifest.json":
                assert content in (before.get(name), after.get(name), MINE.get(name)), (step, name)
        assert {name: one for name, one in tree(copy).items() if name in MINE} == MINE
        killed_at(max(step // 2, 1), act)
        act()
        assert delivery.findings(copy, after, run_id) == [], step
        kept = {name for name in tree(copy) if name.startswith(".previous/")}
        assert kept == {f".previous/{name}" for name in [*before, "manifest.json"]}, step
        assert not (copy / ".delivery").exists()
        shutil.rmtree(copy)
    assert step > 30


def test_in_a_folder_of_ours_alone_edits_are_replaced_and_never_kept(folder: Path) -> None:
    delivery.deliver(folder, NEW, "second")
    kept = tree(folder / ".previous")
    (folder / "a" / "changed.txt").write_text("edited")
    (folder / "b").mkdir()
    (folder / "b" / "gone.txt").write_text("somebody's")
    assert delivery.deliver(folder, OLD, "third", over_edits=True)
    assert delivery.findings(folder, OLD, "third") == []
    assert tree(folder / ".previous") == kept
    assert {name: tree(folder)[name] for name in MINE} == MINE
