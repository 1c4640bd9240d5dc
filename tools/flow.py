"""Draw `models.svg`: which table is made from which, as the parsed SQL says.

Four columns in the order of the data's way. Within a column tables stand near what they read
(the barycenter heuristic of layered graph drawing), which keeps most lines from crossing.
"""

from html import escape
from statistics import fmean

from pipelines.home.files import write_atomically
from pipelines.models import definition
from pipelines.models.definition import SCHEMAS, SOURCES
from pipelines.settings import ROOT

PICTURE = ROOT / "docs" / "models.svg"

COLUMNS = (SOURCES, *((schema,) for schema in SCHEMAS))
COLOURS = ("#7a7a7a", "#0b5fa5", "#b35806", "#1b7837")
TITLES = ("answers and judgements", "staging: ours", "core: computed once", "marts: to be asked")
BOX, GAP, LINE, TOP, MARGIN = 190, 110, 24, 50, 16

Edge = tuple[str, str]
Place = tuple[int, float]


def edges() -> list[Edge]:
    """Return every pair of a table and one that reads it."""
    return sorted((source, model.name) for model in definition.load() for source in model.inputs)


def column_of(name: str) -> int:
    """Return in which column a table stands."""
    schema = name.partition(".")[0]
    return next(number for number, schemas in enumerate(COLUMNS) if schema in schemas)


def places(lines: list[Edge], sweeps: int = 12) -> dict[str, Place]:
    """Return column and row of every table; a short column is spread over the tallest's height."""
    names = sorted({name for line in lines for name in line})
    columns = [[name for name in names if column_of(name) == number] for number in range(4)]
    height = max(map(len, columns))
    found: dict[str, Place] = {}
    for column in columns:
        found |= _spread(column, height)

    def middle(name: str) -> float:
        ends = [other for line in lines if name in line for other in line]
        rows = [found[other][1] for other in ends if column_of(other) != column_of(name)]
        return fmean(rows or [found[name][1]])

    for sweep in range(sweeps):
        for column in columns if sweep % 2 else reversed(columns):
            column.sort(key=middle)
            found |= _spread(column, height)
    return found


def _spread(ordered: list[str], height: int) -> dict[str, Place]:
    step = height / len(ordered)
    return {name: (column_of(name), (row + 0.5) * step) for row, name in enumerate(ordered)}


def picture() -> str:
    """Return the SVG; the same models give the same bytes."""
    lines = edges()
    where = places(lines)
    width = 2 * MARGIN + 4 * BOX + 3 * GAP + GAP // 2
    height = TOP + LINE * max(row for _, row in where.values()) + LINE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" '
            f'width="{width}" height="{height:.0f}" font-family="sans-serif" font-size="12" '
            'role="img" aria-label="Which table is made from which">',
            '<rect width="100%" height="100%" fill="white"/>',
            *(_title(number) for number in range(4)),
            *(_curve(where[source], where[target]) for source, target in lines),
            *(_box(name, where[name]) for name in sorted(where)),
            "</svg>\n",
        ]
    )


def _left(column: int) -> int:
    return MARGIN + column * (BOX + GAP)


def _title(column: int) -> str:
    return (
        f'<text x="{_left(column)}" y="28" font-size="14" font-weight="bold" '
        f'fill="{COLOURS[column]}">{TITLES[column]}</text>'
    )


def _curve(source: Place, target: Place) -> str:
    """Return the line from the right edge of a box to the left edge of one that reads it.

    Within a column it leaves and comes back on the right.
    """
    start, end = _left(source[0]) + BOX, _left(target[0])
    y, z = TOP + source[1] * LINE, TOP + target[1] * LINE
    if source[0] == target[0]:
        bulge = start + GAP * 0.2 + 2.2 * abs(target[1] - source[1])
        path = f"M{start} {y:.1f} C{bulge:.1f} {y:.1f} {bulge:.1f} {z:.1f} {start} {z:.1f}"
    else:
        middle = (start + end) / 2
        path = f"M{start} {y:.1f} C{middle} {y:.1f} {middle} {z:.1f} {end} {z:.1f}"
    return f'<path d="{path}" fill="none" stroke="{COLOURS[source[0]]}" stroke-opacity=".45"/>'


def _box(name: str, place: Place) -> str:
    column, row = place
    x, y = _left(column), TOP + row * LINE
    shown = name if column == 0 else name.partition(".")[2]
    return (
        f'<g><title>{escape(name)}</title><rect x="{x}" y="{y - 9:.1f}" width="{BOX}" height="18" '
        f'rx="4" fill="white" stroke="{COLOURS[column]}"/>'
        f'<text x="{x + 8}" y="{y + 4:.1f}">{escape(shown)}</text></g>'
    )


if __name__ == "__main__":
    write_atomically(PICTURE, picture().encode())
