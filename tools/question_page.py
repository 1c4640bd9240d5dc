"""Update the answers in `questions.md`: below each SQL block is the result it returns."""

import re
from contextlib import closing

from pipelines.home.database import connect
from pipelines.home.files import write_atomically
from pipelines.queries.published import Connection, query
from pipelines.settings import ROOT, settings

PAGE = ROOT / "docs" / "questions.md"

QUESTION = re.compile(r"```sql\n(?P<sql>[^`]*)```\n\n(\|.*\n)*")


def answered(page: str, connection: Connection) -> str:
    """Return the page with the answer of this database under every SQL block."""
    return QUESTION.sub(
        lambda found: f"```sql\n{found['sql']}```\n\n{_table(connection, found['sql'])}", page
    )


def _table(connection: Connection, sql: str) -> str:
    rows = query(connection, sql.rstrip().rstrip(";"))
    columns = list(rows[0]) if rows else ["no row"]
    lines = [columns, ["---"] * len(columns), *([_cell(row[name]) for name in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return "–" if value is None else f"{value}".replace("|", "\\|")


if __name__ == "__main__":
    with closing(connect(settings().database)) as database:
        write_atomically(PAGE, answered(PAGE.read_text(), database).encode())
