"""Random walks over commands, kills, homes and faults: nothing is lost, shrinks, or gets stuck."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pipelines.exports import delivery, hold
from tests.support.interruptions import KINDS
from tests.support.walks import HOMES, Walk

A_HOME = st.sampled_from(HOMES)
A_NUMBER = st.integers(0, 99)
A_PLACE = st.floats(0, 1, exclude_max=True)
A_CALL = st.integers(1, 60)
COMMANDS = (
    "ingest",
    "fetch",
    "accept",
    "unaccept",
    "retract",
    "restore",
    "replay",
    "export",
    "rollback",
    "hold",
    "release",
)


class Walks(RuleBasedStateMachine):
    """The rules of a walk; whatever it did, the named ways out lead to two published homes."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.walk = Walk(self.folder)
        for name in HOMES:
            assert self.walk.take(self.walk.ingest(name)) is None
        assert self.walk.published_or_refused("a") is None

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "walk"):
            self.walk.check()

    def teardown(self) -> None:
        if hasattr(self, "walk"):
            try:
                for name in HOMES:
                    self.walk.follow(name)
            finally:
                shutil.rmtree(self.folder)

    def commands(self, name: str, number: int) -> dict[str, Callable[[], object]]:
        walk = self.walk
        folder = walk.exports(name) if number % 2 else walk.root / "shared"
        return {
            "ingest": walk.ingest(name),
            "fetch": walk.fetch(name),
            "accept": partial(walk.accept, name),
            "unaccept": partial(walk.unaccept, name),
            "retract": partial(walk.retract, name, number),
            "restore": partial(walk.restore, name, number),
            "replay": partial(walk.replay, name),
            "export": partial(walk.export, name, folder),
            "rollback": partial(delivery.rollback, folder),
            "hold": partial(walk.hold, folder),
            "release": partial(hold.release, folder),
        }

    @rule(name=A_HOME, which=st.sampled_from(COMMANDS), number=A_NUMBER)
    def command(self, name: str, which: str, number: int) -> None:
        self.walk.take_twice(self.walk.locked(name, self.commands(name, number)[which]))

    @rule(
        name=A_HOME,
        which=st.sampled_from(COMMANDS),
        number=A_NUMBER,
        at=A_CALL,
        kind=st.sampled_from(KINDS),
    )
    def disturbed(self, name: str, which: str, number: int, at: int, kind: str) -> None:
        act = self.walk.locked(name, self.commands(name, number)[which])
        self.walk.take(act, at, kind)
        self.walk.check()
        self.walk.take_twice(act)

    @rule(name=A_HOME)
    def publish(self, name: str) -> None:
        self.walk.published_or_refused(name)

    @rule(name=A_HOME, at=A_CALL, kind=st.sampled_from(KINDS))
    def publish_disturbed(self, name: str, at: int, kind: str) -> None:
        self.walk.published_or_refused(name, at, kind)

    @rule(name=A_HOME, number=A_NUMBER)
    def lose(self, name: str, number: int) -> None:
        self.walk.lose(name, number)

    @rule(name=A_HOME, number=A_NUMBER, where=A_PLACE)
    def damage(self, name: str, number: int, where: float) -> None:
        self.walk.damage(name, number, where)

    @rule(name=A_HOME, number=A_NUMBER, where=A_PLACE)
    def cut(self, name: str, number: int, where: float) -> None:
        self.walk.cut(name, number, where)

    @rule(day=A_NUMBER, factor=st.sampled_from([0.0, 0.5, 1.0, 1.001, 3.0]))
    def restate(self, day: int, factor: float) -> None:
        self.walk.restate(day, factor)

    @rule(days=st.sampled_from([1, 7]))
    def wait(self, days: int) -> None:
        self.walk.wait(days)

    @rule(days=st.sampled_from([0, 300]))
    def set_clock_back(self, days: int) -> None:
        self.walk.behind = timedelta(days=days)


def walk(examples: int, steps: int, number: int) -> int:
    """Take random walks of a seed; return how many, or raise what the shortest one fails with."""
    chosen = hypothesis_settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(Walks), settings=chosen)
    return examples


@pytest.mark.accept
def test_random_walks_lose_nothing_and_end_published() -> None:
    walk(examples=2, steps=6, number=15)


@pytest.mark.accept
@pytest.mark.parametrize(("kind", "at"), [("EIO", 14), ("ENOSPC", 20), ("kill", 17)])
def test_a_publication_of_which_a_call_fails_is_finished_by_the_next(
    tmp_path: Path, kind: str, at: int
) -> None:
    walk = Walk(tmp_path)
    assert walk.take(walk.ingest("a")) is None
    assert walk.published_or_refused("a", at, kind) is not None
    assert walk.published_or_refused("a") is None
