"""What a home contains that has no log: files, acceptances, and what its database was made from."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.database import first_line
from pipelines.lake import present


def events(lake: Path) -> list[dict[str, Any]]:
    """Return the events that a log of this home would begin with.

    What the published database was made from belongs to the set, whether it is there or not. Raises
    RefusalError if that cannot be read: it is not the same as nothing.
    """
    database = paths.database(lake.parent)
    found: list[dict[str, Any]] = [{"do": "add", "raw": one} for one in present.responses(lake)]
    exists = database.exists()
    vintages = {*(made_from(database) if exists else ()), *present.vintages(lake)}
    days = days_published(database) if exists else {}
    found += [{"do": "add", "vintage": one} for one in sorted(vintages)]
    found += _accepted(lake)
    return [*found, {"do": "publish", "days": days}] if days else found


def made_from(database: Path) -> set[str]:
    """Return the vintages that a database was made from."""
    rows = _read(
        database, "SELECT table_name || '/week=' || week || '/' || file FROM meta.snapshots"
    )
    return {name for (name,) in rows}


def days_published(database: Path) -> dict[str, int]:
    """Return the days of each of a database's weeks."""
    rows = _read(
        database,
        "SELECT week::VARCHAR, days_seen FROM marts.weekly_total "
        "WHERE source = 'daily_rows' ORDER BY week",
    )
    return dict(rows)


def _read(database: Path, statement: str) -> list[tuple[Any, ...]]:
    try:
        with closing(duckdb.connect(database, read_only=True)) as connection:
            return connection.execute(statement).fetchall()
    except duckdb.Error as error:
        raise RefusalError(
            f"{database} cannot be read ({first_line(error)}), and nothing else says what was "
            "published: close the program that has it open; if it is damaged, move it away"
        ) from None


def _accepted(lake: Path) -> Iterator[dict[str, Any]]:
    """Yield what people accepted in version 0.1.0, each in a file of its own."""
    for path in sorted(paths.accepted(lake).glob("*.json")):
        try:
            known = json.loads(path.read_bytes())
            yield {
                "do": "accept",
                "name": f"{known['name']}",
                "size": None if known.get("size") is None else float(known["size"]),
                "why": f"{known.get('why', '')}",
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise RefusalError(
                f"{path} cannot be read: move it away, and accept the finding again"
            ) from None
