"""The archive: a page for each published week under a name that stays, for any static host.

It is for others, so nothing of own usage is in it. A page whose rows, words and code are the same
keeps its bytes and is not drawn again.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.queries.published import Rows, reading
from pipelines.report import digest, feed, page, picture, table_cells, week_rows
from pipelines.report.page_files import file_name
from pipelines.report.sections import Columns, table
from pipelines.words.language import WORDS, Language, english, languages

OF_A_RUN = ("run_id", "citation")
"""What changes with each run, whether or not a week's rows do."""

WORTH_PROCESSES = 8
"""Weeks; fewer are drawn before further processes have started."""

Marked = tuple[week_rows.WeekRows, str]
"""A week's rows, and the mark that its pages get."""


def write(home: Path, folder: Path, address: str = "") -> list[Path]:
    """Write every week's pages, the index, the claims, the feed and a picture a week; return them.

    `address` is where the folder will be, such as https://example.org/models/: previews of links
    need it, everything else works without. Only files that changed are written and returned. Raises
    RefusalError if there is no database or no complete week.
    """
    with reading(paths.database(home)) as connection:
        newest = week_rows.newest_week(connection)
        known = week_rows.complete_weeks(connection)
        weeks = week_rows.reports(connection, known)
        claims = week_rows.claims(connection, newest)
    code = _code()
    marked = []
    for week in weeks:
        week["ours"], week["own_bill"] = [], []
        near = [f"{day}" for day in known if abs((day - week["week"]).days) <= 7]
        mark = _mark(week, address, code, near)
        if not _has(folder, week["week"], mark):
            marked.append((week, mark))
    written = _drawn(partial(_write_week, folder, known, address), marked)
    pages = {"feed.xml": feed.of(weeks, address)}
    for language in languages():
        pages[file_name("index", language)] = _index(language, weeks).encode()
        pages[file_name("claims", language)] = page.render_claims(language, claims).encode()
    return written + _written(folder, pages)


def _drawn(write: Callable[[Marked], list[Path]], weeks: Sequence[Marked]) -> list[Path]:
    """Write some weeks, many of them in a process for each processor; return the files."""
    if len(weeks) < WORTH_PROCESSES:
        return [path for week in weeks for path in write(week)]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as processes:
        return [path for files in processes.map(write, weeks) for path in files]


def _write_week(folder: Path, known: Sequence[date], address: str, marked: Marked) -> list[Path]:
    """Write a page in each language and the picture of its headline; return what changed."""
    week, mark = marked
    name = f"{week['week']}"
    pages = {
        file_name(name, language): page.render(
            language, week, name, known=known, address=address, mark=mark
        ).encode()
        for language in languages()
    }
    return _written(folder, pages | {f"{name}.png": picture.of(english(), week)})


def _index(language: Language, weeks: list[week_rows.WeekRows]) -> str:
    """Return the page of all weeks, the newest first."""
    say = language.say
    rows: Rows = [
        {
            "week": week["week"],
            "headline": digest.headline(language, week),
            **{key: week["total"][0][key] for key in ("total_tokens", "wow")},
        }
        for week in reversed(weeks)
    ]
    columns: Columns = {
        "week": (say("archive.week"), lambda row: _link(language, row["week"])),
        "headline": (say("archive.headline"), lambda row: row["headline"]),
        "tokens": (say("archive.tokens"), lambda row: language.tokens(row["total_tokens"])),
        "growth": (say("archive.growth"), lambda row: language.growth(row["wow"])),
    }
    listed = table(language, "archive", rows, columns, TEXTS)
    return page.render_index(language, weeks[-1], listed)


TEXTS = ("week", "headline")


def _link(language: Language, week: date) -> object:
    return table_cells.link(file_name(f"{week}", language), f"{week}")


def _mark(week: week_rows.WeekRows, address: str, code: str, near: Sequence[str]) -> str:
    """Return a hash of everything that a week's page is made from, except the run."""
    rows = {key: value for key, value in week.items() if key not in OF_A_RUN}
    content = json.dumps([rows, address, code, near], default=str, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _code() -> str:
    """Return a hash of the modules, templates and words that pages are made with."""
    files = sorted([*Path(__file__).parent.rglob("*.*"), *WORDS.rglob("*.*")])
    sources = [path for path in files if path.suffix in (".py", ".html", ".css", ".yaml")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def _has(folder: Path, week: date, mark: str) -> bool:
    """Whether a week's files are there, made from the same."""
    names = [file_name(f"{week}", language) for language in languages()]
    try:
        marked = all(f'content="{mark}"' in (folder / name).read_text() for name in names)
        return marked and (folder / f"{week}.png").exists()
    except (OSError, UnicodeDecodeError):
        return False


def _written(folder: Path, pages: Mapping[str, bytes]) -> list[Path]:
    """Write the files that do not have this content, and return them."""
    files = {folder / name: content for name, content in pages.items()}
    changed = [path for path, new in files.items() if not path.exists() or path.read_bytes() != new]
    for path in changed:
        write_atomically(path, files[path])
    return changed
