"""The report's tables: great-tables for the structure, the page's style sheet for the looks."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from great_tables import GT
from markupsafe import Markup, escape

from pipelines.queries.published import Rows

Columns = Mapping[str, tuple[str, Callable[[Any], object]]]
"""By name, which is part of the cells' ids: the label, and what a row shows there."""


def table(name: str, label: str, rows: Rows, columns: Columns, texts: tuple[str, ...]) -> Markup:
    """Return the rows as an HTML table in a frame that may scroll sideways; `texts` align left.

    What a cell shows is escaped unless it is Markup. The same rows give the same bytes.
    """
    cells = {key: [str(escape(show(row))) for row in rows] for key, (_, show) in columns.items()}
    drawn = (
        GT(pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String)), id=name)
        .cols_label({key: title for key, (title, _) in columns.items()})
        .cols_align("right")
        .cols_align("left", columns=list(texts))
        .fmt(lambda cell: cell)
        .as_raw_html()
    )
    # Only the table: its own style sheet would fix the colours of the day.
    body = drawn[drawn.index("<table") : drawn.rindex("</table>") + len("</table>")]
    for key, (title, _) in columns.items():  # a phone shows wide rows as cards, without a head
        cell = f'<td headers="{name}-{key}"'
        body = body.replace(cell, f'{cell} data-label="{escape(title)}"')
    frame = Markup('<div class="table" id="{}" role="region" tabindex="0" aria-label="{}">')
    return frame.format(name, label) + Markup(body) + Markup("</div>")  # noqa: S704 escaped above
