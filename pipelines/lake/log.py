"""The log of the set: every response and vintage ever accepted, and what people took back.

Each file of the lake is checked by its own name, and this log says which files there must be. A
line of JSON is appended for each event, after the files that it names are on the disk. It ends with
a hash over itself and the line before it, so that a line which was changed, lost or moved is
noticed. Lines are never changed: what is taken back is another line.

A home of version 0.1.0 has no log: it is read as if one named all its files, and the first line
that is written makes that so.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pipelines.errors import RefusalError, warn
from pipelines.home import files, paths
from pipelines.lake import adoption

Event = dict[str, Any]
"""What a line says: `do`, and the fields of that kind of event."""

DIGITS = 16
"""Of a line's hash: it finds accidents, not forgers."""

MARK = ', "hash": "'
"""What separates an event from its hash."""

_DECODER = json.JSONDecoder()
"""Reads 55,000 lines in three quarters of the time of `json.loads`."""


@dataclass(frozen=True)
class Retraction:
    """When and why a vintage or a response was taken back."""

    at: datetime
    why: str


@dataclass(frozen=True)
class Acceptance:
    """At what size, and why, a finding was accepted; old acceptances have no size."""

    size: float | None
    why: str


@dataclass
class Log:
    """What all lines together say; paths are below the lake.

    `responses` maps each raw response to the vintage made from it: None for a response that its
    contract refuses, or that was there before the log. `replaced` are vintages whose response a
    later version of the program read differently: nothing needs them. `published` is the days of
    each week in the database that was published last. `reference` is per publication the hash of
    each reference table in force. `forgotten` is per scope of own usage the first day that was
    kept.
    """

    responses: dict[str, str | None] = field(default_factory=dict)
    vintages: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    retracted: dict[str, Retraction] = field(default_factory=dict)
    accepted: dict[str, Acceptance] = field(default_factory=dict)
    forgotten: dict[str, date] = field(default_factory=dict)
    published: dict[date, int] = field(default_factory=dict)
    reference: dict[datetime, dict[str, str]] = field(default_factory=dict)

    def given_up(self) -> set[str]:
        """Return the files that need not be there: retracted, or of a retracted vintage."""
        of_vintages = {raw for raw, made in self.responses.items() if made in self.retracted}
        return {*self.retracted, *of_vintages}

    def reference_at(self, instant: datetime) -> dict[str, str]:
        """Return the hash of each reference table at the last publication by an instant."""
        known = [at for at in self.reference if at <= instant]
        return self.reference[max(known)] if known else {}

    def retracted_by(self, instant: datetime | None) -> set[str]:
        """Return the files that were retracted by an instant, or by now."""
        return {
            file for file, one in self.retracted.items() if instant is None or one.at <= instant
        }


@dataclass
class _Read:
    """How far a log was read: the file's time and size, the last line's hash, and the content."""

    stamp: tuple[int, int] = (0, 0)
    lines: int = 0
    size: int = 0
    chain: str = ""
    log: Log = field(default_factory=Log)


_read: dict[Path, _Read] = {}
"""Logs that this process has read: of a log that grew only the new lines are read."""


def read(lake: Path) -> Log:
    """Return what the log says; it must not be changed.

    Raises RefusalError naming a line that is damaged. The end of a line that a crash cut off is no
    damage: what it would have named is finished by the next run.
    """
    path = paths.log(lake)
    try:
        stat = path.stat()
    except FileNotFoundError:
        _read.pop(path, None)
        return _state(adoption.events(lake))
    stamp = stat.st_mtime_ns, stat.st_size
    known = _read.pop(path, _Read())  # a damaged log is not half read
    if known.stamp != stamp:
        if known.stamp[1] >= stat.st_size:
            known = _Read()
        try:
            _read_on(path, known)
        except RefusalError:  # the file may be another one than before
            known = _Read()
            _read_on(path, known)
    known.stamp = stamp
    _read[path] = known
    return known.log


def append(lake: Path, *events: Event) -> None:
    """Append events, as `append_all` does."""
    append_all(lake, events)


