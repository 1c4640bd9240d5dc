"""Text that must not reach a page, a terminal or a chart: control characters and the like.

A row of a response with such a text is refused on its own. Any other text is escaped when printed.
"""

import re

UNPRINTABLE = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff"
"""Control characters (terminal escapes begin with one), line separators, changes of direction,
and what no XML may contain."""

PATTERN = re.compile(f"[{UNPRINTABLE}\ud800-\udfff]")
"""These, and halves of surrogate pairs."""

NOT_XML = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML document, and so no chart and no feed, may contain."""

ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""An escape in JSON: a pair of surrogates, one without its other half (the group), or another."""


def is_printable(value: object, refused: re.Pattern[str] = PATTERN) -> bool:
    """Return whether a text, or every text in lists and dictionaries, has no refused character."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return all(is_printable(one, refused) for one in value)
    return not (isinstance(value, str) and refused.search(value))


def escaped(text: str) -> str:
    r"""Return a text for a terminal: unprintable characters as `\u001b`, line breaks and tabs kept.

    Escaped JSON is the same JSON.
    """
    return PATTERN.sub(
        lambda found: found[0] if found[0] in "\n\t" else f"\\u{ord(found[0]):04x}", text
    )


def without_lone_surrogates(body: bytes) -> bytes:
    r"""Return JSON with `\u0000` for half a surrogate pair, which is no character at all.

    A text with one is then unprintable, and every parser can read the rest.
    """
    if rb"\u" not in body:
        return body
    return ESCAPE.sub(lambda found: rb"\u0000" if found[1] else found[0], body)
