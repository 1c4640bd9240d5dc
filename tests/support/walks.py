"""Random walks over two homes that share an export folder: commands, kills, faults, lost files.

A step is a command, disturbed or not, or an accident that befalls a file. After each step nothing
that was accepted may be gone without being named. At the end of a walk the messages of the
refusals, followed as they stand, must lead back to a published home.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import duckdb
import time_machine

from pipelines.errors import RefusalError, warn
from pipelines.exports import delivery, hold
from pipelines.home import paths
from pipelines.home.lock import writing
from pipelines.lake import (
    acceptances,
    adoption,
    decisions,
    ingest,
    inventory,
    log,
    reference_history,
    replay,
    retraction,
)
from pipelines.lake.vintages import Vintage, read_verified
from pipelines.models import checks, dictionary, run_id
from pipelines.models.definition import Model
from pipelines.models.release import release
from pipelines.orchestration import status, verification
from pipelines.reference.loader import load_all
from pipelines.settings import Settings
from pipelines.sources.response import Request, Response
from pipelines.weeks import last_closed_week
from tests.support.building import models_of
from tests.support.interruptions import KilledError, interrupted

SLUGS = ("deepseek/deepseek-v3.2-20251201", "openai/gpt-4o", "other")
FIRST_DAY = date(2026, 5, 18)
TOKENS = 1_430_000_000_000
"""Of each slug on a day: a week is like those of the recorded sample."""

START = datetime(2026, 6, 22, 9, tzinfo=UTC)
HOMES = ("a", "b")
ROUNDS = 25
"""Refusals that a person would follow before giving up."""

Act = Callable[[], object]


class StuckError(AssertionError):
    """A refusal that names no way out, or ways that lead nowhere."""


@cache
def _gate() -> tuple[Model, ...]:
    """Return the smallest set of models that the gate judges."""
    return models_of("marts.publication_findings")


@cache
def _loaded(folder: Path) -> dict[str, Any]:
    """Return the reference tables that the gate needs, read once."""
    needed = {name for model in _gate() for name in model.inputs}
    return {name: rows for name, rows in load_all(folder).items() if f"reference.{name}" in needed}


_create_dictionary, _run_checks = dictionary.create, checks.run
_read = adoption._read


@cache
def _read_file(database: Path, statement: str, *_: int) -> list[tuple[Any, ...]]:
    return _read(database, statement)


def _read_once(database: Path, statement: str) -> list[tuple[Any, ...]]:
    """Read a database once: opening it costs more than the rest of most commands."""
    stat = database.stat()
    return _read_file(database, statement, stat.st_mtime_ns, stat.st_ino, stat.st_size)


@contextmanager
def _small() -> Iterator[None]:
    """Leave out of a publication what says nothing about files, such as hashes of the code."""
    instead: tuple[tuple[object, str, object], ...] = (
        (decisions, "write", lambda *_: None),
        (adoption, "_read", _read_once),
        (run_id, "_sources", lambda _: ()),
        (reference_history, "load_all", _loaded),
        (dictionary, "create", lambda connection, _: _create_dictionary(connection, _gate()[-2:])),
        (checks, "run", lambda *given: _run_checks(*given) if given[1] is _gate()[-1] else []),
        (replay, "_write_in_two_processes", lambda lake, todo: replay._write(lake, todo)),
    )
    with ExitStack() as stack:
        for module, name, one in instead:
            stack.enter_context(patch.object(module, name, one))
        yield


class Walk:
    """Two homes, the source that they fetch from, and what was ever accepted and published.

    The source reports the slugs in `used`, and lists `prices`: the slug and price of each id.
    """

    def __init__(self, root: Path) -> None:
        self.root, self.now, self.behind = root / "disk", START, timedelta()
        self.reported = {FIRST_DAY + timedelta(days=k): 1.0 for k in range(35)}
        self.used = SLUGS
        self.prices = {slug: (slug, "0.000001") for slug in SLUGS[:-1]}
        self.accepted: dict[str, set[str]] = {name: set() for name in HOMES}
        self.published: dict[str, dict[date, int]] = {name: {} for name in HOMES}
        self.root.mkdir(parents=True)

    def home(self, name: str) -> Path:
        return self.root / name

    def lake(self, name: str) -> Path:
        return paths.lake(self.home(name))

    def exports(self, name: str) -> Path:
        return self.home(name) / "exports"

    # Commands.

    def ingest(self, name: str) -> Act:
        """Return the ingest of what the source reports now; a repeat gets the same responses."""
        client, week = self._client(), last_closed_week(self.now)

        def act() -> None:
            for table in ("models", "rankings_daily"):
                ingest.ingest_table(self._settings(name), client, table, True, week, week)

        return act

    def fetch(self, name: str) -> Act:
        client = self._client()
        return lambda: ingest.ingest_last_days(self._settings(name), client)

    def publish(self, name: str) -> None:
        _, refusal = release(self.home(name), _gate())
        if refusal:
            raise refusal

    def accept(self, name: str) -> None:
        for one in acceptances.findings(self.home(name)):
            acceptances.accept(self.lake(name), one["name"], one["size"], "right")

    def unaccept(self, name: str) -> None:
        retraction.unaccept(self.lake(name), list(log.read(self.lake(name)).accepted), "wrong")

    def retract(self, name: str, number: int) -> None:
        known = log.read(self.lake(name))
        retraction.retract(
            self.home(name), _chosen({*known.vintages, *known.responses}, number), "a test"
        )

    def restore(self, name: str, number: int) -> None:
        retraction.restore(
            self.home(name), _chosen(log.read(self.lake(name)).retracted, number), "a test"
        )

    def replay(self, name: str) -> None:
        replay.replay(self._settings(name))

    def export(self, name: str, folder: Path) -> None:
        """Deliver the files of the published run: into the home's own exports, or elsewhere."""
        with duckdb.connect(paths.database(self.home(name)), read_only=True) as connection:
            ((run,),) = connection.sql("SELECT run_id FROM meta.build").fetchall()
        files = {"routing.json": f"{run} of {name}".encode(), f"more/{run[:1]}.txt": b"x"}
        delivery.deliver(folder, files, run, over_edits=folder == self.exports(name))

    def hold(self, folder: Path) -> None:
        run = delivery.present_run(folder)
        if run is not None:
            hold.place(folder, run)

    def locked(self, name: str, act: Act) -> Act:
        """Return the action of a command, which is the one writer of its home."""

        def alone() -> None:
            with writing(self.home(name)):
                act()

        return alone

    # Accidents.

    def lose(self, name: str, number: int) -> None:
        for path in _chosen(self._files(name), number):
            path.unlink()
            self._befell(name, path)

    def damage(self, name: str, number: int, where: float) -> None:
        for path in _chosen(self._files(name), number):
            content = bytearray(path.read_bytes())
            if content:
                content[int(where * len(content))] ^= 0x55
                path.write_bytes(content)

    def cut(self, name: str, number: int, where: float) -> None:
        for path in _chosen(self._files(name), number):
            os.truncate(path, int(where * path.stat().st_size))
            self._befell(name, path)

    def _files(self, name: str) -> list[Path]:
        """Return what can be lost: lake and log, database, record of refusals, exports."""
        found = (path for path in self.home(name).rglob("*") if path.is_file())
        return [path for path in found if path.name != "writer.lock"]

    def _befell(self, name: str, path: Path) -> None:
        """Expect no more than what the log's lines that are left, and the database, still say."""
        if path not in (paths.log(self.lake(name)), paths.database(self.home(name))):
            return
        log._read.clear()
        try:
            known = log.read(self.lake(name))
        except RefusalError:
            return  # publication stops, and the log may yet be restored
        self.accepted[name] = {*known.vintages, *known.responses, *self._of_database(name)}
        if not self._of_database(name):
            self.published[name] = dict(known.published)

    def _of_database(self, name: str) -> set[str]:
        try:
            return adoption.made_from(paths.database(self.home(name)))
        except (RefusalError, OSError):
            return set()

    # The source and the clocks.

    def restate(self, day: int, factor: float) -> None:
        """Report other values of a day from now on; with 0 the day vanishes."""
        self.reported[sorted(self.reported)[-1 - day % len(self.reported)]] = factor

    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        while max(self.reported) < self.now.date() - timedelta(days=1):
            self.reported[max(self.reported) + timedelta(days=1)] = 1.0

    def _settings(self, name: str) -> Settings:
        return Settings(tokenhouse_home=self.home(name), openrouter_api_key="x")

    def _client(self) -> Any:
        """Return a client that gets the responses of now, whenever it asks."""
        instant, reported, used = self.now, dict(self.reported), self.used
        catalogue = _catalogue(self.prices)

        def fetch(request: Request, _: str | None = None) -> Response:
            query = dict(request.query)
            is_catalogue = request.table == "models"
            body = catalogue if is_catalogue else _rankings(query, instant, reported, used)
            return Response(request, 200, {}, instant, json.dumps(body).encode())

        return SimpleNamespace(fetch=fetch, is_live=True)

    # Steps, and what must be true after each.

    def take(self, act: Act, at: int = 0, kind: str = "") -> str | None:
        """Act, disturbed at a call if one is named; return why that was refused, None if done.

        Any other error than a refusal is raised: a command has one line for everything.
        """
        self.now += timedelta(minutes=1)
        log._read.clear()  # each command is a process of its own
        warn.cache_clear()
        with time_machine.travel(self.now - self.behind, tick=False), _small():
            try:
                if at:
                    interrupted(self.root, at, kind, act)
                else:
                    act()
            except KilledError:
                return kind
            except RefusalError as error:
                return f"{error}"
            finally:
                log._read.clear()
        return None

    def take_twice(self, act: Act) -> str | None:
        """Act, and again: the second time changes nothing."""
        refused = self.take(act)
        before = {name: self.state(name) for name in HOMES}
        again = self.take(act)
        after = {name: self.state(name) for name in HOMES}
        assert before == after, f"a repeat changed something: {refused}, then {again}"
        return refused

    def state(self, name: str) -> object:
        """Return what a command leaves: the lake and what its log says, the exports."""
        lake = self.lake(name)
        files = {path.name for path in lake.glob("*/week=*/*.parquet")}
        try:
            known: object = repr(log.read(lake))
        except RefusalError as error:
            known = f"{error}"
        return files, known, self._of_database(name), delivery.listed(self.exports(name))

    def check(self) -> None:
        """Whatever was accepted is there, or named as missing."""
        with _small():
            for name in HOMES:
                self._check(name)

    def _check(self, name: str) -> None:
        try:
            known = log.read(self.lake(name))
        except RefusalError:
            return  # which stops publication, and is named itself
        self.accepted[name] |= {*known.vintages, *known.responses}
        missing = set(inventory.differences(self.home(name)).missing)
        for file in self.accepted[name] - known.given_up() - known.replaced - missing:
            assert (self.lake(name) / file).exists(), f"{file} is gone, and nobody says so"

    def check_published(self, name: str) -> None:
        """A publication contains all that was accepted, and lost no day without consent."""
        lake = self.lake(name)
        known = log.read(lake)
        counted = self.accepted[name] - known.given_up() - known.replaced
        vintages = {file for file in counted if file.endswith(".parquet")}
        for file in vintages:
            read_verified(Vintage(lake, file))
        database = paths.database(self.home(name))
        made_from, days = adoption.made_from(database), adoption.days_published(database)
        assert vintages <= made_from, f"left out: {vintages - made_from}"
        now = {date.fromisoformat(week): count for week, count in days.items()}
        for week, before in self.published[name].items():
            shrunken = now.get(week, 0) < before
            assert not shrunken or f"shrunken_history-{week}" in known.accepted, f"{week} shrank"
        self.published[name] = now

    def published_or_refused(self, name: str, at: int = 0, kind: str = "") -> str | None:
        """Publish; a success is checked. Return why it was refused."""
        refused = self.take(lambda: self.publish(name), at, kind)
        if refused is None:
            self.check()
            self.check_published(name)
        return refused

    # The ways out.

    def follow(self, name: str) -> None:
        """Do what the refusals say until the home publishes and exports; StuckError if none leads.

        The walk's clock may stay behind.
        """
        todo = verification.checks(self._settings(name))
        for line in verification.damaged(todo, lambda _: None):
            self._do(name, line)
        self._until_done(name, lambda: self.publish(name))
        self.check()
        self.check_published(name)
        for folder in (self.exports(name), self.root / "shared"):
            self._until_done(name, lambda folder=folder: self.export(name, folder))  # type: ignore[misc]
            assert delivery.altered(folder) == []
        said = status.status(self._settings(name), self.now)
        assert [one["message"] for one in said["refusals"] if one["cause"] == "build"] == []

    def _until_done(self, name: str, act: Act) -> None:
        said: list[str] = []
        while True:
            refused = self.take(act)
            if refused is None:
                return
            if len(said) == ROUNDS:
                raise StuckError("\n".join(said))
            said.append(refused)
            self._do(name, refused, said.count(refused))

    def _do(self, name: str, message: str, times: int = 1) -> None:
        """Follow the way out that a message names: the first that fits, at a repeat the next."""
        fitting = [
            (way, found) for way, found in ((w, re.search(w, message)) for w in WAYS) if found
        ]
        if not fitting:
            raise StuckError(f"no way out is named: {message}")
        way, found = fitting[min(times, len(fitting)) - 1]
        WAYS[way](self, name, found[1])

    def move_away(self, name: str, listed: str) -> None:
        for named in listed.split(", "):
            path = self.lake(name) / named.split(" and ")[0]  # an absolute path stays itself
            with suppress(FileNotFoundError):
                path.rename(self.root / f"away-{next(_numbers)}")
            self._befell(name, path)

    def give_up(self, name: str, listed: str) -> None:
        files = [named.split(" and ")[0] for named in listed.split(", ")]
        assert self.take(lambda: retraction.retract(self.home(name), files, "lost")) is None


