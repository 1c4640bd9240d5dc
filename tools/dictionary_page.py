"""Write `data-dictionary.md`: every table, column and macro, from the database's own comments."""

from collections.abc import Iterator
from contextlib import closing

from pipelines.home.files import write_atomically
from pipelines.models import definition, dictionary
from pipelines.queries.published import Rows, query
from pipelines.settings import ROOT

PAGE = ROOT / "docs" / "data-dictionary.md"

INTRODUCTION = """\
# Data dictionary

Every table, column and macro of `warehouse.duckdb`, written by `make docs` from the front matter of
the models: change it there. The database holds the same words as comments and as
`meta.data_dictionary`.

Tokens are BIGINT, shares are fractions from 0 to 1, money is USD, weeks are Mondays, instants are
UTC. The figures are OpenRouter's (openrouter.ai/rankings) or computed from them, CC BY 4.0.

![Which table is made from which](models.svg)
"""


def page() -> str:
    """Return the page; it depends on `sql/` alone, not on any data."""
    with closing(dictionary.blank(definition.load())) as connection:
        rows = query(connection, "FROM meta.data_dictionary")
    return "\n".join([INTRODUCTION, *_contents(rows), *_tables(rows), *_macros(rows)])


def _contents(rows: Rows) -> Iterator[str]:
    yield "| table | what it holds |"
    yield "|---|---|"
    for row in _of(rows, "table"):
        name = row["table_name"]
        summary, _, grain = row["description"].partition(" A row is: ")
        first = summary.partition(". ")[0].rstrip(".")
        anchor = name.replace(".", "")
        yield f"| [`{name}`](#{anchor}) | {_cell(first)}; a row is {_cell(grain.rstrip('.'))} |"
    yield ""


def _tables(rows: Rows) -> Iterator[str]:
    for row in rows:
        if row["kind"] == "table":
            yield f"\n## {row['table_name']}\n\n{row['description']}\n"
            yield f"Made from: {row['source']}.\n"
            yield "| column | type | unit | meaning |"
            yield "|---|---|---|---|"
        elif row["kind"] == "column":
            described = (row["data_type"], row["unit"], row["description"])
            yield f"| `{row['column_name']}` | {' | '.join(map(_cell, described))} |"


def _macros(rows: Rows) -> Iterator[str]:
    yield "\n## Macros\n"
    yield "| macro | meaning |"
    yield "|---|---|"
    for row in _of(rows, "macro"):
        yield f"| `{row['table_name']}` | {_cell(row['description'])} |"
    yield ""


def _of(rows: Rows, kind: str) -> Rows:
    return [row for row in rows if row["kind"] == kind]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    write_atomically(PAGE, page().encode())
