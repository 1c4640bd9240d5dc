"""The log of the set: what it says, what a crash or an accident does to it."""

import json
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.lake import log

RAW = "raw/models/week=2026-05-25/20260526T080000Z-0123456789ab.json.gz"
FILE = "models/week=2026-05-25/20260526T080000Z-ba9876543210.parquet"
OTHER = FILE.replace("models", "providers")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake whose log has three lines."""
    log.append(tmp_path, {"do": "add", "raw": RAW, "vintage": FILE})
    log.append(
        tmp_path, {"do": "add", "vintage": OTHER}, {"do": "retract", "file": OTHER, "why": "x"}
    )
    return tmp_path


def text(lake: Path) -> str:
    return (lake / "log.jsonl").read_text()


def reread(lake: Path) -> log.Log:
    """Return what another process would read."""
    log._read.clear()
    return log.read(lake)


def test_lines_are_json_and_say_the_same_to_the_writer_and_to_a_reader(lake: Path) -> None:
    known = log.read(lake)
    assert known == reread(lake)
    assert (known.responses, known.vintages) == ({RAW: FILE}, {FILE, OTHER})
    assert (known.retracted[OTHER].why, known.given_up()) == ("x", {OTHER})
    assert [json.loads(line)["do"] for line in text(lake).splitlines()] == ["add", "add", "retract"]


def test_a_response_that_a_later_version_reads_differently_has_one_vintage(lake: Path) -> None:
    log.append(lake, {"do": "add", "raw": RAW, "vintage": OTHER})
    assert (log.read(lake).responses, log.read(lake).vintages) == ({RAW: OTHER}, {OTHER})
    assert log.read(lake).replaced == {FILE}


@pytest.mark.parametrize("event", ["{", "[]", '{"do": "vanish"}'])
def test_a_line_that_no_version_wrote_is_named_even_if_its_hash_is_right(
    lake: Path, event: str
) -> None:
    *_, before = text(lake).splitlines()
    chain = json.loads(before)["hash"]
    with (lake / "log.jsonl").open("a") as file:
        file.write(f'{event[:-1]}{log.MARK}{log._hash(chain, f"{event[:-1]}}}")}"}}\n')
    with pytest.raises(RefusalError, match="line 4 is damaged"):
        reread(lake)


def test_whatever_is_changed_in_it_is_noticed_and_named(lake: Path) -> None:
    lines = text(lake).splitlines(keepends=True)
    changed: dict[float, list[str]] = {
        1: [lines[0].replace("models", "model5"), *lines[1:]],
        2: [lines[0], lines[2], lines[1]],
        1.5: lines[1:],
        3: [*lines[:2], lines[2].replace('"x"', '"y"')],
    }
    for number, damaged in changed.items():
        (lake / "log.jsonl").write_text("".join(damaged))
        with pytest.raises(RefusalError, match=f"line {int(number)} is damaged: restore the file"):
            reread(lake)
        with pytest.raises(RefusalError, match="is damaged"):
            log.append(lake, {"do": "add", "vintage": FILE})
        assert text(lake) == "".join(damaged)


def test_a_line_that_a_crash_cut_off_is_as_if_it_had_not_been_written(lake: Path) -> None:
    whole = text(lake)
    last = whole.rindex("\n", 0, -1) + 1
    for cut in range(last, len(whole)):
        (lake / "log.jsonl").write_text(whole[:cut])
        assert reread(lake).retracted == {}
        log.append(lake, {"do": "retract", "file": FILE, "why": "again"})
        assert [*reread(lake).retracted] == [FILE]
        assert text(lake)[:last] == whole[:last]


def test_a_log_that_grows_is_read_on_and_one_that_was_replaced_is_read_again(lake: Path) -> None:
    before = text(lake)
    log.append(lake, {"do": "accept", "name": "a", "size": 0.5, "why": "b"})
    assert log.read(lake).accepted["a"].size == 0.5
    log.append(lake, {"do": "unaccept", "name": "a", "why": "c"})
    assert log.read(lake).accepted == {}
    (lake / "log.jsonl").unlink()
    (lake / "log.jsonl").write_text(before)
    assert log.read(lake) == reread(lake)


def test_what_cannot_be_appended_leaves_the_log_as_it_was(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    before = text(lake)
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(RefusalError, match=r"log.jsonl cannot be written: Input/output error"):
        log.append(lake, {"do": "add", "vintage": FILE})
    assert text(lake) == before
