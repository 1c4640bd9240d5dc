"""The probes of a home: one line each, only ever added.

A line can also say that a gateway is no longer used: it ends what the lines above it say of that.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.home import files, paths
from pipelines.home.lock import writing
from pipelines.probes.facts import GATEWAYS, Probe

FORGOTTEN = "forgotten"
"""The kind of a line that says that a gateway, its subject, is no longer used."""


def add(home: Path, probes: Sequence[Probe]) -> int:
    """Add the probes that are not there yet; return how many were added."""
    with writing(home):
        known = {_line(one) for one in read(home)}
        lines = [line for line in map(_line, probes) if line not in known]
        path = paths.probes(home)
        if lines and not path.exists():
            files.write_atomically(path, b"")
        if lines:
            files.append(path, "".join(lines).encode())
    return len(lines)


def forget(home: Path, gateway: str, now: datetime) -> None:
    """Say that a gateway is no longer used: what was probed of it is not read any more."""
    add(home, [Probe(now, FORGOTTEN, gateway, {})])


def read(home: Path) -> list[Probe]:
    """Return every probe of the gateways that are used, in order of time."""
    known = list[Probe]()
    for one in _lines(home):
        if one.kind == FORGOTTEN:
            kinds = GATEWAYS.get(one.subject or "", set())
            known = [probe for probe in known if probe.kind not in kinds]
        else:
            known.append(one)
    return sorted(known, key=lambda one: one.at)


def _lines(home: Path) -> list[Probe]:
    """Return what the lines say, in their order; a line that a crash cut off was never added."""
    path = paths.probes(home)
    if not path.exists():
        return []
    whole, _, _ = files.read_limited(path).rpartition(b"\n")
    try:
        found = [json.loads(line) for line in whole.splitlines()]
        return [
            Probe(datetime.fromisoformat(one["at"]), one["kind"], one["subject"], one["facts"])
            for one in found
        ]
    except (ValueError, KeyError, TypeError):
        raise RefusalError(f"{path} is damaged: move it away, and probe again") from None


def newest(probes: Sequence[Probe], now: datetime) -> dict[tuple[str, str | None], Probe]:
    """Return the newest probe of each kind and subject; one of the future says nothing yet."""
    return {(one.kind, one.subject): one for one in probes if one.at <= now}


def _line(one: Probe) -> str:
    at = f"{one.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return json.dumps({**one._asdict(), "at": at}, sort_keys=True) + "\n"
