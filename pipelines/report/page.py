"""The report's pages, each self-contained, without script and without network."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import jinja2

from pipelines.drill import card
from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.home.lock import writing
from pipelines.queries.published import Rows, reading
from pipelines.report import (
    banner,
    bill,
    claims_page,
    digest,
    drill_section,
    facts,
    market,
    ours,
    sections,
    table_cells,
    week_rows,
)
from pipelines.report.page_files import file_name
from pipelines.report.sections import Table
from pipelines.words import routing
from pipelines.words.language import Language, english, languages

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("pages")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

PAGES.filters["code"] = table_cells.code

METHODS = (
    *("tiles", "growth", "moves", "money", "prices", "top", "long"),
    *("origin", "dual", "index", "routes"),
)
"""The sections of every page whose method the box at its end says."""

Links = Sequence[tuple[str, str, str]]
"""Of a page to others: the relation or nothing, the title, the file."""


def write(home: Path, week: date | None = None) -> list[Path]:
    """Write the pages of a week, or of the newest complete one; return the files.

    The newest week is `report/index.html`, with `claims.html` and its digest next to it; another
    one is `report/<Monday>.html`. Languages other than English carry their code before the ending.
    Raises RefusalError if there is no database, or the week is not in it; without a complete week
    the page says so.
    """
    with reading(paths.database(home)) as connection:
        known = week_rows.complete_weeks(connection)
        chosen = week or (known[-1] if known else None)
        (found,) = week_rows.reports(connection, [chosen]) if chosen else [None]
        claims = week_rows.claims(connection, chosen) if chosen else []
    name = f"{week}" if week else "index"
    drilled = card.read(home, found["run_id"]) if found else None
    pages = {file_name(name, one): render(one, found, name, drilled) for one in languages()}
    if found and not week:
        pages |= {file_name("claims", one): render_claims(one, claims) for one in languages()}
    with writing(home):
        is_own = bool(found and found["ours"])
        for file, text in pages.items():
            write_atomically(paths.report(home) / file, text.encode(), private=is_own)
        if found and not week:
            _write_digest(home, found)
    return [paths.report(home) / file for file in pages]


def _write_digest(home: Path, found: week_rows.WeekRows) -> None:
    """Write the newest week's digest for the home, where own usage is in it, if there is some."""
    path = paths.report(home) / "digest.md"
    topics = digest.lines(english(), found)
    if found["ours"]:
        topics[english().say("ours.title")] = ours.line(english(), found["ours"])
    write_atomically(path, digest.markdown(found, topics), private=bool(found["ours"]))


def render(
    language: Language,
    found: week_rows.WeekRows | None,
    name: str,
    drilled: card.Card | None = None,
    known: Sequence[date] = (),
    address: str = "",
    mark: str = "",
) -> str:
    """Return the page of a week's numbers, or of their absence.

    `known` are the weeks that have pages. The newest week's page, `index`, also has the drill of
    its routes and says how old its data is; a page of the archive leads to the index of all weeks,
    and has the address of its picture and the `mark` of its rows.
    """
    if found is None:
        return PAGES.get_template("nothing.html").render(_frame(language, name))
    return PAGES.get_template("report.html").render(
        **_frame(language, name, week_links(language, found["week"], known)),
        week=found,
        preview=f"{address}{found['week']}" if mark else "",
        mark=mark,
        why=routing.why,
        name=table_cells.name,
        workload_name=table_cells.workload_name,
        headline=digest.headline(language, found),
        banner=(banner.of if name == "index" else banner.recorded)(language, found),
        lines=[*digest.story_lines(language, found), *_own_line(language, found["ours"])],
        models=digest.models(language, found),
        origin=digest.origin(language, found),
        routes_line=digest.routes(language, found),
        ours=ours.of(language, found),
        bill=bill.of(language, found["bill"]),
        coverage=digest.coverage(language, found),
        no_revenue=digest.no_revenue(language, found),
        no_growth=digest.no_growth(language, found),
        drill=drill_section.of(language, drilled) if name == "index" else None,
        rests_on=_rests_on(language, facts.estimate(found["estimate"])),
        are_models_comparable=facts.are_models_comparable(found["is_complete"], found["before"]),
        claims_page=file_name("claims", language),
        sections=[
            *METHODS,
            *(["bill"] if found["bill"] else []),
            *(["ours"] if found["ours"] else []),
        ],
        **market.of(language, found),
        **sections.of(language, found),
    )


def render_claims(language: Language, claims: Rows) -> str:
    """Return the page of printed claims."""
    links = [("", language.say("archive.newest"), file_name("index", language))]
    frame = _frame(language, "claims", links)
    return PAGES.get_template("claims.html").render(**frame, **claims_page.of(language, claims))


def render_index(language: Language, newest: week_rows.WeekRows, weeks: Table | None) -> str:
    """Return the page of all weeks of the archive, with a chart of all totals up to the newest."""
    return PAGES.get_template("weeks.html").render(
        **_frame(language, "index"),
        banner=banner.recorded(language, newest),
        weeks=weeks,
        long=market.long_view(language, newest),
        claims_page=file_name("claims", language),
    )


def week_links(language: Language, week: date, known: Sequence[date]) -> Links:
    """Return the links of a week's page to the weeks next to it and to all, if it has company."""
    if not known:
        return []
    before, after = [day for day in known if day < week], [day for day in known if day > week]
    near = [("prev", f"← {language.day(day)}", day) for day in before[-1:]]
    near += [("next", f"{language.day(day)} →", day) for day in after[:1]]
    links = [(relation, title, file_name(f"{day}", language)) for relation, title, day in near]
    return [*links, ("", language.say("archive.title"), file_name("index", language))]


def _frame(language: Language, name: str, links: Links = ()) -> dict[str, Any]:
    """Return what every page has: its language, the same page in others, its links."""
    others = [
        (one.code, one.say("language"), file_name(name, one))
        for one in languages()
        if one.code != language.code
    ]
    return {"language": language, "say": language.say, "others": others, "links": links}


def _own_line(language: Language, rows: Rows) -> list[str]:
    """Return the line of own usage, which is in the page and in no exported digest."""
    return [ours.line(language, rows)] if rows else []


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
