"""The one place where a chart is drawn: the library aborts the whole process on some texts."""

from typing import Any

import vl_convert

from pipelines.text import NOT_XML, is_printable


def to_svg(specification: dict[str, Any]) -> str:
    """Return a Vega-Lite chart as SVG; ValueError if it cannot be drawn.

    A text that no SVG may contain is refused here, because the library would end the process.
    """
    if not is_printable(specification, NOT_XML):
        raise ValueError("a text has unprintable characters")
    return f"{vl_convert.vegalite_to_svg(specification)}"
