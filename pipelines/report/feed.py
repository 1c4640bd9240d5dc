"""The Atom feed: the last complete weeks, an entry each with the digest's five lines (RFC 4287)."""

import uuid
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

from pipelines.citation import LICENCE
from pipelines.queries.published import reading
from pipelines.report import digest, week_rows
from pipelines.words.language import Language, english

ATOM, XHTML = "http://www.w3.org/2005/Atom", "http://www.w3.org/1999/xhtml"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
MOST_ENTRIES = 52
"""A year: who reads a feed has read what is older."""

RANKINGS = "https://openrouter.ai/rankings"


def render(database: Path, address: str | None = None) -> dict[str, bytes]:
    """Return `feed.xml`, the newest week first; the same database gives the same bytes.

    An entry is updated when its data is: the as-of instant, never the clock. In an archive, entries
    lead to its pages: `address` is where it will be, or empty where the feed is next to them.
    """
    with reading(database) as connection:
        week_rows.newest_week(connection)
        weeks = [
            week_rows.digest(connection, week)
            for week in week_rows.complete_weeks(connection)[: -MOST_ENTRIES - 1 : -1]
        ]
    ElementTree.register_namespace("", ATOM)
    ElementTree.register_namespace("xhtml", XHTML)
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {LANGUAGE: "en"})
    _head(feed, "feed", english().say("page.kicker"), max(week["as_of"] for week in weeks))
    _add(_add(feed, "author"), "name", "Tokenhouse")
    _add(feed, "rights", f"{LICENCE}, source: OpenRouter ({RANKINGS})")
    for week in weeks:
        _entry(feed, english(), week, address)
    ElementTree.indent(feed)
    content = ElementTree.tostring(feed, encoding="UTF-8", xml_declaration=True)
    return {"feed.xml": content + b"\n"}


def _entry(
    feed: ElementTree.Element,
    language: Language,
    week: week_rows.DigestRows,
    address: str | None,
) -> None:
    entry = _add(feed, "entry")
    monday: date = week["week"]
    _head(entry, f"week/{monday}", f"{monday}: {digest.headline(language, week)}", week["as_of"])
    if address is not None:
        _add(entry, "link").set("href", f"{address}{monday}.html")
    content = _add(entry, "content")
    content.set("type", "xhtml")
    body = ElementTree.SubElement(content, f"{{{XHTML}}}div")
    listed = ElementTree.SubElement(body, f"{{{XHTML}}}ul")
    for line in digest.lines(language, week).values():
        ElementTree.SubElement(listed, f"{{{XHTML}}}li").text = line
    ElementTree.SubElement(body, f"{{{XHTML}}}p").text = week["citation"]


def _head(parent: ElementTree.Element, name: str, title: str, updated: datetime) -> None:
    """Add what a feed and an entry both must have; the id is the same in every build."""
    _add(parent, "id", uuid.uuid5(uuid.NAMESPACE_URL, f"{RANKINGS}#tokenhouse/{name}").urn)
    _add(parent, "title", title)
    _add(parent, "updated", f"{updated:%Y-%m-%dT%H:%M:%SZ}")


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}")
    element.text = text
    return element
