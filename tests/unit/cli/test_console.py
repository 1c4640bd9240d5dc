"""Tables at the width of a terminal: text is folded, numbers, dates and bars are not."""

import json
import os
import re
import subprocess
import sys
from io import StringIO

import pytest
import rich.box
import rich.console
import rich.table

from pipelines.cli import console, layout
from pipelines.text import PATTERN
from tests.support.terminals import printed as printed_in
from tests.support.terminals import written as written_in

NUMBERS = ["11516", "52889", "7206", "1,437.59"]
SLUG = "deepseek/deepseek-v4-flash-20260423:free"
BAR = "█" * 24
HEADINGS = ["model", "=week", "|", *(f">{name}" for name in ("tokens", "share", "w/w", "$/task"))]


def printed(width: int, headings: list[str], row: list[str], patch: pytest.MonkeyPatch) -> str:
    """Return what a table of two equal rows looks like in so many cells."""
    file = StringIO()
    patch.setenv("COLUMNS", f"{width}")
    patch.setattr(sys, "stdout", file)
    console.table("title [1]", headings, [row, row], "caption [/x]")
    patch.undo()
    return file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_a_number_a_date_and_a_bar_are_never_folded(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = printed(width, HEADINGS, [SLUG, "2026-07-13", BAR, *NUMBERS], monkeypatch)
    assert all(text.count(cell) == 2 for cell in (*NUMBERS, "2026-07-13"))
    assert text.count("█") in (0, 2 * len(BAR))
    assert text.count(BAR) * len(BAR) == text.count("█")
    assert max(len(line) for line in text.splitlines()) <= width
    assert "title [1]" in text
    assert "caption [/x]" in text


def test_a_bar_is_left_out_before_rows_become_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    row = [SLUG, "2026-07-13", BAR, *NUMBERS]
    wide, narrow, narrower = (printed(one, HEADINGS, row, monkeypatch) for one in (120, 80, 40))
    assert (BAR in wide, BAR in narrow, BAR in narrower) == (True, False, False)
    assert wide.count("tokens") == narrow.count("tokens") == 1
    assert narrower.count("tokens") == 2  # once for each row


def test_a_slug_is_folded_and_none_of_it_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(40, ["model", ">share"], [SLUG, "18.3%"], monkeypatch)
    column = "".join(line.split()[0] for line in text.splitlines()[4:-2] if line.strip())
    assert column == SLUG * 2


@pytest.mark.parametrize("room", [1, 2, 9, 22, 24, 36, 100])
def test_a_name_is_folded_between_its_parts(room: int) -> None:
    lines = layout.folded("deepseek/deepseek-v4-flash-20260423:free", room)
    assert "".join(lines) == "deepseek/deepseek-v4-flash-20260423:free"
    assert max(map(len, lines)) <= room
    shown = {
        22: ["deepseek/deepseek-v4-", "flash-20260423:free"],
        9: ["deepseek/", "deepseek-", "v4-flash-", "20260423:", "free"],
    }
    assert lines == shown.get(room, lines)


@pytest.mark.parametrize("room", range(36, 100))
def test_a_text_is_folded_where_rich_folds_it(room: int) -> None:
    long = f"{'x' * 40} and\nmore  words "
    texts = ["日本語 テキスト が ながい " * 2, "one two  three", long * 2]
    rows = [[text, "2026-07-13", "1.5"] for text in texts]
    view = rich.table.Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
    view.add_column("a heading of several words", overflow="fold")
    view.add_column("week", no_wrap=True)
    view.add_column("$/task", no_wrap=True, justify="right")
    for row in rows:
        view.add_row(*row)
    terminal = rich.console.Console(width=room, file=StringIO(), color_system=None)
    with terminal.capture() as captured:
        terminal.print(view)
    lines = layout.table(["a heading of several words", "=week", ">$/task"], rows, room)
    ours = [layout.STYLE.sub("", line) for line in lines]
    assert ours == [line.rstrip() for line in captured.get().splitlines()]


def test_a_code_of_an_emoji_stays_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    console.table(":smile:", [":+1:"], [["a:100:b"]], ":x:")
    console.line(":fire:")
    shown = capsys.readouterr().out
    assert all(code in shown for code in (":smile:", ":+1:", "a:100:b", ":x:", ":fire:"))


def test_no_text_controls_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "a\x1b[2J\x9b1m\u202eb\ud800\r"
    console.line(hostile)
    console.paragraph(hostile)
    console.remark(hostile)
    console.table(hostile, [hostile], [[hostile]], hostile)
    console.as_json({hostile: [hostile]})
    printed = capsys.readouterr()
    assert set(PATTERN.findall(printed.out)) == {"\n"}
    assert set(PATTERN.findall(printed.err)) == {"\n"}
    assert printed.out.count(r"a\u001b[2J\u009b1m\u202eb\ud800") == 8
    answer = json.loads(printed.out[printed.out.index("{") :])
    assert answer == {"schema_version": 1, hostile: [hostile]}


PROGRAM = f"""
from pipelines.cli import console
console.table("", {HEADINGS!r}, [{[SLUG, "2026-07-13", BAR, *NUMBERS]!r}])
"""


def test_a_terminal_folds_the_slug_and_a_wide_one_folds_nothing() -> None:
    narrow, wide = (printed_in([sys.executable, "-c", PROGRAM], one, {}) for one in (70, 150))
    assert SLUG not in narrow
    assert all(cell in narrow for cell in (*NUMBERS, "2026-07-13"))
    (row,) = (line for line in wide.splitlines() if SLUG in line)
    assert all(cell in row for cell in (BAR, *NUMBERS, "2026-07-13"))


@pytest.mark.parametrize(("columns", "width"), [({}, 80), ({"COLUMNS": "50"}, 50)])
def test_off_a_terminal_lines_are_as_long_as_columns_says_or_80(
    columns: dict[str, str], width: int
) -> None:
    inherited = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**inherited, **columns},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert width - 12 < max(map(len, lines)) <= width
    assert not [line for line in lines if line.endswith(" ")]


def test_a_table_without_rows_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    console.table("Findings", ["name", ">size"], [], "a caption")
    assert capsys.readouterr().out == "Findings: no rows\n"


WARNING = """
from pipelines.cli import console
from pipelines.errors import warn
rows = [["+1.0%", "blocked: why", "!"], ["-1.0%", "kept", "ok"]]
console.table("", [">w/w", "decision", ""], rows)
warn("a warning")
"""


@pytest.mark.parametrize("no_color", ["", "1"])
def test_growth_blocked_routes_and_warnings_are_coloured_in_a_terminal(no_color: str) -> None:
    shown = written_in([sys.executable, "-c", WARNING], 80, {"NO_COLOR": no_color})
    coloured = {
        code: re.findall(rf"\x1b\[{code}m(.+?)\x1b\[0m", shown) for code in ("32", "31", "33")
    }
    assert coloured == (
        {"32": [], "31": [], "33": []}
        if no_color
        else {
            "32": ["+1.0%"],
            "31": ["-1.0%"],
            "33": ["blocked: why", "!", "tokenhouse: warning: a warning"],
        }
    )


@pytest.mark.parametrize(("heading", "room"), [("|x", 8), ("x", 1)])
def test_no_terminal_is_too_narrow_for_a_cell(heading: str, room: int) -> None:
    lines = layout.table([heading, "|y"], [["abcdefghijkl", "mn"]], room)
    assert "abcdefghijkl" in "".join("".join(lines).split()).replace("x", "").replace("y", "")
