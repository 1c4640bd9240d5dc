"""The configurations that a setting names: what is wrong with them, under names that last.

A name stays the same as long as its finding does, so that only new findings are news.
"""

from collections.abc import Sequence
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.gateways import lint
from pipelines.queries.published import reading
from pipelines.settings import LintFile
from pipelines.words import gateways as words
from pipelines.words.language import english


def found(database: Path, files: Sequence[LintFile]) -> dict[str, str]:
    """Return every error and warning as a line, by its name; notes are left out.

    Each file is checked for the class of its data. One that cannot be read is a finding, too.
    """
    if not files:
        return {}
    lines: dict[str, str] = {}
    with reading(database) as connection:
        for data_class, file in files:
            try:
                as_of, (checked,) = lint.check(connection, [file], data_class)
            except RefusalError as error:
                lines[f"{file} unreadable"] = f"{error}"
                continue
            lines |= {
                f"{file} {one.code} {one.subject}": words.line(english(), one, as_of)
                for one in checked.findings
                if one.severity != "note"
            }
    return lines
