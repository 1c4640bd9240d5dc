"""Consumers read `marts` and `meta` only: find the internal tables that their code names."""

import re
from collections.abc import Iterator
from pathlib import Path

from pipelines.models.definition import SCHEMAS, load
from pipelines.settings import ROOT

CONSUMERS = (
    "pipelines/cli",
    "pipelines/exports",
    "pipelines/queries",
    "pipelines/report",
    "pipelines/words",
    "notebooks",
)

ALLOWED = frozenset(
    {
        "pipelines/exports/routing_reader.py",
        "pipelines/queries/explanation.py",
        "pipelines/queries/forecast.py",
        "pipelines/queries/published.py",
        "pipelines/report/week_rows.py",
        "notebooks/routing_what_if.py",
        "notebooks/tokens_against_revenue.py",
    }
)
"""Files that still read staging or core. A file leaves this list for good."""

TABLE = re.compile(rf"\b(?:{'|'.join(SCHEMAS[:-1])})\.\w+")


def violations(root: Path = ROOT) -> Iterator[str]:
    """Yield each internal table that a consumer names, with its file and line."""
    internal = {model.name for model in load() if model.schema != "marts"}
    for folder in CONSUMERS:
        for path in sorted(root.joinpath(folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if name in ALLOWED:
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for table in TABLE.findall(line):
                    if table in internal and f"`{table}`" not in line:
                        yield f"{name}, line {number}: reads {table}: read a mart or a macro"
