"""Two sides that do the same in turns, by processor seconds: a busy clock says less."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

TURNS = 3


class Side(NamedTuple):
    """What one side of a pair took, in processor seconds and on the clock."""

    seconds: float
    clock: float


class Pair(NamedTuple):
    """The medians of two sides that ran in turns, and the most that ours may cost of theirs."""

    what: str
    against: str
    ours: Side
    theirs: Side
    limit: float

    @property
    def ratio(self) -> float:
        """Ours over theirs, in processor seconds."""
        return self.ours.seconds / self.theirs.seconds


def in_turns(sides: dict[str, Callable[[], object]]) -> list[Side]:
    """Run functions of this process in turns; return the medians of each."""
    taken: dict[str, list[Side]] = {name: [] for name in sides}
    for _ in range(TURNS):
        for name, work in sides.items():
            seconds, clock = time.process_time(), time.perf_counter()
            work()
            taken[name].append(Side(time.process_time() - seconds, time.perf_counter() - clock))
    return [median(one) for one in taken.values()]


def median(taken: Sequence[Side]) -> Side:
    """Return the medians of what several turns took."""
    return Side(*(statistics.median(values) for values in zip(*taken, strict=True)))
