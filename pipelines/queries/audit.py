"""Audit a claims file against the published database, by the same models that every build runs."""

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import TypedDict, cast

from pipelines.errors import RefusalError
from pipelines.models.rerun import rerun
from pipelines.queries.published import Rows, query, reading
from pipelines.reference.loader import read
from pipelines.words import claims as words
from pipelines.words.language import languages

AUDIT = "SELECT * FROM marts.claims_audit ORDER BY file, week DESC, claim_id"
EVIDENCE = (
    "SELECT file, claim_id, scope, basis, computed, computed_low, computed_high, rank, matches "
    "FROM marts.claims_evidence ORDER BY file, claim_id, width, scope"
)


class Evidence(TypedDict):
    """The computed value of a claim at one scope, in the claim's unit."""

    file: str
    claim_id: str
    scope: str
    basis: str
    computed: float | None
    computed_low: float | None
    computed_high: float | None
    rank: int | None
    matches: bool


class Claim(TypedDict):
    """A row of `marts.claims_audit`, its two numbers in words, and its evidence at every scope."""

    claim_id: str
    file: str
    section: str | None
    metric: str
    subject: str
    week: date
    operator: str
    printed: float
    computed: float | None
    computed_low: float | None
    computed_high: float | None
    computed_rank: int | None
    unit: str
    scope: str | None
    full_scope: str | None
    full_computed: float | None
    verdict: str
    reason: str
    unknown_grain: str | None
    unknown_name: str | None
    matched_by: str | None
    basis: str | None
    printed_as: str
    title: str | None
    publisher: str | None
    published_on: date | None
    url: str | None
    explanation: str
    printed_in_words: str
    computed_in_words: str
    evidence: list[Evidence]


class Audit(TypedDict):
    """The verdict on every claim, and how many claims have each."""

    counts: dict[str, int]
    claims: list[Claim]


def audit(database: Path, file: Path | None, week: date | None) -> Audit:
    """Return the verdict on every claim, of a file or of those that the database was built with.

    Raises RefusalError naming file, line and field of a claim that cannot be read, or if no claim
    is of the requested week.
    """
    rows, evidence = _of_file(database, file) if file else _published(database)
    rows = [row for row in rows if week in (None, row["week"])]
    if not rows:
        raise RefusalError(f"no claim in {file or 'the database'} is of the week {week}")
    own = defaultdict(list)
    for row in evidence:
        own[row["file"], row["claim_id"]].append(row)
    (english, *_) = languages()
    for row in rows:
        row["printed_in_words"] = words.printed(english, row)
        row["computed_in_words"] = words.computed(english, row)
        row["evidence"] = own[row["file"], row["claim_id"]]
    counts = Counter(row["verdict"] for row in rows)
    return {"counts": dict(counts), "claims": cast("list[Claim]", rows)}


def _published(database: Path) -> tuple[Rows, Rows]:
    with reading(database) as connection:
        return query(connection, AUDIT), query(connection, EVIDENCE)


def _of_file(database: Path, file: Path) -> tuple[Rows, Rows]:
    """Run what follows from `reference.claims` in memory, over the published tables."""
    claims = read("claims", [file])
    audited = {"marts.claims_audit", "marts.claims_evidence"}
    with rerun(database, {"reference.claims": claims}, audited) as connection:
        return query(connection, AUDIT), query(connection, EVIDENCE)
