"""The Atom feed: the last complete weeks, an entry each with story and topics (RFC 4287)."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

from pipelines.citation import LICENCE
from pipelines.queries.published import reading
from pipelines.report import digest, week_rows
from pipelines.report.page_files import file_name
from pipelines.words.language import Language, english

ATOM, XHTML = "http://www.w3.org/2005/Atom", "http://www.w3.org/1999/xhtml"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
MOST_ENTRIES = 52
"""A year: who reads a feed has read what is older."""

RANKINGS = "https://openrouter.ai/rankings"


def render(database: Path, site: str) -> dict[str, bytes]:
    """Return `feed.xml`; the same database and site give the same bytes.

    `site` is the address of the archive, to whose pages the entries lead, or empty. Raises
    RefusalError without a complete week.
    """
    with reading(database) as connection:
        week_rows.newest_week(connection)
        known = week_rows.complete_weeks(connection)
        weeks = week_rows.digests(connection, known[-MOST_ENTRIES:])
    return {"feed.xml": of(weeks, site or None)}


def of(weeks: Sequence[week_rows.DigestRows], site: str | None) -> bytes:
    """Return the feed of some weeks, given in their order, the newest first.

    An entry is updated when its data is: the as-of instant, never the clock. `site` is the address
    of the archive's pages, empty where the feed is next to them, and None without pages.
    """
    ElementTree.register_namespace("", ATOM)
    ElementTree.register_namespace("xhtml", XHTML)
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {LANGUAGE: "en"})
    _head(feed, "feed", english().say("page.kicker"), max(week["as_of"] for week in weeks))
    _add(_add(feed, "author"), "name", "Tokenhouse")
    _add(feed, "rights", f"{LICENCE}, source: OpenRouter ({RANKINGS})")
    if site:
        _link(feed, "self", f"{site}feed.xml")
        _link(feed, "alternate", f"{site}{file_name('index', english())}")
    for week in weeks[: -MOST_ENTRIES - 1 : -1]:
        _entry(feed, english(), week, site)
    ElementTree.indent(feed)
    content: bytes = ElementTree.tostring(feed, encoding="UTF-8", xml_declaration=True)
    return content + b"\n"


def _entry(
    feed: ElementTree.Element,
    language: Language,
    week: week_rows.DigestRows,
    site: str | None,
) -> None:
    entry = _add(feed, "entry")
    monday: date = week["week"]
    _head(entry, f"week/{monday}", f"{monday}: {digest.headline(language, week)}", week["as_of"])
    if site is not None:
        _link(entry, "alternate", f"{site}{file_name(f'{monday}', language)}")
    content = _add(entry, "content")
    content.set("type", "xhtml")
    body = ElementTree.SubElement(content, f"{{{XHTML}}}div")
    for lines in (digest.story_lines(language, week), digest.lines(language, week).values()):
        listed = ElementTree.SubElement(body, f"{{{XHTML}}}ul")
        for line in lines:
            ElementTree.SubElement(listed, f"{{{XHTML}}}li").text = line
    ElementTree.SubElement(body, f"{{{XHTML}}}p").text = week["citation"]


def _head(parent: ElementTree.Element, name: str, title: str, updated: datetime) -> None:
    """Add what a feed and an entry both must have; the id is the same in every build."""
    _add(parent, "id", uuid.uuid5(uuid.NAMESPACE_URL, f"{RANKINGS}#tokenhouse/{name}").urn)
    _add(parent, "title", title)
    _add(parent, "updated", f"{updated:%Y-%m-%dT%H:%M:%SZ}")


def _link(parent: ElementTree.Element, relation: str, address: str) -> None:
    _add(parent, "link").attrib.update(rel=relation, href=address)


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}")
    element.text = text
    return element
