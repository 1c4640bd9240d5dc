"""The one place where a chart is drawn: the library aborts the whole process on some texts."""

import re
from typing import Any

import vl_convert

from pipelines.sources.text import is_printable

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML may contain, and so no SVG."""


def to_svg(specification: dict[str, Any]) -> str:
    """Return a Vega-Lite chart as SVG; ValueError if it cannot be drawn.

    A text that no SVG may contain is refused here: no exception comes back from the library.
    """
    if not is_printable(specification, NOT_IN_XML):
        raise ValueError("a text in it has control characters")
    return f"{vl_convert.vegalite_to_svg(specification)}"
