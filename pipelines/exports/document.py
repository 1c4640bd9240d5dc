"""The neutral routing document: what every gateway format is written from."""

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines.citation import LICENCE, citation
from pipelines.errors import RefusalError
from pipelines.files import write_atomically


@dataclass(frozen=True)
class Choice:
    """A model and what it costs at a workload: column A, or column B for the reserve."""

    model_id: str
    cost_per_million_usd: float
    cost_per_task_usd: float


@dataclass(frozen=True)
class Route:
    """The chain of one workload; `blocked_because` is None where it may be deployed."""

    stratum: str
    chain: tuple[Choice, ...]
    reserve: Choice
    blocked_because: str | None
    why: tuple[str, ...]


@dataclass(frozen=True)
class RoutingDocument:
    """The routes of the newest complete week, with what they were made from."""

    week: date
    as_of: datetime
    as_of_is_exact: bool
    run_id: str
    routes: tuple[Route, ...]

    @property
    def citation(self) -> str:
        """The line that must travel with the numbers."""
        return f"{citation(self.as_of, self.as_of_is_exact)} Licensed under {LICENCE}."

    @property
    def heading(self) -> str:
        """One line for a comment on top of a file."""
        return f"Tokenhouse routing table, week {self.week}, run {self.run_id}. {self.citation}"


def read(database: Path) -> RoutingDocument:
    """Read the document from the published database; RefusalError if no week can be routed."""
    with closing(connect(database)) as connection:
        header = connection.sql(
            "SELECT week, total.as_of, total.as_of_is_exact, run_id "
            "FROM marts.weekly_total AS total CROSS JOIN meta.build "
            "WHERE week = marts.latest_week()"
        ).fetchall()
        rows = connection.sql(
            """
            SELECT
                stratum, model_id, cost_per_million_usd, cost_per_task_usd,
                reserve_model_id, reserve_cost_per_million_usd, reserve_cost_per_task_usd,
                blocked_because, why
            FROM marts.routing_table
            WHERE week = marts.latest_week()
            ORDER BY stratum, position
            """
        ).fetchall()
    if not rows:
        raise RefusalError(
            f"{database}: the newest complete week has no routes: without a catalogue of that week "
            "or a later one no price is known"
        )
    routes = []
    for stratum in sorted({row[0] for row in rows}):
        chain = [row for row in rows if row[0] == stratum]
        routes.append(
            Route(
                stratum=stratum,
                chain=tuple(Choice(*row[1:4]) for row in chain),
                reserve=Choice(*chain[0][4:7]),
                blocked_because=chain[0][7],
                why=tuple(row[8] for row in chain),
            )
        )
    week, as_of, as_of_is_exact, run_id = header[0]
    return RoutingDocument(week, as_of, as_of_is_exact, run_id, tuple(routes))


def connect(database: Path) -> duckdb.DuckDBPyConnection:
    """Open the published database read-only; RefusalError if there is none."""
    if not database.exists():
        raise RefusalError(f"{database} does not exist yet: run `tokenhouse run` first")
    try:
        connection = duckdb.connect(database, read_only=True)
        connection.sql("SET TimeZone = 'UTC'")
    except duckdb.Error as error:
        raise RefusalError(
            f"{database} cannot be opened ({str(error).splitlines()[0]}): "
            "delete it and run `tokenhouse run`, the lake still holds everything"
        ) from None
    return connection


def write_manifest(exports: Path, run_id: str, written: list[Path]) -> Path:
    """List every exported file with its SHA-256, so that a later look can tell what changed."""
    digests = {
        path.relative_to(exports).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(written)
    }
    manifest = exports / "manifest.json"
    content = json.dumps({"run_id": run_id, "sha256": digests}, indent=2) + "\n"
    write_atomically(manifest, content.encode())
    return manifest


def are_current(exports: Path, run_id: str) -> bool:
    """Whether the exports are those of this run and nobody has touched them since."""
    try:
        manifest = json.loads((exports / "manifest.json").read_bytes())
        return bool(manifest["run_id"] == run_id) and all(
            hashlib.sha256(exports.joinpath(name).read_bytes()).hexdigest() == digest
            for name, digest in manifest["sha256"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
