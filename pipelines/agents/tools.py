"""The tools: each a function of the published database that returns rows with their as-of.

A docstring's first paragraph is what an agent reads about a tool, and it is paid for in every
conversation: all of them together must stay under 4,000 characters.
"""

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypedDict

from pipelines.agents.database import Database
from pipelines.errors import RefusalError
from pipelines.queries import published
from pipelines.queries.published import Connection, Rows, query
from pipelines.queries.sample_database import whole
from pipelines.settings import settings
from pipelines.weeks import parse_day, parse_week

MOST_ROWS = 200
SECONDS = 10.0

DATABASE = Database()

TABLES = """
SELECT table_name AS name, split_part(comment, ' A row is: ', 1) AS description,
    estimated_size AS rows
FROM duckdb_tables() WHERE schema_name = 'marts' ORDER BY table_name
"""

COLUMNS = """
SELECT column_name AS name, data_type AS type, comment AS meaning
FROM duckdb_columns() WHERE schema_name = 'marts' AND table_name = ? ORDER BY column_index
"""


class Answer(TypedDict):
    """What every tool returns: rows, whether some were left out, and the line to cite."""

    rows: list[dict[str, Any]]
    is_cut: bool
    as_of: str
    citation: str


def tables(table: str | None = None) -> Answer:
    """List the tables of the schema marts, or the columns of one with units and meaning."""
    with DATABASE.reading() as connection:
        found = query(connection, COLUMNS, table) if table else query(connection, TABLES)
        if not found:
            raise RefusalError(f"no table marts.{table}: call tables without a name for the list")
        return _answer(connection, found)


def top_models(week: str | None = None, count: int = 10) -> Answer:
    """Most used models of a week (its Monday; default newest): tokens, share, growth."""
    with DATABASE.reading() as connection:
        chosen = _week(connection, week)
        return _answer(connection, published.top(connection, chosen, count), chosen)


def model(name: str, week: str | None = None) -> Answer:
    """One model by id, slug or part of it: weeks, ranks, prices, evidence, routes that use it."""
    from pipelines.queries.model import describe

    with DATABASE.reading() as connection:
        chosen = _week(connection, week)
        return _answer(connection, [dict(describe(connection, name, chosen, 12))], chosen)


def routes(week: str | None = None) -> Answer:
    """Recommended primary and fallbacks of each workload, with cost and why it is blocked."""
    with DATABASE.reading() as connection:
        chosen = _week(connection, week)
        return _answer(connection, published.routes(connection, chosen), chosen)


def explain_route(workload: str, model: str | None = None, week: str | None = None) -> Answer:
    """Why a workload has its route, or why not another model. Success is predicted."""
    from pipelines.queries import explanation

    with DATABASE.reading() as connection:
        chosen = _week(connection, week)
        found = explanation.explain(connection, chosen, workload)
        judged = model and explanation.judge_model(connection, chosen, workload, model)
        return _answer(connection, [asdict(judged or found)], chosen)


def price_changes(since: str | None = None) -> Answer:
    """Changes of list prices, USD per million tokens, since a day; default: four weeks."""
    from pipelines.queries.model import price_changes as changes

    with DATABASE.reading() as connection:
        newest = _week(connection, None)
        first = parse_day(since) if since else newest - timedelta(weeks=3)
        return _answer(connection, changes(connection, first))


def forecast(workload: str, tasks_per_day: int | None = None) -> Answer:
    """A week's bill of a workload in USD: its pick, the reserve, what is in use; 80% bands."""
    from pipelines.queries.forecast import forecast as bill

    with DATABASE.reading() as connection:
        chosen = _week(connection, None)
        rows = bill(connection, whole(settings()), chosen, workload, tasks_per_day)
        return _answer(connection, [asdict(row) for row in rows], chosen)


def audit_claims(claims_csv: str) -> Answer:
    """Judge printed figures: text of a claims file, columns as in claims_audit (docs/claims.md)."""
    from pipelines.queries.audit import audit

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "claims.csv"
        file.write_text(claims_csv)
        judged = audit(DATABASE.for_computing(), file, None)
    rows: list[dict[str, Any]] = [dict(claim) for claim in judged["claims"]]
    with DATABASE.reading() as connection:
        return _answer(connection, rows)


def sql(statement: str) -> Answer:
    """Run one read-only DuckDB statement on marts and meta: 10 seconds, 200 rows, no files."""
    wrapped = f"FROM ({statement.strip().rstrip(';')}\n) LIMIT {MOST_ROWS + 1}"
    with DATABASE.reading() as connection:
        return _answer(connection, DATABASE.rows(wrapped, SECONDS, MOST_ROWS + 1))


def digest() -> str:
    """Return the newest week in five lines, as Markdown."""
    path = settings().exports / "digest.md"
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise RefusalError(f"{path} does not exist yet: run `tokenhouse run`") from None


TOOLS: tuple[Callable[..., Answer], ...] = (
    tables, top_models, model, routes, explain_route, price_changes, forecast, audit_claims, sql,
)  # fmt: skip


def _week(connection: Connection, week: str | None) -> date:
    chosen = parse_week(week) if week else None
    return published.published_week(connection, chosen)["week"]


def _answer(connection: Connection, rows: Any, week: date | None = None) -> Answer:
    """Return at most MOST_ROWS rows with the as-of and the citation of a week."""
    chosen = published.published_week(connection, week)
    kept: Rows = [dict(row) for row in rows[:MOST_ROWS]]
    return {
        "rows": json.loads(json.dumps(kept, default=str)),
        "is_cut": len(rows) > MOST_ROWS,
        "as_of": chosen["as_of"].isoformat().replace("+00:00", "Z"),
        "citation": chosen["citation"],
    }
