"""Audit a claims file against the published database, by the same models that every build runs."""

from collections import Counter, defaultdict
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from pipelines import answers, reference
from pipelines.answers import Rows
from pipelines.database import connect
from pipelines.errors import RefusalError
from pipelines.models import build, definition
from pipelines.models.definition import Model

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
    with answers.reading(database) as connection:
        return answers.query(connection, AUDIT), answers.query(connection, EVIDENCE)


def _of_file(database: Path, file: Path) -> tuple[Rows, Rows]:
    """Run what follows from `reference.claims` in memory, over the published tables."""
    claims = reference.read("claims", [file])
    models = definition.load()
    own = _following(models, "reference.claims")
    connect(database).close()  # refuses a missing or damaged file in one line
    quoted = f"{database}".replace("'", "''")
    with closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        connection.sql(f"ATTACH '{quoted}' AS published (READ_ONLY)")
        for schema in (*definition.SCHEMAS, "reference"):
            connection.sql(f"CREATE SCHEMA {schema}")
        connection.register("incoming", claims)
        connection.sql("CREATE TABLE reference.claims AS SELECT * FROM incoming")
        read = {name for model in own for name in model.inputs} - {model.name for model in own}
        for name in sorted(read - {"reference.claims"}):
            connection.sql(f"CREATE VIEW {name} AS SELECT * FROM published.{name}")
        for model in own:
            build.create(connection, model)
        return answers.query(connection, AUDIT), answers.query(connection, EVIDENCE)


def _following(models: tuple[Model, ...], name: str) -> list[Model]:
    """Return the models that read a table, directly or not, in the order of the build."""
    names, found = {name}, []
    for model in models:
        if names & model.inputs:
            names.add(model.name)
            found.append(model)
    return found
