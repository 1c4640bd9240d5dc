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
from pipelines.words.language import english

AUDIT = "SELECT * FROM marts.claims_audit ORDER BY file, line"
EVIDENCE = "FROM marts.claims_evidence()"


class Evidence(TypedDict):
    """The computed value of a claim at one scope, in the claim's unit."""

    file: str
    claim_id: str
    scope: str
    basis: str
    computed: float | None
    computed_low: float | None
    computed_high: float | None
    rank_low: int | None
    rank_high: int | None
    matches: bool
    is_possible: bool


class Claim(TypedDict):
    """A row of `marts.claims_audit`, its two numbers in words, and its evidence at every scope."""

    claim_id: str | None
    file: str
    line: int
    section: str | None
    metric: str | None
    subject: str | None
    period: str | None
    week: date | None
    first_day: date | None
    last_day: date | None
    days: int | None
    days_known: int | None
    base_first_day: date | None
    base_last_day: date | None
    operator: str | None
    printed: float | None
    rank: int | None
    computed: float | None
    computed_low: float | None
    computed_high: float | None
    rank_low: int | None
    rank_high: int | None
    unit: str | None
    scope: str | None
    full_scope: str | None
    full_computed: float | None
    full_low: float | None
    full_high: float | None
    free_matters: bool
    free_computed: float | None
    free_low: float | None
    free_high: float | None
    free_rank: int | None
    free_rank_high: int | None
    verdict: str
    reason: str
    weeks_from: date | None
    listed_models: int | None
    unknown_grain: str | None
    unknown_name: str | None
    open_family: str | None
    fault_field: str | None
    fault_value: str | None
    fault_expected: str | None
    matched_by: str | None
    basis: str | None
    printed_as: str | None
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
    rows = [row for row in rows if week is None or row["week"] in (None, week)]
    if not rows:
        raise RefusalError(f"no claim in {file or 'the database'} is of the week {week}")
    own = defaultdict(list)
    for row in evidence:
        own[row["file"], row["claim_id"]].append(row)
    for row in rows:
        row["printed_in_words"] = words.printed(english(), row)
        row["computed_in_words"] = words.computed(english(), row)
        is_refused = row["fault_field"] is not None  # its name may be that of another row
        row["evidence"] = [] if is_refused else own[row["file"], row["claim_id"]]
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
