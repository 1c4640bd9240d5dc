"""The report: one self-contained page a language, without script and without network."""

from datetime import date
from pathlib import Path
from typing import Any

import jinja2

from pipelines.drill import card
from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.home.lock import writing
from pipelines.queries.published import Rows, reading
from pipelines.report import digest, drill_section, facts, ours, sections, week_rows
from pipelines.words import routing
from pipelines.words.language import Language, languages

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("pages")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def write(home: Path, week: date | None = None) -> list[Path]:
    """Write the pages of a week, or of the newest complete one; return the files.

    The newest week is `report/index.html`, another one `report/<Monday>.html`. Languages other than
    English carry their code before the ending. Raises RefusalError if there is no database, or the
    week is not in it; without a complete week the page says so.
    """
    with reading(paths.database(home)) as connection:
        known = week_rows.complete_weeks(connection)
        chosen = week or (known[-1] if known else None)
        found = week_rows.report(connection, chosen) if chosen else None
    name = f"{week}" if week else "index"
    drilled = card.read(home, found["run_id"]) if found else None
    written = []
    with writing(home):
        for language in languages():
            path = paths.report(home) / file_name(name, language)
            write_atomically(path, render(language, found, name, drilled).encode())
            written.append(path)
    return written


def are_current(home: Path, run_id: str) -> bool:
    """Whether the newest week's pages are those of this run."""
    try:
        return all(
            run_id in (paths.report(home) / file_name("index", language)).read_text()
            for language in languages()
        )
    except (OSError, UnicodeDecodeError):
        return False


def file_name(name: str, language: Language) -> str:
    """Return the name of a language's page; English is the one without a code."""
    return f"{name}.html" if language.code == "en" else f"{name}.{language.code}.html"


def _own_line(language: Language, rows: Rows) -> dict[str, str]:
    """Return the line of own usage, which is in the page and in no exported digest."""
    return {language.say("ours.title"): ours.line(language, rows)} if rows else {}


def _rests_on(language: Language, estimate: facts.Estimate | None) -> str:
    """Return what the estimated revenue rests on; empty where there is no estimate."""
    if estimate is None:
        return ""
    return language.say(
        "dual.rests_on",
        observed=language.part(estimate.observed),
        classes=language.part(estimate.classes),
        guessed=language.part(estimate.guessed),
        ratio=language.ratio(estimate.band_ratio),
    )


def render(
    language: Language,
    found: week_rows.WeekRows | None,
    name: str,
    drilled: card.Card | None = None,
) -> str:
    """Return the page of a week's numbers, or of their absence.

    The newest week's page, `index`, also has the drill of its routes.
    """
    others = [
        (one.code, one.say("language"), file_name(name, one))
        for one in languages()
        if one.code != language.code
    ]
    shared: dict[str, Any] = {"language": language, "say": language.say, "others": others}
    if found is None:
        return PAGES.get_template("nothing.html").render(shared)
    return PAGES.get_template("report.html").render(
        **shared,
        week=found,
        why=routing.why,
        changes={**digest.lines(language, found), **_own_line(language, found["ours"])},
        ours=ours.of(language, found),
        coverage=digest.coverage(language, found),
        no_revenue=digest.no_revenue(language, found),
        no_growth=digest.no_growth(language, found),
        drill=drill_section.of(language, drilled) if name == "index" else None,
        rests_on=_rests_on(language, facts.estimate(found["estimate"])),
        are_models_comparable=facts.are_models_comparable(found["is_complete"], found["before"]),
        **sections.of(language, found),
    )
