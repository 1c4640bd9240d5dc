"""The neutral routing document: what every gateway format is written from."""

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines.citation import LICENCE, citation
from pipelines.database import connect
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
    """The chain of one workload, empty if no model can carry it.

    `blocked_because` is None where it may be deployed.
    """

    stratum: str
    chain: tuple[Choice, ...]
    reserve: Choice | None
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
    """Read the routes of the newest complete week; RefusalError if there is no such week.

    A workload that no model can carry is a route without a chain: that too is a result.
    """
    with closing(connect(database)) as connection:
        header = connection.sql(
            "SELECT week, total.as_of, total.as_of_is_exact, run_id "
            "FROM marts.weekly_total AS total CROSS JOIN meta.build "
            "WHERE week = marts.latest_week()"
        ).fetchall()
        rows = connection.sql(
            """
            SELECT
                stratum.stratum, model_id, cost_per_million_usd, cost_per_task_usd,
                reserve_model_id, reserve_cost_per_million_usd, reserve_cost_per_task_usd,
                blocked_because, why
            FROM staging.stratum
            LEFT JOIN marts.routing_table AS route
                ON stratum.stratum = route.stratum AND route.week = marts.latest_week()
            ORDER BY stratum.stratum, route.position
            """
        ).fetchall()
    if not header:
        raise RefusalError(f"{database} holds no complete week yet: nothing can be routed")
    week, as_of, as_of_is_exact, run_id = header[0]
    strata = sorted({row[0] for row in rows})
    routes = tuple(_route([row for row in rows if row[0] == stratum]) for stratum in strata)
    return RoutingDocument(week, as_of, as_of_is_exact, run_id, routes)


def _route(rows: list[tuple[Any, ...]]) -> Route:
    """Return one workload's route from its rows in order of position."""
    first = rows[0]
    if first[1] is None:
        return Route(first[0], (), None, "no model passes every rule", ())
    return Route(
        stratum=first[0],
        chain=tuple(Choice(*row[1:4]) for row in rows),
        reserve=Choice(*first[4:7]),
        blocked_because=first[7],
        why=tuple(row[8] for row in rows),
    )


def write_manifest(exports: Path, run_id: str, written: list[Path]) -> Path:
    """List the exported files with their SHA-256; remove those that only the last list names."""
    digests = {
        path.relative_to(exports).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(written)
    }
    for name in _listed(exports).keys() - digests.keys():
        exports.joinpath(name).unlink(missing_ok=True)
    manifest = exports / "manifest.json"
    content = json.dumps({"run_id": run_id, "sha256": digests}, indent=2) + "\n"
    write_atomically(manifest, content.encode())
    return manifest


def _listed(exports: Path) -> dict[str, str]:
    """Return the files and checksums of the manifest; none if there is none or it is broken."""
    try:
        listed = json.loads((exports / "manifest.json").read_bytes())["sha256"]
        return {f"{name}": f"{digest}" for name, digest in listed.items() if ".." not in name}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def are_current(exports: Path, run_id: str) -> bool:
    """Whether the exports are those of this run and nobody has touched them since."""
    try:
        manifest = json.loads((exports / "manifest.json").read_bytes())
        return bool(manifest["run_id"] == run_id) and all(
            hashlib.sha256(exports.joinpath(name).read_bytes()).hexdigest() == digest
            for name, digest in _listed(exports).items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False
