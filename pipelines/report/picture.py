"""The picture that a chat or a network shows next to a link: the headline over the totals."""

import textwrap

import vl_convert
from markupsafe import escape

from pipelines.report import digest
from pipelines.report.week_rows import DigestRows
from pipelines.text import NOT_XML
from pipelines.words.language import Language

WIDTH, HEIGHT = 1200, 630
"""Pixels, as Open Graph recommends."""

PAPER, INK, MUTED = "#fcfbf8", "#1d1d1b", "#5f5e58"
LETTERS = 28
"""In a line of the headline."""


def of(language: Language, week: DigestRows) -> bytes:
    """Return a week's picture as PNG; the same rows give the same bytes on the same machine."""
    lines = textwrap.wrap(digest.headline(language, week), LETTERS)[:4]
    headline = "".join(
        f'<text x="70" y="{190 + 78 * number}" font-size="62" font-weight="700" '
        f'font-family="serif">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    kicker = f"{language.say('page.kicker')} · {language.week(week['week'])}"
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/><g fill="{INK}">'
        f'<text x="70" y="95" font-size="30" font-family="sans-serif" fill="{MUTED}">'
        f"{escape(kicker)}</text>{headline}</g>"
        f'<path d="{_totals(week)}" fill="none" stroke="{INK}" stroke-width="5"/></svg>'
    )
    return bytes(vl_convert.svg_to_png(NOT_XML.sub("\ufffd", drawn), scale=1))


def _totals(week: DigestRows) -> str:
    """Return the path of the known totals at the foot of the picture."""
    totals = [row["total_tokens"] for row in week["totals"] if row["is_complete"]]
    step, most = (WIDTH - 140) / max(len(totals) - 1, 1), max(totals, default=1)
    spots = [
        f"{70 + step * number:.1f} {590 - 90 * total / most:.1f}"
        for number, total in enumerate(totals)
    ]
    return f"M{'L'.join(spots)}" if spots else ""
