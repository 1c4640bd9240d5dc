"""Audit a claims file against the published database, by the same models that every build runs."""

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.errors import RefusalError
from pipelines.models.rerun import rerun
from pipelines.queries.published import Rows, query, reading
from pipelines.reference.loader import read

AUDIT = "SELECT * FROM marts.claims_audit ORDER BY file, week DESC, claim_id"
EVIDENCE = (
    "SELECT file, claim_id, scope, basis, computed, computed_low, computed_high, rank, matches "
    "FROM marts.claims_evidence ORDER BY file, claim_id, width, scope"
)


def audit(database: Path, file: Path | None, week: date | None) -> dict[str, Any]:
    """Return the verdict on every claim, of a file or of those that the database was built with.

    Raises RefusalError naming file, line and field of a claim that cannot be read, or if no claim
    is of the week asked for.
    """
    claims, evidence = _of_file(database, file) if file else _published(database)
    if week:
        claims = [claim for claim in claims if claim["week"] == week]
    if not claims:
        raise RefusalError(f"no claim in {file or 'the database'} is of the week {week}")
    own = defaultdict(list)
    for row in evidence:
        own[row["file"], row["claim_id"]].append(row)
    for claim in claims:
        claim["evidence"] = own[claim["file"], claim["claim_id"]]
    return {"counts": dict(Counter(claim["verdict"] for claim in claims)), "claims": claims}


def _published(database: Path) -> tuple[Rows, Rows]:
    with reading(database) as connection:
        return query(connection, AUDIT), query(connection, EVIDENCE)


def _of_file(database: Path, file: Path) -> tuple[Rows, Rows]:
    """Run what follows from `reference.claims` in memory, over the published tables."""
    claims = read("claims", [file])
    audited = {"marts.claims_audit", "marts.claims_evidence"}
    with rerun(database, {"reference.claims": claims}, audited) as connection:
        return query(connection, AUDIT), query(connection, EVIDENCE)