_numbers = count()

WAYS: dict[str, Callable[[Walk, str, str], object]] = {
    r"(rebuild Parquet with `tokenhouse replay`)": lambda walk, name, _: walk.take(
        lambda: walk.replay(name)
    ),
    r"missing from the lake: (.+?): restore .+`tokenhouse retract NAME": Walk.give_up,
    r"in the lake and not in its log: (.+?): move it away": Walk.move_away,
    r"(run `tokenhouse replay`) to rebuild": lambda walk, name, _: walk.take(
        lambda: walk.replay(name)
    ),
    r"(\S+) is damaged .+: run `tokenhouse replay`, or move it away": Walk.move_away,
    r"(\S+) is damaged: move it away, its response": Walk.move_away,
    r"(\S+log\.jsonl), line \d+ is damaged: .+ move it away": Walk.move_away,
    r"^(\S+) cannot be read .+ move it away": Walk.move_away,
    r"(\S+) is damaged .+: delete it and run `tokenhouse run`": Walk.move_away,
    r"(`tokenhouse accept NAME)": lambda walk, name, _: walk.take(lambda: walk.accept(name)),
    r"(\S+) should contain .+ delete the file": Walk.move_away,
    r"holds no rankings yet: (run `tokenhouse run`)": lambda walk, name, _: walk.take(
        walk.ingest(name)
    ),
    r"(\S+) is held at .+`tokenhouse export --release`": lambda walk, _, folder: walk.take(
        lambda: hold.release(Path(folder))
    ),
    r"(\S+) (?:is not ours|was edited by hand): move it away": Walk.move_away,
    r"(run `tokenhouse export`)": lambda walk, name, _: walk.take(
        lambda: walk.export(name, walk.exports(name))
    ),
}
"""What a person does who reads such a message; the group is what it names."""


def _chosen(found: Any, number: int) -> list[Any]:
    """Return one of these, or none if there is none."""
    ordered = sorted(found)
    return [ordered[number % len(ordered)]] if ordered else []


def _catalogue(prices: dict[str, tuple[str, str]]) -> Any:
    rows = [
        {
            "id": name,
            "canonical_slug": slug,
            "name": name,
            "pricing": {"prompt": price, "completion": price},
        }
        for name, (slug, price) in prices.items()
    ]
    return {"data": rows}


def _rankings(
    query: dict[str, str], instant: datetime, reported: dict[date, float], used: tuple[str, ...]
) -> Any:
    first, last = query["start_date"], query["end_date"]
    rows = [
        {
            "date": f"{day}",
            "model_permaslug": slug,
            "total_tokens": f"{int(TOKENS * factor)}",
        }
        for day, factor in sorted(reported.items())
        if factor and first <= f"{day}" <= last
        for slug in used
    ]
    meta = {
        "as_of": f"{instant:%Y-%m-%dT%H:%M:%SZ}",
        "version": "v1",
        "start_date": first,
        "end_date": last,
    }
    return {"data": rows, "meta": meta}
