"""Decide whether a built database may be published, and replace the published one by it.

The published database is replaced whole or not at all: a reader that has it open keeps the old
week, and a build that is refused leaves it as it was.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

import duckdb

from pipelines.errors import RefusalError
from pipelines.home import files, paths
from pipelines.home.database import connected, rows
from pipelines.home.refusals import FINDING_REASONS, Finding
from pipelines.models.checks import CheckResult
from pipelines.words import findings as words
from pipelines.words.language import english

GATE = "gate"
"""The check whose failing rows are the findings, which a person may accept."""

SHOWN = 3
"""Findings that a message names; the others are counted."""


def open_findings(built: Path) -> list[Finding]:
    """Return the findings in a built database that nobody accepted, by reason, week and name."""
    with connected(built) as connection:
        found = rows(
            connection.execute(
                "FROM marts.publication_findings WHERE NOT is_accepted ORDER BY week, name"
            )
        )
    ordered = sorted(found, key=lambda row: FINDING_REASONS.index(row["reason"]))
    return cast("list[Finding]", ordered)


def decide(results: Sequence[CheckResult], findings: Sequence[Finding]) -> RefusalError | None:
    """Return why a build must not be published, or None if it may be.

    Findings can be accepted by name, a failed check cannot.
    """
    failed = [one for one in results if one.failures and one.check != GATE]
    if not failed and not findings:
        return None
    said = [
        f"{one['name']}: {words.finding(english(), one['reason'], one['size'])}"
        for one in findings[:SHOWN]
    ]
    if len(findings) > SHOWN:
        said.append(f"and {len(findings) - SHOWN} more, which `tokenhouse status` lists")
    if findings:
        said.append('if it is right, `tokenhouse accept NAME --why "…"`')
    said += [f"{one}" for one in failed]
    if failed:
        said.append(
            "a failed check cannot be accepted: fix the model if it is yours, else report it"
        )
    reason = findings[0]["reason"] if findings else "failed_check"
    return RefusalError(f"{'; '.join(said)}; the published database stays as it was", reason)


def check_ours(database: Path) -> None:
    """Refuse to replace a database that another program wrote; a damaged one may be replaced."""
    try:
        with closing(duckdb.connect(database, read_only=True)) as connection:
            found = connection.execute(
                "SELECT count(*), count(*) FILTER (schema_name = 'meta') FROM duckdb_tables()"
            ).fetchall()
    except duckdb.Error:
        return
    ((tables, ours),) = found
    if tables and not ours:
        raise RefusalError(
            f"{database} is of another program, and would be replaced: name another folder with "
            "TOKENHOUSE_HOME"
        )


def publish(built: Path, database: Path) -> None:
    """Replace the published database. Readers of the old file keep it until they open it again."""
    try:
        # A write-ahead log left by a killed writer would be replayed into the new file.
        for new, old in ((paths.private(built), paths.private(database)), (built, database)):
            old.with_name(f"{old.name}.wal").unlink(missing_ok=True)
            if new.exists():
                files.replace(new, old)
    except OSError as error:
        discard(built)
        raise RefusalError(f"{database} cannot be replaced: {error.strerror}") from None


def discard(built: Path) -> None:
    """Remove a built database that is not to be published."""
    for path in (built, paths.private(built)):
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
