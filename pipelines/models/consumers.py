"""Consumers read `marts` and `meta` only: find the internal tables that their code names."""

import re
from collections.abc import Iterator
from pathlib import Path

from pipelines.models.definition import PRIVATE, SCHEMAS, load
from pipelines.settings import ROOT

BUILDERS = ("pipelines/models", "pipelines/orchestration")
"""Who makes and checks the tables; everyone else reads what is published."""

PRIVATE_READERS = ("pipelines/queries/evaluation.py", "pipelines/queries/explanation.py")
"""Who may read what third-party scores imply: their answers go to the home's user alone."""

TABLE = re.compile(rf"\b(?:{'|'.join(SCHEMAS[:-1])})\.\w+")


def violations(root: Path = ROOT) -> Iterator[str]:
    """Yield each internal table that a consumer names, with its file and line."""
    internal = {model.name for model in load() if model.schema != "marts"}
    for path in sorted([*root.glob("pipelines/**/*.py"), *root.glob("notebooks/*.py")]):
        name = path.relative_to(root).as_posix()
        if name.startswith(BUILDERS):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for table in TABLE.findall(line):
                if name in PRIVATE_READERS and table.startswith(f"{PRIVATE}."):
                    continue
                if table in internal and f"`{table}`" not in line:
                    yield f"{name}, line {number}: reads {table}: read a mart or a macro"
