"""Commented templates of the tables that people edit, for a home's reference folder.

A template has no row until somebody edits it, and then changes only the rows that are edited.
"""

import inspect
import textwrap

from pipelines.reference.files import FILES, shipped_paths
from pipelines.reference.loader import COMMENT, TABLES
from pipelines.reference.overlay import MARK

EDITED = (
    "workloads",
    "compliance",
    "deploy_policy",
    "own_evaluation",
    "billed",
    "usage_scope",
    "usage_alias",
    "usage_workload",
)
"""The tables that are a home's own business; `docs/routing.md` describes the others, too."""

WIDTH = 100
"""Characters of a line of comment."""


def template(table: str) -> str:
    """Return the text of a table's template, with the shipped rows as comments."""
    (path,) = shipped_paths(table)
    shipped = path.read_text(encoding="utf-8")
    text = _yaml(shipped) if path.suffix == ".yaml" else _csv(shipped)
    return _introduction(table) + text


def _introduction(table: str) -> str:
    contract, key = TABLES[table]
    mark = f"{MARK}: true" if FILES[table].endswith(".yaml") else f"true under {MARK}"
    paragraphs = (
        f"{FILES[table]} of this home. {inspect.getdoc(contract) or ''}".replace("\n\n", " "),
        f"A row replaces the shipped one with the same {', '.join(key)}. Another row is added. A "
        f"row with {mark} needs only these columns and removes the shipped one. Lines that begin "
        f"with {COMMENT} are not read; below, they are the shipped rows, if there are any.",
    )
    lines = [line for one in paragraphs for line in textwrap.wrap(one, WIDTH - 2)]
    return "".join(f"{COMMENT} {line}\n" for line in lines)


def _csv(shipped: str) -> str:
    header, *rows = shipped.splitlines()
    return "\n".join([f"{header},{MARK}", *(f"{COMMENT} {row}," for row in rows)]) + "\n"


def _yaml(shipped: str) -> str:
    lines = (
        line if line.startswith(COMMENT) or not line else f"{COMMENT} {line}"
        for line in shipped.splitlines()
    )
    return f"{COMMENT}\n" + "\n".join(lines) + "\n"