def append_all(lake: Path, events: Iterable[Event]) -> None:
    """Append events, all of this instant, and sync them; the caller is the one writer.

    Raises RefusalError, and appends nothing, if the log is damaged or cannot be written.
    """
    path = paths.log(lake)
    events = list(events)
    if not events:
        return
    if not path.exists():
        begun = adoption.events(lake)
        if paths.database(lake.parent).exists():
            warn(
                f"{path} begins with the files that are there: if there was a log before, retract "
                "and accept again what it took back and accepted"
            )
        files.write_atomically(path, _lines("", [*begun, *events]), private=True)
        return
    read(lake)
    files.append(path, _lines(_read[path].chain, events))


def _state(events: list[Event]) -> Log:
    log = Log()
    for event in events:
        _apply(log, {"at": _now(), **event})
    return log


def _lines(chain: str, events: list[Event]) -> bytes:
    """Return events as lines that follow the line with this hash."""
    lines = []
    for event in events:
        text = json.dumps({"at": _now(), **event}, ensure_ascii=False)
        chain = _hash(chain, text)
        lines.append(f'{text[:-1]}{MARK}{chain}"}}\n')
    return "".join(lines).encode()


def _read_on(path: Path, known: _Read) -> None:
    """Read the lines that were appended since, and apply them."""
    try:
        with path.open("rb") as file:
            file.seek(known.size)
            content = file.read()
    except OSError as error:
        raise RefusalError(f"{path} cannot be read: {error.strerror}") from None
    for line in content[: content.rfind(b"\n") + 1].splitlines(keepends=True):
        known.lines += 1
        try:
            text, mark, end = line.decode().rpartition(MARK)
            chain = _hash(known.chain, f"{text}}}")
            if not mark or end != f'{chain}"}}\n':
                raise ValueError(line)
            event, _ = _DECODER.raw_decode(f"{text}}}")  # the hash says that nothing follows
            _apply(known.log, event)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise RefusalError(
                f"{path}, line {known.lines} is damaged: restore the file from a backup; if there "
                "is none, move it away, and the next run starts another from the files there are",
                "lake_differs",
            ) from None
        known.chain = chain
        known.size += len(line)


def _hash(chain: str, text: str) -> str:
    return hashlib.sha256(f"{chain}{text}".encode()).hexdigest()[:DIGITS]


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _apply(log: Log, event: Event) -> None:
    _APPLY[event["do"]](log, event)


def _add(log: Log, event: Event) -> None:
    raw, vintage = event.get("raw"), event.get("vintage")
    if raw:
        before = log.responses.get(raw)
        if vintage and before and before != vintage:  # a later version reads it differently
            _replace(log, {"vintage": before})
            if before in log.retracted:
                log.retracted[vintage] = log.retracted[before]
        log.responses[raw] = vintage or before
    if vintage:
        log.vintages.add(vintage)
        log.replaced.discard(vintage)


def _replace(log: Log, event: Event) -> None:
    log.vintages.discard(event["vintage"])
    log.replaced.add(event["vintage"])


def _wait(log: Log, event: Event) -> None:
    log.waiting.update(event["vintages"])


def _publish(log: Log, event: Event) -> None:
    log.published = {date.fromisoformat(week): days for week, days in event["days"].items()}
    if event.get("reference"):
        log.reference[datetime.fromisoformat(event["at"])] = event["reference"]


def _accept(log: Log, event: Event) -> None:
    log.accepted[event["name"]] = Acceptance(event.get("size"), event["why"])


def _unaccept(log: Log, event: Event) -> None:
    log.accepted.pop(event["name"], None)


def _retract(log: Log, event: Event) -> None:
    log.retracted[event["file"]] = Retraction(datetime.fromisoformat(event["at"]), event["why"])


def _forget(log: Log, event: Event) -> None:
    before = date.fromisoformat(event["before"])
    log.forgotten[event["scope"]] = max(before, log.forgotten.get(event["scope"], before))


def _restore(log: Log, event: Event) -> None:
    log.retracted.pop(event["file"], None)


_APPLY = {
    "add": _add,
    "replace": _replace,
    "wait": _wait,
    "publish": _publish,
    "accept": _accept,
    "unaccept": _unaccept,
    "retract": _retract,
    "forget": _forget,
    "restore": _restore,
}
