"""The page of printed claims: each article with what it printed, what was computed, the verdict."""

from collections import Counter
from functools import partial
from itertools import groupby
from typing import Any

from markupsafe import Markup

from pipelines.queries.published import Row, Rows
from pipelines.report import table_cells
from pipelines.report.sections import Columns, Table, table
from pipelines.words import claims as words
from pipelines.words.language import UNKNOWN, Language


def of(language: Language, claims: Rows) -> dict[str, Any]:
    """Return what the page shows of claims, article by article in the order of their files."""
    by_file = groupby(sorted(claims, key=lambda row: row["file"]), key=lambda row: row["file"])
    articles = [_article(language, number, list(rows)) for number, (_, rows) in enumerate(by_file)]
    return {
        "articles": articles,
        "count": len(claims),
        "verdicts": Counter(row["verdict"] for row in claims),
    }


def _article(language: Language, number: int, rows: Rows) -> dict[str, Any]:
    url = rows[0]["url"] or ""
    return {
        "title": _title(language, rows[0]),
        "url": url if url.startswith(("https://", "http://")) else "",
        "table": _claims(language, number, rows),
    }


def _title(language: Language, row: Row) -> str:
    """Return an article's title with its publisher and day; without one, its file."""
    if not row["title"]:
        return language.say("audit.unnamed", file=row["file"])
    return language.say(
        "audit.source",
        title=row["title"],
        publisher=row["publisher"] or UNKNOWN,
        day=row["published_on"] or UNKNOWN,
    )


def _printed_words(row: Row) -> Markup:
    """Return a claim in the words that were printed, with its name."""
    return Markup("{}<br><small>{}</small>").format(
        table_cells.name(row["printed_as"]), table_cells.name(row["claim_id"])
    )


def _claims(language: Language, number: int, rows: Rows) -> Table | None:
    """Return the claims of an article, those that the data contradict first."""
    say = language.say
    columns: Columns = {
        "verdict": (say("audit.verdict"), lambda row: language.name("judged", row["verdict"])),
        "claim": (say("audit.words"), _printed_words),
        "week": (say("audit.period"), lambda row: row["period"]),
        "printed": (say("audit.printed"), partial(words.printed, language)),
        "computed": (say("audit.computed"), partial(words.computed, language)),
        "explanation": (
            say("audit.explanation"),
            lambda row: table_cells.name(words.explanation(language, row)),
        ),
    }
    texts = ("verdict", "claim", "week", "explanation")
    found = table(language, "audit", rows, columns, texts)
    return found and Table(f"audit-{number}", _title(language, rows[0]), found.columns, rows)
